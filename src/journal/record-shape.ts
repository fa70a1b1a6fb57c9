/**
 * Whether a value that was read is a header or an event. By hand and not by the schemas of
 * contract/event.ts: those take 300 ms to load and to check 10,000 events, these 10. That both say
 * the same is tested, and the compiler asks here for every member of every event.
 */
import type { AgentEvent, AgentEventType, EventOf } from '../contract/event.ts'
import type { JournaledTool, JournalHeader } from '../contract/journal.ts'
import { isJsonObject } from '../contract/json.ts'
import { FAILURES } from '../contract/outcome.ts'

type Check = (value: unknown) => boolean
type Shape<T> = { [Key in keyof Required<T>]: Check }

const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number'
const whole: Check = (value) => Number.isSafeInteger(value)
const flag: Check = (value) => typeof value === 'boolean'
/** All that was parsed is JSON. */
const json: Check = (value) => value !== undefined
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value)
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check)
const oneOf = (...words: readonly unknown[]): Check => {
  const known = new Set(words)
  return (value) => known.has(value)
}
const record =
  (check: Check): Check =>
  (value) =>
    isJsonObject(value) && Object.values(value).every(check)

function object<T>(shape: Shape<T>): Check {
  return members(Object.entries<Check>(shape))
}

function members(rows: readonly (readonly [string, Check])[]): Check {
  return (value) => isJsonObject(value) && rows.every(([name, check]) => check(value[name]))
}

const block: Check = (value) => isJsonObject(value) && typeof value['type'] === 'string'
const message = object<EventOf<'run_start'>['messages'][number]>({
  role: oneOf('user', 'assistant'),
  content: list(block),
})
const usage = object<EventOf<'message_end'>['message']['usage']>({
  input_tokens: number,
  output_tokens: number,
  cache_read_input_tokens: number,
  cache_creation_input_tokens: number,
})
const callError = object<EventOf<'turn_retry'>['reason']>({ code: text, message: text })
const effect = oneOf('read', 'idempotent', 'write')

const ok = object<Extract<EventOf<'call_end'>['outcome'], { status: 'ok' }>>({
  status: oneOf('ok'),
  output: json,
  output_bytes: number,
  truncated: flag,
  content: optional(list(block)),
})
const failed = object<Exclude<EventOf<'call_end'>['outcome'], { status: 'ok' }>>({
  status: oneOf(...FAILURES),
  error: callError,
  retryable: optional(flag),
})

/** `type` has chosen the row; `seq` and `at_ms` are in every event. */
type Row<T extends AgentEventType> = Shape<Omit<EventOf<T>, 'type' | 'seq' | 'at_ms'>>
const inTurn = { turn: whole }
const ofCall = { ...inTurn, call_id: text }

const EVENTS: { [T in AgentEventType]: Row<T> } = {
  run_start: {
    run_id: text,
    started_at: text,
    version: text,
    question: text,
    model: text,
    messages: list(message),
  },
  run_resume: { resumed_at: text, paused_ms: number, version: text },
  turn_start: inTurn,
  text_delta: { ...inTurn, text },
  call_ready: {
    ...ofCall,
    tool: text,
    source: orNull(text),
    effect: orNull(effect),
    priority: oneOf('critical', 'normal', 'optional'),
    input: isJsonObject,
    raw_input: orNull(text),
    takes_over: orNull(text),
  },
  message_end: {
    ...inTurn,
    message: object<EventOf<'message_end'>['message']>({
      id: text,
      model: text,
      content: list(block),
      stop_reason: orNull(text),
      usage,
      raw_inputs: record(text),
      unreadable: optional(text),
    }),
    first_token_ms: orNull(number),
  },
  turn_retry: { ...inTurn, attempt: whole, reason: callError, delay_ms: number, usage: orNull(usage) },
  call_admitted: { ...ofCall, attempt: whole },
  call_start: {
    ...ofCall,
    attempt: whole,
    queued_by: object<EventOf<'call_start'>['queued_by']>({
      message_ms: number,
      permission_ms: number,
      slots_ms: number,
      breaker_ms: number,
      rate_limit_ms: number,
      exclusive_ms: number,
      host_ms: number,
    }),
  },
  attempt_end: { ...ofCall, attempt: whole, error: orNull(callError), backoff_ms: orNull(number) },
  call_pending: ofCall,
  call_end: { ...ofCall, outcome: (value) => ok(value) || failed(value) },
  results: {
    ...inTurn,
    call_ids: list(text),
    pending_ids: list(text),
    late_ids: list(text),
    note: orNull(text),
  },
  policy_change: {
    tool: text,
    policy: oneOf('breaker'),
    state: oneOf('open', 'half_open', 'closed'),
    failures: whole,
  },
  limit: { limit: text, message: text },
  run_end: {
    status: oneOf('completed', 'incomplete', 'refused', 'failed', 'timed_out', 'interrupted'),
    exit_code: whole,
    answer: orNull(text),
    structured: json,
    error: orNull(object<NonNullable<EventOf<'run_end'>['error']>>({ code: text, message: text, hint: orNull(text) })),
    usage: orNull(usage),
  },
}

const checks = new Map(
  Object.entries<Record<string, Check>>(EVENTS).map(([type, row]) => [type, members(Object.entries(row))]),
)

export function isEvent(value: unknown): value is AgentEvent {
  if (!isJsonObject(value) || !whole(value['seq']) || !number(value['at_ms'])) return false
  return typeof value['type'] === 'string' && checks.get(value['type'])?.(value) === true
}

const header = object<JournalHeader>({
  format: oneOf(1),
  version: text,
  run_id: text,
  directory: text,
  flags: isJsonObject,
  model: text,
  base_url: orNull(text),
  system: text,
  tools: list(object<JournaledTool>({ name: text, source: text, effect, digest: text })),
})

export function isHeader(value: unknown): value is JournalHeader {
  return header(value)
}
