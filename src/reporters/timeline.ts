/**
 * A run as a picture has it: a row for each message of the model and each call, in the model's order, and
 * what each was doing when. Pure, and without any drawing: the waterfall at the terminal and the report draw it.
 */
import type { ToolCallRecord, Transcript, TurnRecord } from '../contract/transcript.ts'
import { criticalCalls } from './critical-path.ts'

/** Instants in ms since the start of the run; `toMs` is never before `fromMs`. */
export type Part = { kind: 'queued' | 'running' | 'backoff'; fromMs: number; toMs: number }

export type Row = {
  turn: number
  /** In the order of time; gaps between them are the model's or nobody's. */
  parts: readonly Part[]
  /** What its number says: of a message from request to end, of a call from first start to end. null: it never ran, or has not ended. */
  durationMs: number | null
  /** Ended by somebody else before it was done, or never begun. */
  isCut: boolean
  /** @see criticalCalls */
  isCritical: boolean
} & (
  | { of: 'model'; record: TurnRecord }
  /** `isDropped`: of a message that was void, and asked for again. */
  | { of: 'call'; record: ToolCallRecord; isDropped: boolean }
)

export type Timeline = {
  /** When the last of it ended, at least that of the run; above 0. */
  endMs: number
  rows: readonly Row[]
}

export function timelineOf({ turns, duration_ms }: Transcript): Timeline {
  const endMs = Math.max(duration_ms ?? 0, ...turns.flatMap(instantsOf), 0.1)
  const critical = criticalCalls(turns, endMs)
  return {
    endMs,
    rows: turns.flatMap((turn) => [
      modelRow(turn, endMs),
      ...turn.dropped_calls.map((call) => callRow(turn, call, { endMs, isDropped: true, isCritical: false })),
      ...turn.tool_calls.map((call) =>
        callRow(turn, call, { endMs, isDropped: false, isCritical: critical.has(call.id) }),
      ),
    ]),
  }
}

function instantsOf({ started_ms, ended_ms, tool_calls, dropped_calls }: TurnRecord): number[] {
  const calls = [...tool_calls, ...dropped_calls].map(({ timing }) => timing.ended_ms ?? timing.started_ms ?? 0)
  return [started_ms, ended_ms ?? 0, longest(calls)]
}

/** A spread of ten thousand calls would not fit among a function's arguments. */
function longest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}

function modelRow(turn: TurnRecord, endMs: number): Row {
  const toMs = turn.ended_ms ?? endMs
  return {
    of: 'model',
    record: turn,
    turn: turn.turn,
    parts: [{ kind: 'running', fromMs: turn.started_ms, toMs: Math.max(toMs, turn.started_ms) }],
    durationMs: turn.duration_ms,
    isCut: turn.ended_ms === null,
    isCritical: true,
  }
}

type CallRow = { endMs: number; isDropped: boolean; isCritical: boolean }

function callRow(turn: TurnRecord, record: ToolCallRecord, { endMs, isDropped, isCritical }: CallRow): Row {
  const { status, timing } = record
  return {
    of: 'call',
    record,
    isDropped,
    turn: turn.turn,
    parts: partsOf(record, endMs),
    durationMs: timing.duration_ms,
    isCut: status !== 'ok' && status !== 'failed',
    isCritical,
  }
}

/** What is neither an attempt nor a pause before the next is time in a queue. */
function partsOf({ timing, attempts }: ToolCallRecord, endMs: number): Part[] {
  const from = timing.ready_ms ?? timing.started_ms
  if (from === null) return []
  const end = timing.ended_ms ?? (timing.started_ms === null ? from : endMs)
  const parts: Part[] = []
  let at = from
  const until = (kind: Part['kind'], toMs: number) => {
    const to = Math.min(toMs, Math.max(end, from))
    if (to <= at) return
    parts.push({ kind, fromMs: at, toMs: to })
    at = to
  }
  for (const [index, { started_ms, duration_ms, backoff_ms }] of attempts.entries()) {
    until('queued', started_ms)
    // One that a kill has cut ends where a resume tries again.
    until('running', duration_ms === null ? (attempts[index + 1]?.started_ms ?? end) : started_ms + duration_ms)
    if (backoff_ms !== null) until('backoff', at + backoff_ms)
  }
  // Of a call whose attempts say less than its instants: one that was taken over, or of another version.
  if (timing.started_ms !== null) until('running', attempts.length === 0 ? end : at)
  return parts.length === 0 ? [{ kind: 'running', fromMs: from, toMs: Math.max(end, from) }] : parts
}
