/**
 * One call's record in the transcript, as its events tell it. It knows nothing of turns; see
 * transcript-fold.ts.
 */
import type { EventOf, QueuedBy } from './event.ts'
import type { Outcome } from './outcome.ts'
import { roundMs } from './totals.ts'
import type { ToolCallRecord, TurnRecord } from './transcript.ts'

export type CallState = { record: ToolCallRecord; outcome: Outcome | null }

const NOT_QUEUED: QueuedBy = {
  message_ms: 0,
  permission_ms: 0,
  slots_ms: 0,
  breaker_ms: 0,
  rate_limit_ms: 0,
  exclusive_ms: 0,
  host_ms: 0,
}

export function newCall(event: EventOf<'call_ready'>): ToolCallRecord {
  const { call_id, tool, source, effect, priority, input, raw_input, at_ms } = event
  return {
    id: call_id,
    tool,
    source,
    effect,
    priority,
    input,
    raw_input,
    status: null,
    output: null,
    error: null,
    output_bytes: null,
    truncated: false,
    timing: {
      ready_ms: roundMs(at_ms),
      started_ms: null,
      ended_ms: null,
      queued_ms: null,
      duration_ms: null,
      overlap_ms: null,
      pending_ms: null,
    },
    queued_by: NOT_QUEUED,
    attempts: [],
  }
}

export function addToCall(
  state: CallState | undefined,
  event: EventOf<'call_start' | 'attempt_end' | 'call_pending' | 'call_end'>,
): void {
  if (state === undefined) return
  const { record } = state
  const { timing, attempts } = record
  const at_ms = roundMs(event.at_ms)
  if (event.type === 'call_pending') {
    timing.pending_ms = at_ms
    return
  }
  if (event.type === 'call_start') {
    if (timing.started_ms === null) {
      timing.started_ms = at_ms
      timing.queued_ms = roundMs(at_ms - (timing.ready_ms ?? at_ms))
      record.queued_by = roundAll(event.queued_by)
    }
    attempts.push({ attempt: event.attempt, started_ms: at_ms, duration_ms: null, error: null, backoff_ms: null })
    return
  }
  if (event.type === 'attempt_end') {
    const { attempt, error, backoff_ms } = event
    const started = attempts.findLast((record) => record.attempt === attempt && record.duration_ms === null)
    if (started === undefined) {
      // It never began: its program did not start, its place broke down before.
      attempts.push({ attempt, started_ms: at_ms, duration_ms: 0, error, backoff_ms })
      return
    }
    started.duration_ms = roundMs(at_ms - started.started_ms)
    started.error = error
    started.backoff_ms = backoff_ms
    return
  }
  endCall(state, event)
}

function roundAll(queued: QueuedBy): QueuedBy {
  return {
    message_ms: roundMs(queued.message_ms),
    permission_ms: roundMs(queued.permission_ms),
    slots_ms: roundMs(queued.slots_ms),
    breaker_ms: roundMs(queued.breaker_ms),
    rate_limit_ms: roundMs(queued.rate_limit_ms),
    exclusive_ms: roundMs(queued.exclusive_ms),
    host_ms: roundMs(queued.host_ms),
  }
}

function endCall(state: CallState, { at_ms, outcome }: EventOf<'call_end'>): void {
  const { record } = state
  state.outcome = outcome
  record.status = outcome.status
  if (outcome.status === 'ok') {
    record.output = outcome.output
    record.output_bytes = outcome.output_bytes
    record.truncated = outcome.truncated
  } else {
    record.error = outcome.error
  }
  // Handed to its source, which found the input unfit: the tool itself never ran.
  if (outcome.status === 'invalid_input') {
    record.timing.started_ms = null
    record.timing.queued_ms = null
    record.queued_by = NOT_QUEUED
    record.attempts = []
  }
  if (record.timing.started_ms === null) return
  record.timing.ended_ms = roundMs(at_ms)
  record.timing.duration_ms = roundMs(record.timing.ended_ms - record.timing.started_ms)
}

/** It goes on, as if it had not ended. */
export function reopenCall(state: CallState): void {
  const { record } = state
  state.outcome = null
  record.status = null
  record.error = null
  record.timing.ended_ms = null
  record.timing.duration_ms = null
}

/** How long the call ran while its message was still streaming. */
export function overlapOf({ timing }: ToolCallRecord, turn: TurnRecord): number | null {
  if (timing.started_ms === null || timing.ended_ms === null || turn.ended_ms === null) return null
  return roundMs(Math.max(0, Math.min(timing.ended_ms, turn.ended_ms) - timing.started_ms))
}
