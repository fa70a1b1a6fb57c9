/**
 * A question to a scripted model whose answers go wrong, and what came of it: each call that really
 * ran is in a file of its own, so that a test sees what was done and not only what was told. Every
 * run is audited, and every conversation must be one that the API accepts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import type { ApiServer, ApiServerOptions } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { Reply } from '../rig/reply.ts'
import type { AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'

/** Long sweeps run whole with FULL=1, else a sample of them does. */
export const FULL = process.env.FULL === '1'

export type Format = 'prose' | 'json' | 'jsonl'

export type Asking = {
  format?: Format
  args?: readonly string[]
  config?: JsonObject
  /** What the API would refuse of our requests; empty unless the test is about that. */
  violations?: readonly string[]
  server?: Partial<ApiServerOptions>
  env?: Record<string, string>
  secrets?: readonly string[]
}

export type Asked = {
  result: AgentResult
  api: ApiServer
  /** Inputs of the calls of `save`, a write, that ran. */
  saved: unknown[]
  /** Inputs of the calls of `look`, a read, that ran. */
  looked: unknown[]
  dir: string
}

/** `save` writes, `look` reads, `fail` throws, `hang` never ends. */
const TOOLS = `import { appendFileSync } from 'node:fs'
const done = (file, input) => appendFileSync(process.env.TMPDIR + '/' + file, JSON.stringify(input) + '\\n')
const text = { type: 'string' }
export const save = {
  name: 'save', description: 'Writes.', effect: 'write',
  input_schema: { type: 'object', properties: { path: text, times: { type: 'integer' } }, required: ['path'] },
  async execute(input) { done('saved', input); return 'saved ' + input.path },
}
export const look = {
  name: 'look', description: 'Reads.', effect: 'read',
  input_schema: { type: 'object', properties: { place: text }, required: ['place'], additionalProperties: false },
  async execute(input) { done('looked', input); return 'seen ' + input.place },
}
export const fail = {
  name: 'fail', description: 'Fails.', effect: 'read', input_schema: { type: 'object' },
  async execute() { throw new Error('it is broken') },
}
export const hang = {
  name: 'hang', description: 'Hangs.', effect: 'read', input_schema: { type: 'object' },
  policy: { timeout_ms: 100 },
  execute: () => new Promise(() => {}),
}
`

/** Replies in order, or by request. */
export async function askFaulty(replies: ApiServerOptions['replies'] | Reply, asking: Asking = {}): Promise<Asked> {
  const { format = 'prose', args = [], config = {}, violations = [] } = asking
  const listed = typeof replies === 'function' || Array.isArray(replies) ? replies : [replies as Reply] // no list, so one
  await using api = await openApiServer({ key: CANARY_KEY, replies: listed, ...asking.server })
  const dir = makeRunFolder()
  const tools = join(dir, 'tools.mjs')
  const settings = join(dir, 'settings.json')
  writeFileSync(tools, TOOLS)
  writeFileSync(settings, JSON.stringify(config))
  const formatFlag = format === 'prose' ? [] : [`--${format}`]
  const fixed = ['ask', ...formatFlag, '--base-url', api.url, '--config', settings, '--no-builtins', '-t', tools]
  const result = await runAgent([...fixed, ...args, 'the question'], { dir, ...(asking.env && { env: asking.env }) })
  await endToEnd(result, asking.secrets === undefined ? {} : { secrets: asking.secrets })
  expect(api.violations).toEqual(violations)
  if (format === 'json') whole(result)
  return { result, api, saved: ran(dir, 'saved'), looked: ran(dir, 'looked'), dir }
}

/** The transcript, whose code is the process's, and whose every call has one outcome. */
function whole(result: AgentResult): void {
  const transcript = result.json()
  expect(transcript.exit_code).toBe(result.code)
  for (const { tool_calls, dropped_calls } of transcript.turns)
    for (const call of [...tool_calls, ...dropped_calls]) expect(call).toMatchObject({ status: expect.any(String) })
  expect(transcript.error === null).toBe(result.code === 0)
}

function ran(dir: string, name: string): unknown[] {
  const file = join(dir, 'tmp', name)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line): unknown => JSON.parse(line))
}

/** That the failure is one line, and perhaps a hint, on stderr. */
export function expectOneLine({ stderr }: AgentResult, line: RegExp, hint: RegExp | null = null): void {
  const [first = '', ...rest] = stderr.trimEnd().split('\n')
  expect(first).toMatch(/^agent: /)
  expect(first).toMatch(line)
  expect(rest).toHaveLength(rest.length === 0 && hint === null ? 0 : 1)
  if (rest.length > 0) expect(rest[0]).toMatch(hint ?? /^hint: /)
}

type Conversation = { messages: { role: string; content: JsonObject[] }[] }

/** The tool results that stand in a request, in order. */
export function resultsIn(api: ApiServer, request: number): JsonObject[] {
  // The server has checked the request already; this only says so to the compiler.
  const { messages } = JSON.parse(String(api.requests[request]?.rawBody)) as Conversation
  return messages.flatMap(({ role, content }) =>
    role === 'user' ? content.filter(({ type }) => type === 'tool_result') : [],
  )
}

export function callsOf(transcript: Transcript, turn = 0) {
  return transcript.turns[turn]?.tool_calls ?? []
}

/** Every one with FULL=1, else `count` of them, evenly spread, the first and the last included. */
export function sample<T>(all: readonly T[], count: number): T[] {
  if (FULL || all.length <= count) return [...all]
  const step = (all.length - 1) / (count - 1)
  return Array.from({ length: count }, (_, index) => all[Math.round(index * step)]).filter((item) => item !== undefined)
}

/** Three at a time: runs are mostly start-up, on two cores. */
export async function inParallel<T>(items: readonly T[], check: (item: T) => Promise<void>): Promise<void> {
  const left = [...items.entries()]
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, item] = next
      try {
        await check(item)
      } catch (error) {
        throw new Error(`item ${index}, ${JSON.stringify(item)}: ${String(error)}`, { cause: error })
      }
    }
  }
  await Promise.all([worker(), worker(), worker()])
}
