import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { AgentEvent, AskOptions, AskRun } from '../src/index.ts'
import { ask } from '../src/index.ts'
import { openApiServer } from './rig/api-server.ts'
import { openOtlpReceiver } from './rig/otlp-receiver.ts'
import { reply } from './rig/reply.ts'
import { makeRunFolder, runAgent } from './rig/run-agent.ts'
import { MARKER, survivors } from './rig/survivors.ts'

const environment = { PATH: process.env['PATH'] }

function answer(options: AskOptions) {
  return ask(options).transcript
}

async function allOf({ events }: AskRun): Promise<AgentEvent[]> {
  const all: AgentEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** A tool file whose one tool waits until its call is canceled. */
function waitingTool(): string {
  const file = join(makeRunFolder(), 'wait.mjs')
  writeFileSync(
    file,
    `export default { name: 'wait', description: 'Waits.', effect: 'read', input_schema: { type: 'object' },
      execute: (_, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)) }`,
  )
  return file
}

describe('the library with a schema', () => {
  const schema = { type: 'object', properties: { temperature: { type: 'number' } }, required: ['temperature'] } as const

  it('has the answer as data in its transcript', async () => {
    const transcript = await answer({ question: 'weather in SF', offline: true, schema, environment })
    expect(transcript).toMatchObject({
      status: 'completed',
      structured: { temperature: 68 },
      answer: '{"temperature":68}',
    })
  })

  it('ends incomplete where the answer does not fit', async () => {
    await using api = await openApiServer({ key: null, replies: [reply.text('one'), reply.text('two')] })
    const transcript = await answer({ question: 'q', baseUrl: api.url, schema, environment })
    expect(transcript).toMatchObject({ exit_code: 7, structured: null, error: { code: 'answer_unfit' } })
    expect(api.violations).toEqual([])
  })

  it('takes what z.toJSONSchema makes', async () => {
    const made = z.toJSONSchema(z.object({ temperature: z.number() }))
    const { structured } = await answer({ question: 'weather in SF', offline: true, schema: made, environment })
    expect(structured).toEqual({ temperature: 68 })
  })

  it.each<[string, unknown, string]>([
    ['a list', [schema], 'schema: [{'],
    ['a text', '{}', 'schema: "{}" is no JSON Schema object'],
    ['null', null, 'schema: null is no JSON Schema object'],
    ['a schema of zod', z.object({}), 'give its JSON Schema, as z.toJSONSchema makes it'],
    ['what is no schema', { type: 'objekt' }, 'type: "objekt" is none of'],
  ])('refuses %s', async (_, wrong, said) => {
    // `as`: what a caller without types may write
    const options = { question: 'q', offline: true, environment, schema: wrong as typeof schema }
    await expect(answer(options)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(said) })
  })
})

describe('the library', () => {
  it('answers a question as the command does, and returns at once', async () => {
    const run = ask({ question: 'weather in SF, NYC, Tokyo', offline: true, environment })
    expect(run.transcript).toBeInstanceOf(Promise)
    expect(await run.transcript).toMatchObject({ status: 'completed', model: 'offline', totals: { tool_calls: 3 } })
  })

  it('sends spans to the collector that it is given, and to none of the environment', async () => {
    await using receiver = await openOtlpReceiver()
    const question = 'what is 6*7'
    const traced = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    await answer({ question, offline: true, environment: traced })
    expect(receiver.requests).toEqual([])
    const { run_id } = await answer({ question, offline: true, environment, otel: receiver.url })
    expect(receiver.span('invoke_agent agent').attributes).toMatchObject({ 'gen_ai.conversation.id': run_id })
  })

  it('gives all events to every reader, also to one that comes late and one that leaves', async () => {
    const run = ask({ question: 'weather in SF', offline: true, environment })
    const first = allOf(run)
    for await (const { type } of run.events) if (type === 'turn_start') break
    const transcript = await run.transcript
    const [live, late] = [await first, await allOf(run)]
    expect([live[0]?.type, live.at(-1)?.type]).toEqual(['run_start', 'run_end'])
    expect(live.map(({ seq }) => seq)).toEqual(live.map((_, index) => index))
    expect(late).toEqual(live)
    expect(live[0]).toMatchObject({ run_id: transcript.run_id })
  })

  it('keeps a journal where it is asked for one, which the command reads', async () => {
    const dir = makeRunFolder()
    const home = { ...environment, HOME: join(dir, 'home') }
    const file = join(dir, 'run.jsonl')
    const none = await answer({ question: 'weather in LA', offline: true, environment: home })
    const named = await answer({ question: 'weather in SF', offline: true, environment: home, journal: file })
    const kept = await answer({ question: 'weather in NYC', offline: true, environment: home, journal: true })
    const listed = JSON.parse((await runAgent(['runs', 'list', '--json'], { dir })).stdout) as { run_id: string }[] // its own document
    expect(listed.map(({ run_id }) => run_id)).toEqual([kept.run_id])
    const again = await runAgent(['resume', file, '--json'], { dir })
    expect([again.code, again.json()]).toEqual([0, named])
    expect(none.status).toBe('completed')
  })

  it('says so where its journal is there already, or its durability is none', async () => {
    const file = join(makeRunFolder(), 'run.jsonl')
    writeFileSync(file, '')
    const there = answer({ question: 'hi', offline: true, environment, journal: file })
    await expect(there).rejects.toMatchObject({ code: 'journal-exists', exitCode: 2 })
    // A caller in JavaScript may write anything.
    const durability = 'sometimes' as unknown as 'off'
    await expect(answer({ question: 'hi', offline: true, environment, durability })).rejects.toMatchObject({
      message: 'durability: "sometimes" is not one of normal, strict, off',
    })
  })

  it('tells events while the run goes on, and ends it by abort', async () => {
    const run = ask({ question: 'wait({})', offline: true, tools: [waitingTool()], environment })
    for await (const { type } of run.events) if (type === 'call_start') run.abort('enough of it')
    const transcript = await run.transcript
    expect(transcript).toMatchObject({ status: 'interrupted', exit_code: 130, error: { message: 'enough of it' } })
    expect(transcript.turns[0]?.tool_calls[0]?.status).toBe('canceled')
  })

  it('ends by abort while a tool file goes on loading', async () => {
    const file = join(makeRunFolder(), 'slow.mjs')
    const marker = randomUUID()
    writeFileSync(file, 'await new Promise(() => setInterval(() => {}, 1000))')
    const marked = { ...environment, [MARKER]: marker }
    const run = ask({ question: 'hi', offline: true, tools: [file], environment: marked })
    await expect.poll(() => survivors(marker)).not.toEqual([])
    run.abort()
    const error = { code: 'interrupted', message: 'the run was aborted' }
    expect(await run.transcript).toMatchObject({ status: 'interrupted', question: 'hi', error })
    expect((await allOf(run)).map(({ type }) => type)).toEqual(['run_end'])
    expect(await survivors(marker, 1000)).toEqual([])
  })

  it('throws from events what keeps the run from beginning', async () => {
    await expect(allOf(ask({ question: 'hi', environment: {} }))).rejects.toMatchObject({ exitCode: 4 })
  })

  it('prints nothing, and leaves a process alone that awaits nothing of it', async () => {
    const index = JSON.stringify(join(import.meta.dirname, '..', 'dist', 'index.js'))
    const script = `import { ask } from ${index}
      ask({ question: 'hi', environment: {} })
      const before = process.listenerCount('SIGINT')
      const run = ask({ question: 'weather in SF', offline: true, environment: { PATH: process.env.PATH } })
      process.on('exit', (code) => process.stdout.write(code + ' ' + (process.listenerCount('SIGINT') - before)))
      await run.transcript`
    const ended = await new Promise<unknown[]>((resolve) => {
      const args = ['--input-type=module', '--unhandled-rejections=strict', '-e', script]
      execFile(process.execPath, args, (error, stdout, stderr) => resolve([error, stdout, stderr]))
    })
    expect(ended).toEqual([null, '0 0', ''])
  })

  it('records a run, and answers from it without key and server', async () => {
    const record = join(makeRunFolder(), 'hello.cassette.json')
    await using server = await openApiServer({ replies: [reply.text('Hello.')] })
    const options = { question: 'hi', environment: {} }
    await answer({ ...options, record, baseUrl: server.url, apiKey: 'sk-ant-library-canary-0001' })
    expect(readFileSync(record, 'utf8')).not.toContain('canary')
    const replayed = await answer({ ...options, replay: record, replaySpeed: 1 })
    expect(replayed).toMatchObject({ status: 'completed', answer: 'Hello.', model: 'claude-sonnet-5-5' })
    expect(server.requests.length).toBe(1)
  })

  it('asks whoever it was given about a destructive call', async () => {
    const file = join(makeRunFolder(), 'drop.mjs')
    writeFileSync(
      file,
      `export default { name: 'drop', description: 'Drops.', destructive: true, input_schema: { type: 'object' },
        execute: async ({ table }) => 'dropped ' + table }`,
    )
    const asked: unknown[] = []
    const transcript = await answer({
      question: 'drop({"table":"a"}) drop({"table":"b"})',
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
    const transcript = await answer({
      question: 'twice 21?',
      baseUrl: server.url,
      apiKey: 'sk-ant-library',
      tools: [file],
      environment: { PATH: process.env['PATH'] },
    })
    expect(transcript).toMatchObject({ answer: '42', turns: [{ tool_calls: [{ output: 42 }] }, {}] })
    expect(server.violations).toEqual([])
  })

  it('throws what keeps a run from beginning, with its exit code', async () => {
    await expect(answer({ question: 'hi', environment: {} })).rejects.toMatchObject({ exitCode: 4 })
    await expect(answer({ question: 'hi', offline: true, tools: ['/nowhere'], environment: {} })).rejects.toMatchObject(
      {
        exitCode: 3,
      },
    )
  })

  it.each([{ concurrency: 0 }, { maxTurns: 1.5 }, { timeoutMs: Number.NaN }])(
    'refuses %j as the command would',
    async (options) => {
      await expect(answer({ question: 'hi', offline: true, environment: {}, ...options })).rejects.toMatchObject({
        exitCode: 2,
      })
    },
  )

  it('puts policies in force by name and glob, and the general time below them', async () => {
    const file = join(makeRunFolder(), 'wait.mjs')
    const tool = (
      name: string,
    ) => `{ name: '${name}', description: 'Waits.', effect: 'read', input_schema: { type: 'object' },
      execute: () => new Promise((resolve) => setTimeout(resolve, 60_000)) }`
    writeFileSync(file, `export default [${['wait_a', 'wait_b'].map(tool).join(', ')}]`)
    const { turns } = await answer({
      question: 'wait_a({}) wait_b({})',
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
    [{ replaySpeed: -1 }, 2, 'replaySpeed: -1 is not 0'],
    [{ liveTools: true }, 2, '--live-tools needs --replay'],
    [{ question: ' ' }, 2, 'question: " " is no question'],
    [{ maxCostUsd: 0 }, 2, 'maxCostUsd: 0 is not above 0'],
    [{ onError: 'stop' as 'collect' }, 2, 'onError: "stop" is not one of collect, no-new, fail-fast'],
  ])('throws for the options %j', async (options, exitCode, message) => {
    const asked = answer({ question: '6 * 7', offline: true, environment: { PATH: process.env['PATH'] }, ...options })
    await expect(asked).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) })
  })

  it('S3 says notices as the command would: in whole lines, without secrets and what steers a terminal', async () => {
    const file = join(makeRunFolder(), 'talk.mjs')
    writeFileSync(
      file,
      `const pause = () => new Promise((resolve) => setTimeout(resolve, 50))
       export default { name: 'talk', description: 'Talks.', effect: 'read', input_schema: { type: 'object' },
        execute: async () => {
          process.stdout.write('\\u001b[31mthe password is hunter2'); await pause()
          process.stdout.write(Buffer.from('hunter2 caf\\u00e9').subarray(0, -1)); await pause()
          process.stdout.write(Buffer.from('\\u00e9').subarray(1)); process.stdout.write('\\nbye'); return 'said' } }`,
    )
    const notices: string[] = []
    await answer({
      question: 'talk()',
      offline: true,
      tools: [file],
      builtins: false,
      environment: { ...environment, DB_PASSWORD: 'hunter2hunter2' },
      onNotice: (text) => notices.push(text),
    })
    expect(notices).toEqual(['the password is [redacted] café', 'bye'])
  })

  it('S3 keeps the key out of transcript and events', async () => {
    await using server = await openApiServer({ replies: [reply.text('It is sk-ant-library-canary-0001.')] })
    const run = ask({
      question: 'what is sk-ant-library-canary-0001?',
      baseUrl: server.url,
      apiKey: 'sk-ant-library-canary-0001',
      environment: {},
    })
    const transcript = await run.transcript
    const told = (await allOf(run)).filter(({ type }) => type !== 'text_delta')
    expect(transcript.answer).toBe('It is [redacted].')
    expect(JSON.stringify([transcript, told])).not.toContain('canary')
  })

  it('gives the transcript of a run that was aborted', async () => {
    const transcript = await answer({
      question: 'weather in SF',
      offline: true,
      signal: AbortSignal.abort(),
      environment: {},
    })
    expect(transcript.status).toBe('interrupted')
  })
})
