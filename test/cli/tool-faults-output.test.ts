/** What tools print, return and throw: whatever it is, stdout and the conversation stay clean. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { makeRunFolder } from '../rig/run-agent.ts'
import type { Asking, Called, WantedCall } from './tool-faults.ts'
import { ASKERS, callTools, FULL, inParallel, outcomes, sample, statuses } from './tool-faults.ts'
import { RETURNED, THROWN } from './tools/values.mjs'

const WAYS = [
  'log',
  'info',
  'error',
  'table',
  'dir',
  'stdout',
  'stderr',
  'descriptor 1',
  'descriptor 2',
  'child',
  'shell',
  'shell error',
]

const LINE = '0123456789abcde'

it.each(ASKERS)('T7 what tools print by any way is on stderr, once, and stdout is the document: %s', async (by) => {
  const wanted = [['prints'], ['prints_in_thread'], ['prints_json'], ['prints_later']] as const
  const { calls, result } = await callTools(wanted, { files: ['prints'], by })
  expect(outcomes(calls)).toEqual(wanted.map(([name]) => [name, 'ok', 'printed']))
  expect(result.stdout).not.toContain('<<')
  const marks = ['loop', 'thread'].flatMap((place) => WAYS.map((way) => `<<${way}|${place}>>`))
  for (const mark of [...marks, '<<later|loop>>']) expect(result.stderr.split(mark), mark).toHaveLength(2)
})

it('T7 ten megabytes of prints are on stderr whole', async () => {
  const runs = ['stdout', 'console', 'descriptor'].flatMap((way) =>
    ['prints_much', 'prints_much_in_thread'].map((tool) => ({ way, tool })),
  )
  await inParallel(sample(runs, 2), async ({ way, tool }) => {
    // Into a file: for a reader that is slow, the rest is left out.
    const file = join(makeRunFolder(), 'stderr')
    const { calls } = await callTools([[tool, { megabytes: 10, by: way }]], {
      files: ['prints'],
      by: 'offline',
      agent: { env: { STDERR_FILE: file }, script: join(import.meta.dirname, 'tools', 'stderr-to-file.mjs') },
    })
    expect(outcomes(calls)).toEqual([[tool, 'ok', 'printed']])
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(lines.filter((line) => line === LINE)).toHaveLength((10 * 1024 * 1024) / (LINE.length + 1))
  })
})

/** Many failures in a row, of which each is looked at. */
const ONE_EACH = ['--tool-retries', '0', '--breaker', 'off']

it.each(ASKERS)('T9 any value becomes valid JSON in transcript and request: %s', async (by) => {
  const wanted: WantedCall[] = Object.keys(RETURNED).flatMap((what) => [
    ['returns', { what }],
    ['returns_in_thread', { what }],
  ])
  const { calls, told, sent, result } = await callTools(wanted, { files: ['values'], by, args: ONE_EACH })
  expectText(sent, result.stdout)
  const odd = calls
    .filter(({ status }) => status !== 'ok')
    .map(({ input, status, error }) => [input.what, status, error])
  // Not ours: whoever awaits such a value asks it for its `then`, and meets the throw.
  const unasked = ['hostile', 'revoked', 'then_throws']
  // Only its author knows how it is to be read.
  const unread = ['response']
  expect(odd).toEqual(
    [...unasked, ...unread].flatMap((what) => Array.from({ length: 2 }, () => [what, 'failed', expect.anything()])),
  )
  for (let index = 0; index < calls.length; index += 2) {
    // All of a thread's global object is the thread's own.
    if (calls[index]?.input.what === 'everything') continue
    expect(calls[index + 1]?.output, JSON.stringify(wanted[index])).toEqual(calls[index]?.output)
  }
  for (const [index, text] of told.entries()) expect(text, JSON.stringify(wanted[index])).not.toBe('')
  // The schema's parser drops this name; the document has it.
  expect(result.stdout).toContain('"__proto__": {')
  expect(told).toContain('{"__proto__":{"a":1},"constructor":{"prototype":1}}')
  const outputs = Object.fromEntries(calls.map(({ input, output }) => [input.what, output]))
  expect(outputs).toMatchObject({
    undefined: null,
    empty: '',
    nan: null,
    bigint: '1180591620717411303424',
    nul: 'a\0b',
    surrogate: 'a\ufffdb\ufffd',
    surrogate_key: { 'a\ufffd': 'b\ufffd' },
    escapes: '\u001b[31mred\u001b[0m \u202egnihsif\u2066',
    map: { a: [1] },
    cyclic: { name: 'cyclic', self: '[circular]' },
    sparse: [1, null, 3],
    generator: [1],
    promise_inside: { inside: '[unread Promise]' },
    boxed: ['a', 1, true, expect.anything(), expect.anything()],
    own_proto: { constructor: { prototype: 1 } },
    getter: { a: '[unreadable]', b: 1 },
    unreadable: { hostile: '[unreadable]', revoked: '[unreadable]' },
  })
})

it.each(ASKERS)('T9 anything thrown becomes a failure in transcript and request: %s', async (by) => {
  const wanted: WantedCall[] = Object.keys(THROWN).flatMap((what) => [
    ['throws', { what }],
    ['throws_in_thread', { what }],
  ])
  const { calls, told, sent, result } = await callTools(wanted, { files: ['values'], by, args: ONE_EACH })
  expectText(sent, result.stdout)
  for (const [index, call] of calls.entries()) {
    expect(call, JSON.stringify(call.input)).toMatchObject({
      status: 'failed',
      error: { message: expect.stringMatching(/./) },
    })
    expect(told[index]).toMatch(/^failed: ./)
    expect(call.error).toEqual(calls[index - (index % 2)]?.error)
  }
  const errors = Object.fromEntries(calls.map(({ input, error }) => [input.what, error]))
  expect(errors).toMatchObject({
    string: { message: 'a string' },
    null: { message: 'threw null' },
    cyclic: { message: 'threw {"name":"cyclic","self":"[circular]"}' },
    coded: { code: 'ENOENT', message: 'gone' },
    odd_code: { code: 'tool_error', message: 'odd' },
    abort: { message: 'I say so' },
    causes: { message: 'top: middle' },
    surrogate: { message: 'a\ufffdb\0' },
  })
})

/** No half of a character, escaped or not, in what is sent and what is printed. */
function expectText(...texts: string[]): void {
  for (const text of texts) expect(/\\ud[89a-f]|\p{Surrogate}/iu.test(text)).toBe(false)
}

const MEGABYTES = FULL ? 1000 : 200
const PATIENCE_MS = FULL ? 180_000 : 30_000
const MAX_PEAK_KIB = 150 * 1024

/** A run whose main process says at its end how much memory it has had. */
async function callMeasured(wanted: readonly WantedCall[], asking: Asking): Promise<Called> {
  const folder = join(makeRunFolder(), 'memory')
  mkdirSync(folder)
  const called = await callTools(wanted, {
    ...asking,
    agent: {
      env: { BENCH_MEMORY_FOLDER: folder },
      nodeArguments: ['--require', join(import.meta.dirname, '..', 'bench', 'peak-memory.cjs')],
    },
  })
  const peaks = readdirSync(folder).map((name) => Number(readFileSync(join(folder, name), 'utf8')))
  expect(peaks).toHaveLength(1)
  expect(peaks[0]).toBeLessThan(MAX_PEAK_KIB)
  return called
}

const LARGE: [tool: string, truncated: boolean, limit: number][] = [
  ['large_text', true, 512 * 1024],
  ['large_list', true, 512 * 1024],
  ['many_numbers', true, 512 * 1024],
  ['large_binary', false, 256 * 1024 * 2],
]

it(
  'T8 a value of any size leaves head and tail, and the memory of the command flat',
  async () => {
    const runs = LARGE.flatMap(([tool, truncated, limit], index) =>
      ['', '_in_thread'].map((place) => ({ tool: tool + place, truncated, limit, by: ASKERS[index % 2] ?? 'offline' })),
    )
    await inParallel(runs, async ({ tool, truncated, limit, by }) => {
      const { calls, told } = await callMeasured([[tool, { megabytes: MEGABYTES }], ['nap']], { files: ['large'], by })
      expect(statuses(calls)).toEqual([
        [tool, 'ok'],
        ['nap', 'ok'],
      ])
      expect(calls[0]?.truncated).toBe(truncated)
      expect(JSON.stringify(calls[0]?.output).length).toBeLessThan(limit + 1000)
      expect(Buffer.byteLength(told[0] ?? '')).toBeLessThan(64 * 1024 + 100)
    })
  },
  PATIENCE_MS,
)

it(
  'T8 a value that cannot be written down costs its own call',
  async () => {
    const runs = ['large_error', 'sparse', 'laughs'].flatMap((name) => [name, `${name}_in_thread`])
    await inParallel(runs, async (tool) => {
      const { calls } = await callMeasured([[tool, { megabytes: MEGABYTES }], ['nap']], {
        files: ['large'],
        by: 'offline',
        args: ['--tool-timeout', '1s'],
      })
      expect(calls[0]?.status).toMatch(/^(failed|timed_out)$/)
      expect(calls[1]).toMatchObject({ status: 'ok', output: 'rested' })
    })
  },
  PATIENCE_MS,
)

it.each(ASKERS)(
  'T8 twenty large results share what one message may hold: %s',
  async (by) => {
    const large = Array.from(
      { length: 20 },
      (_, index): WantedCall => [
        index % 2 === 0 ? 'kilobytes' : 'kilobytes_in_thread',
        { kilobytes: 100, of: index % 3 === 0 ? '😀' : 'x' },
      ],
    )
    const wanted: WantedCall[] = [...large, ['kilobytes', { kilobytes: 1, of: 'y' } satisfies JsonObject]]
    const { calls, told } = await callMeasured(wanted, { files: ['large'], by })
    expect(calls.map(({ truncated }) => truncated)).toEqual(wanted.map(() => false))
    expect(told.at(-1)).toBe('y'.repeat(1024))
    const bytes = told.map((text) => Buffer.byteLength(text))
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(256 * 1024 + 20 * 100)
    expect(Math.max(...bytes.slice(0, 20)) - Math.min(...bytes.slice(0, 20))).toBeLessThan(20)
    for (const text of told.slice(0, 20)) expect(text).toMatch(/\[\.\.\. \d+ of \d+ bytes left out \.\.\.\]/)
  },
  PATIENCE_MS,
)

it(
  'T8 any amount of prints leaves the memory of the command flat',
  async () => {
    const runs = ['prints_much', 'prints_much_in_thread'].flatMap((tool) => [
      { tool, megabytes: MEGABYTES, by: 'descriptor', args: ['-q'] },
      { tool, megabytes: MEGABYTES / 10, by: 'stdout', args: [] },
    ])
    await inParallel(runs, async ({ tool, megabytes, by, args }) => {
      const { calls } = await callMeasured([[tool, { megabytes, by }]], { files: ['prints'], by: 'offline', args })
      expect(outcomes(calls)).toEqual([[tool, 'ok', 'printed']])
    })
  },
  PATIENCE_MS,
)
