/** `--record` and `--replay` through the built command: a run is recorded once, and told again without model and tools. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import type { Cassette } from '../../src/contract/cassette.ts'
import { cassetteSchema } from '../../src/contract/cassette.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { readJournal } from '../../src/journal/read.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { Reply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

/** Each call of a tool leaves a line in `calls.txt`; `flaky` fails at its first attempt. */
const TOOLS = `import { appendFileSync, readFileSync } from 'node:fs'
const file = process.cwd() + '/calls.txt'
const count = (name) => readFileSync(file, 'utf8').split('\\n').filter((line) => line === name).length
const tool = (name, effect, execute) => ({
  name, effect, description: 'For tests: ' + name, input_schema: { type: 'object' },
  execute: async (input, context) => { appendFileSync(file, name + '\\n'); return execute(input, context) },
})
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
export default [
  tool('double', 'read', ({ n }) => n * 2),
  tool('nap', 'read', async ({ ms }) => (await pause(ms), 'slept ' + ms)),
  tool('write_down', 'write', ({ text }) => 'wrote ' + text),
  tool('flaky', 'read', () => { if (count('flaky') === 1) throw new Error('not yet'); return 'now' }),
  tool('count', 'read', () => 'call ' + count('count')),
  tool('secret', 'read', () => ({ password: process.env.DB_PASSWORD })),
  tool('picture', 'read', () => ({ content: [{ type: 'text', text: 'a dot' }] })),
]
`
const NO_KEY = { ANTHROPIC_API_KEY: undefined, ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' }

type Place = { dir: string; cassette: string; calls: () => string[] }

function place(): Place {
  const dir = makeRunFolder()
  const work = join(dir, 'work')
  writeFileSync(join(work, 'tools.mjs'), TOOLS)
  const calls = join(work, 'calls.txt')
  return {
    dir,
    cassette: join(work, 'run.cassette.json'),
    calls: () => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : []),
  }
}

const ASK = ['ask', '--no-builtins', '-t', 'tools.mjs', '--json']

async function record({ dir, cassette }: Place, replies: Reply[], args: string[] = [], options: AgentOptions = {}) {
  const { api, env } = await server(...replies)
  const command = [...ASK, '--record', cassette, ...args, 'the question']
  const result = await runAgent(command, { ...options, dir, env: { ...env, ...options.env } })
  await endToEnd(result)
  expect(api.violations).toEqual([])
  const recorded: Cassette = cassetteSchema.parse(JSON.parse(readFileSync(cassette, 'utf8')))
  return { result, recorded, api }
}

async function replay({ dir, cassette }: Place, args: string[] = [], question = 'the question'): Promise<AgentResult> {
  const result = await runAgent([...ASK, '--replay', cassette, ...args, question], { dir, env: NO_KEY })
  await endToEnd(result)
  return result
}

/** What two tellings of one run agree in. */
function withoutTimes(transcript: Transcript): unknown {
  const timed = /_ms$|^(run_id|started_at|totals|timing|queued_by)$/
  return JSON.parse(JSON.stringify(transcript, (key, value) => (timed.test(key) ? undefined : value)))
}

const twoTurns = [
  reply
    .text('Let me see.')
    .toolUse('double', { n: 21 }, 'toolu_a')
    .toolUse('write_down', { text: 'x' }, 'toolu_b')
    .toolUse('double', { n: 1 }, 'toolu_c'),
  reply.text('It is 42.'),
]

it('tells a recorded run again without key, server and tools, its transcript the same but for the times', async () => {
  const here = place()
  const { result, recorded } = await record(here, twoTurns)
  const ran = here.calls()
  expect([result.code, ran.length]).toEqual([0, 3])
  expect(recorded).toMatchObject({ cassette: 1, question: 'the question', model: 'claude-sonnet-5-5' })
  expect(recorded.exchanges[0]?.request).toMatchObject({
    ...{ model: 'claude-sonnet-5-5', max_tokens: 16_384, system: expect.any(String) },
    tools: expect.arrayContaining([expect.objectContaining({ name: 'double' })]),
    messages: [{ role: 'user', content: [{ type: 'text', text: 'the question' }] }],
  })
  expect(recorded.tool_calls.map(({ tool, outcome }) => [tool, outcome?.status])).toHaveLength(3)
  const replayed = await replay(here)
  expect([replayed.code, replayed.stderr]).toEqual([0, ''])
  expect(withoutTimes(replayed.json())).toEqual(withoutTimes(result.json()))
  expect(here.calls()).toEqual(ran)
})

it('tells a transcript of --json again as well', async () => {
  const here = place()
  const more = [reply.toolUse('flaky', {}, 'toolu_f').toolUse('picture', {}, 'toolu_p').toolUse('nope', {}, 'toolu_n')]
  const { result } = await record(here, [...more, ...twoTurns])
  const transcript = join(here.dir, 'work', 'run.json')
  writeFileSync(transcript, result.stdout)
  const calls = here.calls()
  for (const speed of ['0', '4']) {
    const replayed = await replay({ ...here, cassette: transcript }, ['--replay-speed', speed])
    expect([replayed.code, replayed.stderr]).toEqual([0, ''])
    expect(withoutTimes(replayed.json())).toEqual(withoutTimes(result.json()))
  }
  expect(here.calls()).toEqual(calls)
  const other = await replay({ ...here, cassette: transcript }, [], 'another question')
  expect([other.code, other.json().error?.code]).toEqual([5, 'replay-mismatch'])
})

it('keeps the pace of the recorded run at --replay-speed 1: what was slow ends last', async () => {
  const here = place()
  const naps = reply.toolUse('nap', { ms: 400 }, 'toolu_slow').toolUse('nap', { ms: 1 }, 'toolu_fast')
  await record(here, [naps, reply.text('Rested.')])
  const { turns } = (await replay(here, ['--replay-speed', '1'])).json()
  const calls = turns.flatMap(({ tool_calls }) => tool_calls)
  const ends = calls.sort((a, b) => Number(a.timing.ended_ms) - Number(b.timing.ended_ms))
  expect(ends.map(({ id }) => id)).toEqual(['toolu_fast', 'toolu_slow'])
})

it.each<[string, (here: Place) => string[], string, RegExp]>([
  [
    'question',
    () => [],
    'another question',
    /request 1 is not the recorded one: messages\[0\]\.content\[0\]\.text: expected "the question", got "another question"$/,
  ],
  ['system prompt', () => ['--system', 'Rhyme.'], 'the question', /: system: expected ".*"…?, got "Rhyme\."$/],
  [
    'model',
    () => ['--model', 'claude-opus-5'],
    'the question',
    /: model: expected "claude-sonnet-5-5", got "claude-opus-5"$/,
  ],
  [
    'description of a tool',
    ({ dir }) => {
      writeFileSync(join(dir, 'work', 'tools.mjs'), TOOLS.replace('For tests: ', 'For the tests: '))
      return []
    },
    'the question',
    /: tools\.double\.description: expected "For tests: double", got "For the tests: double" \(and 6 more differences\)$/,
  ],
  [
    'set of tools',
    () => ['--only', 'double,write_down'],
    'the question',
    /: tools\.\w+: expected \{.*…, got nothing \(and 4 more differences\)$/,
  ],
])('exits with 5 and the difference for another %s', async (_, change, question, difference) => {
  const here = place()
  await record(here, twoTurns)
  const ran = here.calls()
  const result = await replay(here, change(here), question)
  const { error, status, turns } = result.json()
  expect([result.code, status, error?.code, turns[0]?.tool_calls]).toEqual([5, 'failed', 'replay-mismatch', []])
  expect(error?.message).toMatch(difference)
  expect(result.stderr).toContain(`${error?.message}\n`)
  expect(here.calls()).toEqual(ran)
})

it('exits with 5 for a call that was not recorded, and where the recording ends', async () => {
  const here = place()
  const { recorded } = await record(here, twoTurns)
  const change = (cassette: Cassette) => writeFileSync(here.cassette, JSON.stringify(cassette))
  const tool_calls = recorded.tool_calls.filter(({ call_id }) => call_id !== 'toolu_b')
  change({ ...recorded, tool_calls })
  const missing = await replay(here)
  expect([missing.code, missing.json().error?.message]).toEqual([
    5,
    'this call was not recorded: write_down {"text":"x"}',
  ])
  change({ ...recorded, exchanges: recorded.exchanges.slice(0, 1) })
  const short = await replay(here)
  expect([short.code, short.json().error?.message]).toEqual([5, 'the recording ends before request 2'])
})

it('runs the tools for real with --live-tools, and stops where they say something else', async () => {
  const here = place()
  await record(here, twoTurns)
  const replayed = await replay(here, ['--live-tools'])
  expect([replayed.code, replayed.json().answer, here.calls().length]).toEqual([0, 'It is 42.', 6])
  const other = place()
  await record(other, [reply.toolUse('count', {}), reply.text('Once.')])
  const changed = await replay(other, ['--live-tools'])
  expect([changed.code, changed.json().error?.message]).toEqual([
    5,
    'request 2 is not the recorded one: messages[2].content[0].content: expected "call 1", got "call 2"',
  ])
})

it('tells retries of the model and of tools again, and a fault that ended the run', async () => {
  const here = place()
  const replies = [reply.status(529), reply.toolUse('flaky', {}), reply.text('cut').cut(), reply.status(400)]
  const { result } = await record(here, replies)
  expect(result.code).toBe(5)
  const told = result.json()
  expect(told.turns.map(({ attempts }) => attempts)).toEqual([2, 2])
  expect(told.turns[0]?.tool_calls[0]?.attempts).toMatchObject([{ error: { message: 'not yet' } }, { error: null }])
  const replayed = await replay(here)
  expect([replayed.code, replayed.stderr]).toEqual([5, result.stderr])
  expect(withoutTimes(replayed.json())).toEqual(withoutTimes(told))
})

it('tells early results, parallel reads and time-outs again at any speed', async () => {
  const here = place()
  const naps = reply
    .toolUse('nap', { ms: 30_000 }, 'toolu_t')
    .toolUse('nap', { ms: 900 }, 'toolu_s')
    .toolUse('nap', { ms: 5 }, 'toolu_q')
  const replies = [naps, reply.toolUse('double', { n: 2 }, 'toolu_d'), reply.text('I wait.'), reply.text('All.')]
  const flags = ['--early-results', '250ms', '--tool-timeout', '2s', '--tool-retries', '0']
  const { result } = await record(here, replies, flags)
  const calls = result.json().turns[0]?.tool_calls ?? []
  expect(calls.map(({ status }) => status)).toEqual(['timed_out', 'ok', 'ok'])
  expect(calls[0]?.timing.pending_ms).not.toBeNull()
  for (const speed of ['0', '2']) {
    const replayed = await replay(here, [...flags, '--replay-speed', speed])
    expect([replayed.code, replayed.stderr]).toEqual([0, result.stderr])
    expect(replayed.json().messages).toEqual(result.json().messages)
  }
})

it('starts reads while the recorded reply still streams', async () => {
  const here = place()
  const ran = expect.poll(here.calls, { timeout: 20_000 }).toEqual(['double'])
  const early = reply
    .toolUse('double', { n: 21 }, 'toolu_a')
    .gate(ran.then(() => undefined))
    .toolUse('write_down', { text: 'x' }, 'toolu_b')
  await record(here, [early, reply.text('Done.')])
  const replayed = await runAgent(
    [...ASK.slice(0, -1), '--jsonl', '--replay', here.cassette, '--replay-speed', '1', 'the question'],
    {
      dir: here.dir,
      env: NO_KEY,
    },
  )
  const order = replayed
    .jsonLines()
    .map((event) => ('call_id' in event ? `${event.type} ${event.call_id}` : event.type))
  expect(order.indexOf('call_start toolu_a')).toBeLessThan(order.indexOf('call_ready toolu_b'))
  expect(order.indexOf('message_end')).toBeLessThan(order.indexOf('call_start toolu_b'))
})

it('S3 keeps no secret in a cassette, not even one that was streamed in two parts, and replays it all the same', async () => {
  const here = place()
  const password = 'correct-horse-battery'
  const secrets = { env: { DB_PASSWORD: password } }
  const said = reply.text(`Your key is ${CANARY_KEY}, the password ${password}.`).split(9)
  const { result } = await record(here, [reply.toolUse('secret', {}).split(7), said], [], secrets)
  const text = readFileSync(here.cassette, 'utf8')
  expect([text.includes(password), text.includes(CANARY_KEY), text.includes('[redacted]')]).toEqual([
    false,
    false,
    true,
  ])
  const deltas = cassetteSchema
    .parse(JSON.parse(text))
    .exchanges[1]?.parts.map(({ part }) => (part.type === 'text_delta' ? part.text : ''))
  expect(deltas?.join('')).toBe('Your key is [redacted], the password [redacted].')
  const replayed = await replay(here)
  expect([replayed.code, replayed.json().answer]).toEqual([0, result.json().answer])
})

it('replaces a cassette and nothing else, and writes for the user alone', async () => {
  const here = place()
  await record(here, twoTurns)
  const [reached] = [await record(here, [reply.text('Again.')])]
  expect(reached.recorded.exchanges).toHaveLength(1)
  expect(statSync(here.cassette).mode & 0o777).toBe(0o600)
  const link = join(here.dir, 'work', 'link.json')
  symlinkSync(here.cassette, link)
  await record({ ...here, cassette: link }, twoTurns)
  expect(cassetteSchema.parse(JSON.parse(readFileSync(here.cassette, 'utf8'))).exchanges).toHaveLength(2)
  expect(readdirSync(dirname(here.cassette)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  for (const [name, text] of [
    ['notes.txt', 'Buy milk.'],
    ['other.json', '{"version":1}'],
    ['empty.json', ''],
  ] as const) {
    const file = join(here.dir, 'work', name)
    writeFileSync(file, text)
    const refused = await runAgent([...ASK, '--record', file, 'the question'], { dir: here.dir })
    expect([refused.code, refused.json().error?.message, readFileSync(file, 'utf8')]).toEqual([
      2,
      `--record: ${JSON.stringify(file)} is there already, and no cassette`,
      text,
    ])
  }
})

it.each([
  ['--timeout', ['--timeout', '3s'], 124],
  ['a failed call', ['--on-error', 'fail-fast'], 9],
])('keeps what there was of a run that ended by %s', async (_, flags, code) => {
  const here = place()
  const failing = code === 9 ? reply.toolUse('flaky', {}, 'toolu_f') : reply
  const calls = failing.toolUse('nap', { ms: 20_000 }, 'toolu_n')
  const { result, recorded } = await record(here, [calls], ['--tool-retries', '0', ...flags])
  expect([result.code, recorded.exchanges.length]).toEqual([code, 1])
  expect(recorded.tool_calls.find(({ tool }) => tool === 'nap')?.outcome).toBeNull()
  const replayed = await replay(here, ['--tool-retries', '0', ...flags])
  expect([replayed.code, withoutTimes(replayed.json())]).toEqual([code, withoutTimes(result.json())])
})

it('exits with 12 where the cassette cannot be written', async () => {
  const here = place()
  const missing = await runAgent([...ASK, '--record', '/nowhere/run.json', 'q'], { dir: here.dir })
  expect([missing.code, missing.json().error?.code]).toEqual([12, 'cassette-unwritable'])
})

it('says so in the transcript and in the journal where it cannot be written any more, and keeps the answer', async () => {
  const here = place()
  const folder = join(here.dir, 'work', 'kept')
  mkdirSync(folder)
  const gone = `import { rmSync } from 'node:fs'
export default [{ name: 'tidy', effect: 'read', description: 'Tidies up', input_schema: { type: 'object' },
  execute: () => { rmSync(${JSON.stringify(folder)}, { recursive: true }); return 'tidy' } }]`
  writeFileSync(join(here.dir, 'work', 'tools.mjs'), gone)
  const { env } = await server(reply.toolUse('tidy', {}), reply.text('All is tidy.'))
  const flags = ['--record', join(folder, 'run.json'), '--journal', 'run.jsonl']
  const result = await runAgent([...ASK, ...flags, 'the question'], { dir: here.dir, env })
  await endToEnd(result)
  const end = {
    status: 'completed',
    exit_code: 12,
    answer: 'All is tidy.',
    error: { code: 'cassette-unwritable' },
  }
  expect([result.code, result.json()]).toMatchObject([12, end])
  const { events } = await readJournal(join(here.dir, 'work', 'run.jsonl'))
  expect(events.at(-1)).toMatchObject({ type: 'run_end', ...end })
})

it.each([
  ['does not exist', null, 2],
  ['is no JSON: ', 'Buy milk.', 3],
  ['is neither a cassette nor a transcript', '{"version":1}', 3],
  ['is a cassette of version 2, and 1 is known here', '{"cassette":2}', 3],
  ['is a damaged cassette: ', '{"cassette":1}', 3],
])('says of a file to replay that it %s', async (why, text, code) => {
  const here = place()
  if (text !== null) writeFileSync(here.cassette, text)
  const result = await replay(here)
  expect([result.code, result.json().error?.message]).toEqual([
    code,
    expect.stringContaining(`--replay: ${JSON.stringify(here.cassette)} ${why}`),
  ])
})

it.each([
  [['--record', 'a', '--replay', 'b'], '--record and --replay exclude each other'],
  [['--replay', 'b', '--offline'], '--replay and --offline exclude each other'],
  [['--replay', 'b', '--base-url', 'http://127.0.0.1:9'], '--replay and --base-url exclude each other'],
  [['--live-tools'], '--live-tools needs --replay'],
  [['--replay-speed', '2'], '--replay-speed needs --replay'],
  [['--replay', 'b', '--replay-speed', 'fast'], '--replay-speed: "fast" is not 0, or a number from 0.1 to 1000'],
])('exits with 2 for %j', async (flags, message) => {
  const result = await runAgent(['ask', '--json', ...flags, 'q'])
  expect([result.code, result.json().error?.message]).toEqual([2, message])
})

it('replays an offline run too, and says nothing of a planner that is not there', async () => {
  const here = place()
  const question = 'weather in SF, NYC, Tokyo'
  const recorded = await runAgent(['ask', '--offline', '--record', here.cassette, question], { dir: here.dir })
  const replayed = await runAgent(['ask', '--replay', here.cassette, question], { dir: here.dir, env: NO_KEY })
  expect([replayed.code, replayed.stdout, replayed.stderr]).toEqual([0, recorded.stdout, ''])
})
