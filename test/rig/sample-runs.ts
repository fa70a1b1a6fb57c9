/**
 * Runs as their events tell them, for what shows a run: each is a list of events with chosen instants, so that
 * a picture of it is the same every time.
 */
import type { AgentEvent, EventBody, QueuedBy } from '../../src/contract/event.ts'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import type { CallError, FailureStatus, Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'

type At = [at_ms: number, body: EventBody]
type Attempt = { from: number; to: number; error?: CallError; backoff?: number }
export type SampleCall = {
  id: string
  tool: string
  input: JsonObject
  ready: number
  attempts?: readonly Attempt[]
  /** Default: the end of the last attempt. */
  end?: number
  pending?: number
  outcome?: { output: JsonValue } | { status: FailureStatus; code: string; message: string }
  queued?: Partial<QueuedBy>
}
export type SampleTurn = {
  from: number
  to: number
  text?: string
  calls?: readonly SampleCall[]
  /** Ids of results that come with this turn's results, of calls answered as pending before. */
  late?: readonly string[]
}
export type SampleRun = {
  question: string
  turns: readonly SampleTurn[]
  answer: string | null
  end?: number
  status?: 'completed' | 'incomplete' | 'failed' | 'timed_out'
  exitCode?: number
}

const QUEUED: QueuedBy = {
  message_ms: 0,
  permission_ms: 0,
  slots_ms: 0,
  breaker_ms: 0,
  rate_limit_ms: 0,
  exclusive_ms: 0,
  host_ms: 0,
}
const USAGE = { input_tokens: 640, output_tokens: 96, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }

/** The run of the README's picture: three cities, one of them asked twice. */
export const WEATHER: SampleRun = {
  question: 'weather in SF, NYC, Tokyo',
  turns: [
    {
      from: 40,
      to: 740,
      calls: [
        weather('toolu_1', 'San Francisco', 400, [{ from: 401, to: 1401 }]),
        weather('toolu_2', 'New York', 520, [{ from: 521, to: 1971 }]),
        weather('toolu_3', 'Tokyo', 640, [
          { from: 641, to: 1041, error: { code: 'http_503', message: 'the server is busy' }, backoff: 500 },
          { from: 1541, to: 2541 },
        ]),
      ],
    },
    { from: 2545, to: 2955, text: 'Sunny, cloudy, clear.' },
  ],
  answer: 'Sunny, cloudy, clear.',
}

function weather(id: string, location: string, ready: number, attempts: readonly Attempt[]): SampleCall {
  return {
    id,
    tool: 'get_weather',
    input: { location },
    ready,
    attempts,
    outcome: { output: { location, degrees: 68 } },
  }
}

/** `count` calls of one turn, `width` at once, each of about 50 ms; every 97th fails. */
export function crowd(count: number, width = 64): SampleRun {
  const ends: number[] = Array.from({ length: width }, () => 30)
  const calls = Array.from({ length: count }, (_, index): SampleCall => {
    const from = ends[index % width] ?? 30
    const to = from + 45 + ((index * 7) % 11)
    ends[index % width] = to
    const failed = index % 97 === 96
    return {
      id: `toolu_${index}`,
      tool: index % 3 === 0 ? 'fetch_page' : 'look_up',
      input: { key: `item ${index}` },
      ready: 30,
      attempts: [{ from, to, ...(failed && { error: { code: 'no_such_item', message: `no item ${index}` } }) }],
      queued: { slots_ms: from - 30 },
      outcome: failed
        ? { status: 'failed', code: 'no_such_item', message: `no item ${index}` }
        : { output: { found: index } },
    }
  })
  const last = Math.max(...ends)
  return {
    question: `look ${count} things up`,
    turns: [
      { from: 1, to: 30, calls },
      { from: last + 1, to: last + 40, text: 'done' },
    ],
    answer: 'done',
  }
}

export function eventsOf({
  question,
  turns,
  answer,
  end,
  status = 'completed',
  exitCode = 0,
}: SampleRun): AgentEvent[] {
  const start: At = [
    0,
    {
      type: 'run_start',
      run_id: '01JZZZZZZZZZZZZZZZZZZZZZZZ',
      started_at: '2026-11-22T07:00:00.000Z',
      version: '0.1.0',
      question,
      model: 'claude-sonnet-5-5',
      messages: [{ role: 'user', content: [{ type: 'text', text: question }] }],
    },
  ]
  const told = turns.flatMap((turn, index) => turnEvents(turn, index + 1, turns[index + 1]?.from ?? null))
  const last: At = [
    end ?? turns.at(-1)?.to ?? 0,
    { type: 'run_end', status, exit_code: exitCode, answer, structured: null, error: null, usage: null },
  ]
  const sorted = [start, ...told, last].map((event, place) => ({ event, place }))
  sorted.sort((a, b) => a.event[0] - b.event[0] || a.place - b.place)
  // The stamp is all that EventBody lacks.
  return sorted.map(({ event: [at_ms, body] }, seq) => ({ seq, at_ms, ...body }) as AgentEvent)
}

function turnEvents(
  { from, to, text = '', calls = [], late = [] }: SampleTurn,
  turn: number,
  next: number | null,
): At[] {
  const content: ContentBlock[] = [
    ...(text === '' ? [] : [{ type: 'text', text } satisfies ContentBlock]),
    ...calls.map(({ id, tool, input }): ContentBlock => ({ type: 'tool_use', id, name: tool, input })),
  ]
  const stop_reason = calls.length > 0 ? 'tool_use' : 'end_turn'
  const message = { id: `msg_${turn}`, model: 'claude-sonnet-5-5', content, stop_reason, usage: USAGE, raw_inputs: {} }
  const pending = calls.filter((call) => call.pending !== undefined && (next === null || endOf(call) > next))
  return [
    [from, { type: 'turn_start', turn }],
    ...calls.flatMap((call) => callEvents(call, turn)),
    [to, { type: 'message_end', turn, message, first_token_ms: from + (to - from) / 3 }],
    ...(calls.length === 0 || next === null
      ? []
      : [
          [
            next,
            {
              type: 'results',
              turn,
              call_ids: calls.map(({ id }) => id),
              pending_ids: pending.map(({ id }) => id),
              late_ids: [...late],
              note: null,
            },
          ] satisfies At,
        ]),
  ]
}

function callEvents(call: SampleCall, turn: number): At[] {
  const { id: call_id, tool, input, ready, attempts = [], pending, queued } = call
  const of = { turn, call_id }
  const known = { tool, source: 'module', effect: 'read', priority: 'normal', input } as const
  return [
    [ready, { type: 'call_ready', ...of, ...known, raw_input: null, takes_over: null }],
    ...attempts.flatMap(({ from, to, error = null, backoff = null }, index): At[] => [
      [from, { type: 'call_start', ...of, attempt: index + 1, queued_by: { ...QUEUED, ...queued } }],
      [to, { type: 'attempt_end', ...of, attempt: index + 1, error, backoff_ms: backoff }],
    ]),
    ...(pending === undefined ? [] : [[pending, { type: 'call_pending', ...of }] satisfies At]),
    [endOf(call), { type: 'call_end', ...of, outcome: outcomeOf(call) }],
  ]
}

function endOf({ end, attempts = [], ready }: SampleCall): number {
  return end ?? attempts.at(-1)?.to ?? ready
}

function outcomeOf({ outcome = { output: null } }: SampleCall): Outcome {
  if ('status' in outcome) return failure(outcome.status, outcome.code, outcome.message)
  const { output } = outcome
  return { status: 'ok', output, output_bytes: JSON.stringify(output).length, truncated: false }
}
