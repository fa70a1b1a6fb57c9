/**
 * What the policies have in common: each is put around a step of a call and is such a step itself, so
 * that compose.ts can put them around a tool in one order.
 *
 * A step tells its outcome to a function, not by a promise: what holds a slot, a key or a breaker has
 * to tell the outcome before it hands on what it held, and within one tick. With promises there were
 * ticks between, in which a reader of the events saw more calls than slots.
 */
import type { CancelReason } from '../contract/cancel-reason.ts'
import type { JsonObject } from '../contract/json.ts'
import type { CallError, Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { Cancellation } from './cancellation.ts'
import type { ExclusivePlace } from './exclusive.ts'

/** What an attempt has waited for, in ms. */
export type Waited = { exclusive_ms: number; slots_ms: number; breaker_ms: number; rate_limit_ms: number }

/** One call on its way through the policies. */
export interface PolicedCall {
  readonly callId: string
  /** Run id + `/` + tool_use id, the same for all attempts. */
  readonly idempotencyKey: string
  readonly input: JsonObject
  readonly cancellation: Cancellation
  /** Its place in the line of its key; null where the tool has none. */
  readonly place: ExclusivePlace | null
  /** Counted from 1; the present one, or the next one in a pause. */
  readonly attempt: number
  /** Of the present attempt. */
  readonly waited: Waited
  /** Whether the tool itself has begun, in the present attempt. */
  readonly begun: boolean
  /** Whether it has begun in any attempt. */
  readonly hasStarted: boolean
  /** Whether another attempt may be made at all. */
  readonly mayTryAgain: boolean
  /** A further attempt follows, once it is let in. */
  nextAttempt(): void
  /** It has been let in: what it waits for from now on is its source. */
  admitted(): void
  /** The tool itself runs. */
  started(): void
  /** @param backoffMs  pause before the next one; null: there is none */
  attemptEnded(error: CallError | null, backoffMs: number | null): void
  /** Something threw that must not. */
  bug(error: unknown): void
}

export type Settle = (outcome: Outcome) => void
/** Tells `settle` one outcome, once. */
export type Step = (call: PolicedCall, settle: Settle) => void

/** The outcome of a call that was ended, by how far it had come. */
export function canceledOutcome(reason: CancelReason, hasStarted: boolean): Outcome {
  const { status, code, message } = reason
  if (status === 'skipped') return failure('skipped', code, message)
  return failure(hasStarted ? 'canceled' : 'not_started', code, message)
}
