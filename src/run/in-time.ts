/** What comes before the first event of a run has to end by `--timeout` too: nothing else would end it. */
import type { Clock } from '../contract/clock.ts'
import { timeoutError } from './limits.ts'

/**
 * Of the promise, or rejects: with the reason of `signal`, or once the time of the run is over.
 *
 * @param timeoutMs  counted from 0 of the clock; null: it has all the time
 */
export function inTime<T>(
  promise: Promise<T>,
  timeoutMs: number | null,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop =
      timeoutMs === null ? () => {} : clock.timer(timeoutMs - clock.now(), () => reject(timeoutError(timeoutMs)))
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => {
      stop()
      signal.removeEventListener('abort', onAbort)
    })
  })
}
