/**
 * Ends an attempt whose time is up. Our own timer settles it; that the tool hears of it through its
 * signal, and is ended where that can be done, comes after and is best effort.
 */
import type { Clock } from '../contract/clock.ts'
import { failure } from '../contract/outcome.ts'
import type { Attempt } from './attempt.ts'

/** @param timeoutMs  counted while the tool runs, as its source says (AttemptContext) */
export function timeout(timeoutMs: number, clock: Clock, attempt: Attempt): Attempt {
  return (context) =>
    new Promise((resolve, reject) => {
      const controller = new AbortController()
      let stopTimer: (() => void) | null = null
      let leftMs = timeoutMs
      let sinceMs = 0
      let over = false
      const forward = () => controller.abort(context.signal.reason)
      const stop = () => {
        if (stopTimer === null) return
        stopTimer()
        stopTimer = null
        leftMs -= clock.now() - sinceMs
      }
      const go = () => {
        // A source may go on telling of an attempt that was given up; it gets no further time.
        if (over) return
        stop()
        sinceMs = clock.now()
        stopTimer = clock.timer(leftMs, expire)
      }
      const expire = () => {
        over = true
        const message = `no result within ${timeoutMs} ms; the tool may still be running`
        context.signal.removeEventListener('abort', forward)
        resolve(failure('timed_out', 'timeout', message))
        controller.abort(new DOMException(message, 'TimeoutError'))
      }
      if (context.signal.aborted) forward()
      else context.signal.addEventListener('abort', forward, { once: true })
      const inner = {
        ...context,
        signal: controller.signal,
        started: () => {
          context.started()
          go()
        },
        startedAnew: () => {
          context.startedAnew()
          stop()
          leftMs = timeoutMs
          go()
        },
        held: () => {
          context.held()
          stop()
        },
      }
      attempt(inner).then((outcome) => {
        over = true
        stop()
        context.signal.removeEventListener('abort', forward)
        resolve(outcome)
      }, reject)
    })
}
