/**
 * What a trace says of one message or one call: its slice, the slices in it, and their arguments. Where
 * they are drawn is perfetto.ts's to decide.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import type { ToolCallRecord } from '../contract/transcript.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import { callLabel } from './call-label.ts'
import type { Part, Row } from './timeline.ts'
import type { Span, TraceEvent } from './trace-event.ts'
import { instant, slice, spanOf } from './trace-event.ts'

export type ModelRow = Extract<Row, { of: 'model' }>
export type CallRow = Extract<Row, { of: 'call' }>
/** A row, on which track it is drawn, and from when to when. */
export type Drawn<R> = { row: R; tid: number; span: Span }

/** Of an input, an output, a text: the transcript has the whole. */
const MAX_VALUE_BYTES = 2000
const asItIs = (text: string) => text

export function messageEvents({ row, tid, span }: Drawn<ModelRow>): TraceEvent[] {
  const { turn, first_token_ms, attempts, stop_reason, text, usage, tool_calls } = row.record
  const args = { stop_reason, attempts, usage, calls: tool_calls.length, text: shown(text), cut: row.isCut }
  const whole = slice('model', `turn ${turn}`, tid, span, args)
  const end = span.ts + span.dur
  const first = first_token_ms === null ? end : spanOf(first_token_ms, first_token_ms).ts
  if (first <= span.ts || first >= end) return [whole]
  return [
    whole,
    slice('waiting', 'first token', tid, { ts: span.ts, dur: first - span.ts }, {}),
    slice('streaming', 'streaming', tid, { ts: first, dur: end - first }, {}),
  ]
}

export function callEvents({ row, tid, span }: Drawn<CallRow>): TraceEvent[] {
  const { record, isDropped, parts } = row
  const label = callLabel(record.tool, record.input, asItIs)
  const pendingMs = record.timing.pending_ms
  return [
    slice('call', isDropped ? `${label} (dropped)` : label, tid, span, callArguments(row)),
    ...parts.flatMap((part) => partSlices(part, record, tid)),
    ...(pendingMs === null ? [] : [instant('pending', 'answered as pending', pendingMs, { tid, s: 't' }, {})]),
  ]
}

function callArguments({ record, turn, isDropped, isCritical }: CallRow): JsonObject {
  const { id, tool, source, effect, priority, status, error, output, output_bytes, truncated, timing } = record
  return {
    id,
    turn,
    tool,
    source,
    effect,
    priority,
    input: shown(record.raw_input ?? record.input),
    status,
    ...(error === null ? { output: shown(output), output_bytes, truncated } : { error }),
    attempts: record.attempts.length,
    queued_by: record.queued_by,
    overlap_ms: timing.overlap_ms,
    on_critical_path: isCritical,
    dropped: isDropped,
  }
}

/** None where the part is shorter than can be drawn. */
function partSlices({ kind, fromMs, toMs }: Part, { attempts }: ToolCallRecord, tid: number): TraceEvent[] {
  const span = spanOf(fromMs, toMs)
  if (span.dur <= 0) return []
  if (kind === 'queued') return [slice('queued', 'queued', tid, span, {})]
  if (kind === 'backoff') return [slice('backoff', 'backing off', tid, span, {})]
  // One that never began took no time, and has no part.
  const attempt = attempts.find(({ started_ms, duration_ms }) => started_ms === fromMs && duration_ms !== 0)
  if (attempt === undefined) return [slice('attempt', 'running', tid, span, {})]
  return [slice('attempt', `attempt ${attempt.attempt}`, tid, span, { error: attempt.error })]
}

/** As it is where it is short, else head and tail of its JSON. */
export function shown(value: JsonValue): JsonValue {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return Buffer.byteLength(text) <= MAX_VALUE_BYTES ? value : keepHeadAndTail(text, MAX_VALUE_BYTES)
}
