/**
 * Makes a call's attempts, with a pause that grows between them. What may be tried again follows from
 * the tool's effect and from how the attempt ended; a pause holds no slot, no token and no breaker.
 */
import type { Clock } from '../contract/clock.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Retry } from '../contract/policy.ts'
import type { Effect } from '../contract/tool.ts'
import { backoffMs } from './backoff.ts'
import type { PolicedCall, Settle, Step } from './policied.ts'
import { canceledOutcome } from './policied.ts'
import type { RetryBudget } from './retry-budget.ts'

/** Of time-outs, in a call: what took too long once will hardly be quick at the third time. */
const MAX_TIMEOUT_RETRIES = 1

export type Ended = {
  outcome: Outcome
  /** Whether the tool itself had begun. */
  begun: boolean
  /** Attempts of the call that ended by their time-out, this one included. */
  timeouts: number
}

/** Whether another attempt could help, and does no harm. Pure; limits are looked at elsewhere. */
export function isRetryable({ outcome, begun, timeouts }: Ended, effect: Effect, force: boolean): boolean {
  if (outcome.status === 'timed_out') return (effect === 'read' || force) && timeouts <= MAX_TIMEOUT_RETRIES
  if (outcome.status !== 'failed' || outcome.retryable === false) return false
  return effect !== 'write' || !begun || force
}

export function retry(effect: Effect, policy: Retry, budget: RetryBudget, clock: Clock, next: Step): Step {
  const { max_attempts, force } = policy
  const backoff = { baseMs: policy.base_ms, factor: policy.factor, maxMs: policy.max_ms }

  function attempt(call: PolicedCall, timeouts: number, settle: Settle): void {
    next(call, (outcome) => {
      const timedOut = timeouts + (outcome.status === 'timed_out' ? 1 : 0)
      if (!mayFollow(call, outcome, timedOut)) {
        call.attemptEnded(outcome.status === 'ok' ? null : outcome.error, null)
        settle(outcome)
        return
      }
      const pauseMs = backoffMs(call.attempt, backoff, clock.random())
      call.attemptEnded(outcome.status === 'ok' ? null : outcome.error, pauseMs)
      pause(call, pauseMs, settle, () => attempt(call, timedOut, settle))
    })
  }

  function mayFollow(call: PolicedCall, outcome: Outcome, timeouts: number): boolean {
    if (outcome.status === 'ok' || call.attempt >= max_attempts || !call.mayTryAgain) return false
    if (call.cancellation.reason !== null) return false
    return isRetryable({ outcome, begun: call.begun, timeouts }, effect, force) && budget.take()
  }

  function pause(call: PolicedCall, ms: number, settle: Settle, goOn: () => void): void {
    call.nextAttempt()
    const stop = clock.timer(ms, () => {
      forget()
      goOn()
    })
    const forget = call.cancellation.onCancel(() => {
      stop()
      const { reason } = call.cancellation
      if (reason !== null) settle(canceledOutcome(reason, call.hasStarted))
    })
  }

  return (call, settle) => attempt(call, 0, settle)
}
