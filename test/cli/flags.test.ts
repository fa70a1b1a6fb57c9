import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import type { AgentResult } from '../rig/run-agent.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

async function bodyOf(...args: string[]): Promise<Record<string, unknown>> {
  const { api, env } = await server()
  const result = await runAgent(['ask', ...args, 'q'], { env })
  expect(result.code).toBe(0)
  await endToEnd(result)
  expect(api.violations).toEqual([])
  return { ...api.requests[0]?.body }
}

function toolNames(body: Record<string, unknown>): string[] {
  return ((body['tools'] ?? []) as { name: string }[]).map(({ name }) => name) // checked by the server
}

/** Asks for this tool so many times in one turn; then the model answers. */
async function callTool(source: string, times: number, args: string[]): Promise<AgentResult> {
  const calls = Array.from({ length: times }).reduce<typeof reply>(
    (so) => so.toolUse('tool', {}) as typeof reply,
    reply,
  )
  const { api, env } = await server(calls, reply.text('Done.'))
  const { dir } = withTool(source)
  const result = await runAgent(['ask', '--json', '-t', 'tool.mjs', ...args, 'q'], { env, dir })
  await endToEnd(result)
  expect(api.violations).toEqual([])
  return result
}

describe('the flags of agent ask', () => {
  it('put the model, its limits and instructions into the request', async () => {
    const body = await bodyOf('-m', 'some-model', '--max-tokens', '77', '--system', 'Be brief.', '--effort', 'low')
    expect(body).toMatchObject({ model: 'some-model', max_tokens: 77 })
    expect(JSON.stringify(body['system'])).toContain('Be brief.')
    expect(JSON.stringify(body)).toContain('"effort":"low"')
  })

  it('choose the tools', async () => {
    const all = toolNames(await bodyOf())
    expect(all).toEqual(expect.arrayContaining(['get_weather', 'get_time', 'calculate', 'fetch_url']))
    expect(all).not.toContain('read_file')
    expect(all).not.toContain('run_command')
    expect(toolNames(await bodyOf('--no-builtins'))).toEqual([])
    expect(toolNames(await bodyOf('--only', 'get_time,calculate')).sort()).toEqual(['calculate', 'get_time'])
    expect(toolNames(await bodyOf('--root', '.'))).toContain('read_file')
    expect(toolNames(await bodyOf('--allow', 'run_command', '--allow', 'read_file'))).toEqual(
      expect.arrayContaining(['run_command', 'read_file']),
    )
  })

  it('run calls side by side, or one after another with --sequential and -j 1', async () => {
    const source = toolSource('tool', 'await new Promise((resolve) => setTimeout(resolve, 30))')
    expect((await callTool(source, 3, [])).json().totals.concurrency_peak).toBe(3)
    expect((await callTool(source, 3, ['--sequential'])).json().totals.concurrency_peak).toBe(1)
    expect((await callTool(source, 3, ['-j', '2'])).json().totals.concurrency_peak).toBe(2)
  })

  it('end a call by --tool-timeout, and the run by --fail-on-tool-error', async () => {
    const source = toolSource('tool', 'await new Promise((resolve) => setTimeout(resolve, 60_000))')
    const kept = await callTool(source, 1, ['--tool-timeout', '50ms'])
    expect(kept.code).toBe(0)
    expect(kept.json().turns[0]?.tool_calls[0]?.status).toBe('timed_out')
    const failed = await callTool(source, 1, ['--tool-timeout', '50ms', '--fail-on-tool-error'])
    expect([failed.code, failed.json().answer]).toEqual([9, 'Done.'])
  })

  it('are for one tool where its name stands before the value, and warn where there is none', async () => {
    const source = toolSource('tool', 'await new Promise((resolve) => setTimeout(resolve, 60_000))')
    const args = ['--tool-retries', '0', '--tool-timeout', 'tool=50ms', '--tool-timeout', '2h']
    const named = await callTool(source, 1, [
      ...args,
      '--optional',
      'tol',
      '--max-cost',
      '0.50',
      '-m',
      'claude-sonnet-5-5',
    ])
    expect(named.json().turns[0]?.tool_calls[0]?.status).toBe('timed_out')
    expect(named.stderr).toContain('--optional names "tol", which is no tool here; known: ')
  })

  it('end the run with 3 where a policy makes no sense, before the model is asked', async () => {
    const { api, env } = await server()
    const { dir } = withTool(toolSource('tool', 'return 1', 'write'))
    for (const [args, message] of [
      [['--tool-retries', 'tool=2'], '--tool-retries: 3 attempts of "tool" would run a write again'],
      [['--max-cost', '1', '-m', 'mine'], '--max-cost: the price of the model "mine" is not known'],
    ] as const) {
      const result = await runAgent(['ask', '--json', '-t', 'tool.mjs', ...args, 'q'], { env, dir })
      expect([result.code, result.json().exit_code]).toEqual([3, 3])
      expect(result.stderr).toContain(message)
      expect(result.stderr).toContain('hint: ')
      await endToEnd(result)
    }
    expect(api.requests).toEqual([])
  })

  it('set how many calls of a kind run at once', async () => {
    const source = toolSource('tool', 'for (const end = Date.now() + 30; Date.now() < end; );').replace('async', '')
    expect((await callTool(source, 3, ['--slots', 'threads=1'])).json().totals.concurrency_peak).toBe(1)
  })

  it('end the run by --timeout with 124, the transcript printed', async () => {
    const { env } = await server(reply.silence())
    const result = await runAgent(['ask', '--json', '--timeout', '300ms', 'q'], { env })
    expect([result.code, result.json().status]).toEqual([124, 'timed_out'])
    await endToEnd(result)
  })

  it('end the run by --max-turns with 7', async () => {
    const { env } = await server(
      reply.toolUse('get_time', { place: 'UTC' }),
      reply.toolUse('get_time', { place: 'UTC' }),
    )
    const result = await runAgent(['ask', '--json', '--max-turns', '2', 'q'], { env })
    expect([result.code, result.json().status, result.json().totals.turns]).toEqual([7, 'incomplete', 2])
    await endToEnd(result)
  })

  it.each([
    ['from the second turn on', [], [false, true]],
    ['never with --no-cache', ['--no-cache'], [false, false]],
  ])('have the server cache the conversation %s', async (_name, args, cached) => {
    const { api, env } = await server(reply.toolUse('get_time', { place: 'UTC' }), reply.text('Done.'))
    await endToEnd(await runAgent(['ask', ...args, 'q'], { env }))
    expect(api.requests.map(({ body }) => 'cache_control' in body)).toEqual(cached)
  })

  it('say what the offline model is, but not with -q', async () => {
    const offline = ['ask', '--offline', 'What is 6 * 7?']
    const [normal, quiet] = [await runAgent(offline), await runAgent([...offline, '-q'])]
    expect(normal.stderr).toMatch(/^agent: offline: a planner, no language model.*\n$/)
    expect([quiet.stderr, quiet.stdout]).toEqual(['', normal.stdout])
  })

  it('may stand in the user config', async () => {
    const { api, env } = await server()
    const dir = makeRunFolder()
    mkdirSync(join(dir, 'home/.config/agent'), { recursive: true })
    const settings = { model: 'mine', max_tokens: 99, builtins: false, system: 'Rhyme.' }
    writeFileSync(join(dir, 'home/.config/agent/config.json'), JSON.stringify(settings))
    const result = await runAgent(['ask', 'q'], { env, dir })
    expect([result.stderr, result.code]).toEqual(['', 0])
    expect(api.requests[0]?.body).toMatchObject({ model: 'mine', max_tokens: 99 })
    expect(toolNames({ ...api.requests[0]?.body })).toEqual([])
  })
})
