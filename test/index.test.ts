import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AgentEvent } from '../src/index.ts'
import { ask } from '../src/index.ts'
import { openApiServer } from './rig/api-server.ts'
import { reply } from './rig/reply.ts'
import { makeRunFolder } from './rig/run-agent.ts'

describe('the library', () => {
  it('answers a question as the command does, and tells its events', async () => {
    const events: AgentEvent['type'][] = []
    const transcript = await ask('weather in SF, NYC, Tokyo', {
      offline: true,
      environment: { PATH: process.env['PATH'] },
      onEvent: ({ type }) => events.push(type),
    })
    expect(transcript).toMatchObject({ status: 'completed', model: 'offline', totals: { tool_calls: 3 } })
    expect([events[0], events.at(-1)]).toEqual(['run_start', 'run_end'])
  })

  it('asks whoever it was given about a destructive call', async () => {
    const file = join(makeRunFolder(), 'drop.mjs')
    writeFileSync(
      file,
      `export default { name: 'drop', description: 'Drops.', destructive: true, input_schema: { type: 'object' },
        execute: async ({ table }) => 'dropped ' + table }`,
    )
    const asked: unknown[] = []
    const transcript = await ask('drop({"table":"a"}) drop({"table":"b"})', {
      offline: true,
      tools: [file],
      deny: ['get_*'],
      environment: { PATH: process.env['PATH'] },
      onConsent: async (request) => {
        asked.push(request)
        return request.input['table'] === 'a'
      },
    })
    expect(asked).toEqual(['a', 'b'].map((table) => ({ tool: 'drop', source: 'module', input: { table } })))
    expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'denied'])
  })

  it('asks a server with the key that it was given, and a tool file of one’s own', async () => {
    const folder = makeRunFolder()
    const file = join(folder, 'double.mjs')
    writeFileSync(
      file,
      `export default { name: 'double', description: 'Doubles.', effect: 'read',
        input_schema: { type: 'object', properties: { n: { type: 'number' } } }, execute: async ({ n }) => n * 2 }`,
    )
    await using server = await openApiServer({ replies: [reply.toolUse('double', { n: 21 }), reply.text('42')] })
    const transcript = await ask('twice 21?', {
      baseUrl: server.url,
      apiKey: 'sk-ant-library',
      tools: [file],
      environment: { PATH: process.env['PATH'] },
    })
    expect(transcript).toMatchObject({ answer: '42', turns: [{ tool_calls: [{ output: 42 }] }, {}] })
    expect(server.violations).toEqual([])
  })

  it('throws what keeps a run from beginning, with its exit code', async () => {
    await expect(ask('hi', { environment: {} })).rejects.toMatchObject({ exitCode: 4 })
    await expect(ask('hi', { offline: true, tools: ['/nowhere'], environment: {} })).rejects.toMatchObject({
      exitCode: 3,
    })
  })

  it.each([{ concurrency: 0 }, { maxTurns: 1.5 }, { timeoutMs: Number.NaN }])(
    'refuses %j as the command would',
    async (options) => {
      await expect(ask('hi', { offline: true, environment: {}, ...options })).rejects.toMatchObject({ exitCode: 2 })
    },
  )

  it('puts policies in force by name and glob, and the general time below them', async () => {
    const file = join(makeRunFolder(), 'wait.mjs')
    const tool = (
      name: string,
    ) => `{ name: '${name}', description: 'Waits.', effect: 'read', input_schema: { type: 'object' },
      execute: () => new Promise((resolve) => setTimeout(resolve, 60_000)) }`
    writeFileSync(file, `export default [${['wait_a', 'wait_b'].map(tool).join(', ')}]`)
    const { turns } = await ask('wait_a({}) wait_b({})', {
      offline: true,
      tools: [file],
      toolTimeoutMs: 60,
      policies: { 'wait_*': { retry: false, priority: 'optional' }, wait_b: { timeout_ms: 50 } },
      environment: { PATH: process.env['PATH'] },
    })
    const calls = turns.flatMap(({ tool_calls }) => tool_calls)
    expect(calls.map(({ tool, priority, status, error }) => [tool, priority, status, error?.message])).toEqual([
      ['wait_a', 'optional', 'timed_out', expect.stringContaining('within 60 ms')],
      ['wait_b', 'optional', 'timed_out', expect.stringContaining('within 50 ms')],
    ])
  })

  it.each([
    [
      { policies: { a: { retry: { max_attempts: 0 } } } },
      2,
      'policies: a.retry.max_attempts: 0 is too small: at least 1',
    ],
    [{ policies: { 'a b': {} } }, 2, 'policies: "a b" is no tool name or glob'],
    [{ policies: { calculate: { effect: 'write' as const, retry: { max_attempts: 2 } } } }, 3, 'run a write again'],
    [{ slots: { mcp: 0 } }, 2, 'mcp: 0 is not a number from 1 up'],
    [{ earlyResultsMs: Number.NaN }, 2, 'earlyResultsMs: NaN is not a number from 1 up'],
    [{ maxCostUsd: 0 }, 2, 'maxCostUsd: 0 is not above 0'],
    [{ onError: 'stop' as 'collect' }, 2, 'onError: "stop" is not one of collect, no-new, fail-fast'],
  ])('throws for the options %j', async (options, exitCode, message) => {
    const asked = ask('6 * 7', { offline: true, environment: { PATH: process.env['PATH'] }, ...options })
    await expect(asked).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) })
  })

  it('S3 keeps the key out of transcript and events', async () => {
    const told: string[] = []
    await using server = await openApiServer({ replies: [reply.text('It is sk-ant-library-canary-0001.')] })
    const transcript = await ask('what is sk-ant-library-canary-0001?', {
      baseUrl: server.url,
      apiKey: 'sk-ant-library-canary-0001',
      environment: {},
      onEvent: (event) => told.push(JSON.stringify(event)),
    })
    expect(transcript.answer).toBe('It is [redacted].')
    expect(JSON.stringify(transcript) + told.filter((line) => !line.includes('text_delta')).join('')).not.toContain(
      'canary',
    )
  })

  it('gives the transcript of a run that was aborted', async () => {
    const transcript = await ask('weather in SF', { offline: true, signal: AbortSignal.abort(), environment: {} })
    expect(transcript.status).toBe('interrupted')
  })
})
