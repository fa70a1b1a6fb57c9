/**
 * Ends an attempt whose time is up. Our own timer settles it; that the tool hears of it through its
 * signal, and is ended where that can be done, comes after and is best effort.
 */
import type { Clock } from '../contract/clock.ts'
import { failure } from '../contract/outcome.ts'
import type { Attempt } from './attempt.ts'

/** A tool that tells of progress gets this many times its time in all, or it could go on for ever. */
const MAX_EXTENSIONS = 10

/** @param timeoutMs  counted while the tool runs, as its source says (AttemptContext) */
export function timeout(timeoutMs: number, clock: Clock, attempt: Attempt): Attempt {
  return (context) =>
    new Promise((resolve, reject) => {
      const controller = new AbortController()
      let stopTimer: (() => void) | null = null
      let leftMs = timeoutMs
      let inAllMs = timeoutMs * MAX_EXTENSIONS
      let sinceMs = 0
      let over = false
      const forward = () => controller.abort(context.signal.reason)
      const stop = () => {
        if (stopTimer === null) return
        stopTimer()
        stopTimer = null
        const ranMs = clock.now() - sinceMs
        leftMs -= ranMs
        inAllMs -= ranMs
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
        progress: () => {
          context.progress()
          if (stopTimer === null) return
          stop()
          leftMs = Math.min(timeoutMs, inAllMs)
          go()
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
