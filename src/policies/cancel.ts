/**
 * Ends an attempt when its call is cancelled. The tool hears of it at once through its signal; a
 * `read` or `idempotent` call is settled at once too, a `write` gets time to end by itself, because
 * what it has begun is worth more finished.
 */
import type { Clock } from '../contract/clock.ts'
import { failure } from '../contract/outcome.ts'
import type { Effect } from '../contract/tool.ts'
import type { Attempt } from './attempt.ts'
import { abortMessage } from './attempt.ts'

/** How long a `write` may take to end after it was told to. */
export const WRITE_GRACE_MS = 5_000

export function cancel(effect: Effect, clock: Clock, attempt: Attempt): Attempt {
  return (context) =>
    new Promise((resolve, reject) => {
      const { signal } = context
      let stopGrace: (() => void) | null = null
      const settle = () => resolve(failure('canceled', 'canceled', abortMessage(signal)))
      const onAbort = () => {
        if (effect === 'write') stopGrace = clock.timer(WRITE_GRACE_MS, settle)
        else settle()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      attempt(context).then((outcome) => {
        signal.removeEventListener('abort', onAbort)
        stopGrace?.()
        resolve(outcome)
      }, reject)
    })
}
