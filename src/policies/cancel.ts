/**
 * Ends an attempt when its call is canceled. The tool hears of it at once through its signal; a
 * `read` or `idempotent` call is settled at once too, a `write` gets time to end by itself, because
 * what it has begun is worth more finished. A call that is skipped has nobody who waits for it.
 */
import type { Clock } from '../contract/clock.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Effect } from '../contract/tool.ts'
import type { PolicedCall } from './policied.ts'
import { canceledOutcome } from './policied.ts'
import type { AttemptStep } from './running-attempt.ts'

/** How long a `write` may take to end after it was told to. */
export const WRITE_GRACE_MS = 5_000

export function cancel(effect: Effect, clock: Clock, next: AttemptStep): AttemptStep {
  return (attempt, settle) => {
    const { call } = attempt
    let stopGrace: (() => void) | null = null
    let over = false
    const forget = call.cancellation.onCancel(() => {
      const reason = call.cancellation.reason
      if (reason === null || over) return
      attempt.abort(reason)
      const giveUp = () => {
        over = true
        settle(canceledOutcome(reason, call.hasStarted))
      }
      if (effect === 'write' && reason.status !== 'skipped') stopGrace = clock.timer(WRITE_GRACE_MS, giveUp)
      else giveUp()
    })
    next(attempt, (outcome) => {
      if (over) return
      over = true
      forget()
      stopGrace?.()
      settle(asCanceled(call, outcome))
    })
  }
}

/** A tool that heeds its signal does not know why it was told to end. */
function asCanceled({ cancellation, hasStarted }: PolicedCall, outcome: Outcome): Outcome {
  if (outcome.status !== 'canceled' || cancellation.reason === null) return outcome
  return canceledOutcome(cancellation.reason, hasStarted)
}
