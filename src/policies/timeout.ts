/**
 * Ends an attempt whose time is up. Our own timer settles it; that the tool hears of it through its
 * signal, and is ended where that can be done, comes after and is best effort.
 */
import type { Clock } from '../contract/clock.ts'
import { failure } from '../contract/outcome.ts'
import type { Settle } from './policied.ts'
import type { AttemptStep, AttemptWatch, RunningAttempt } from './running-attempt.ts'

/** A tool that tells of progress gets this many times its time in all, or it could go on for ever. */
const MAX_EXTENSIONS = 10

/** @param timeoutMs  counted while the tool runs, as its source says (AttemptContext) */
export function timeout(timeoutMs: number, clock: Clock, next: AttemptStep): AttemptStep {
  return (attempt, settle) => {
    const watch = new TimeoutWatch(timeoutMs, clock, attempt, settle)
    attempt.watch = watch
    next(attempt, watch.ended)
  }
}

class TimeoutWatch implements AttemptWatch {
  readonly #timeoutMs: number
  readonly #clock: Clock
  readonly #attempt: RunningAttempt
  readonly #settle: Settle
  #stopTimer: (() => void) | null = null
  #leftMs: number
  #inAllMs: number
  #sinceMs = 0
  #over = false

  constructor(timeoutMs: number, clock: Clock, attempt: RunningAttempt, settle: Settle) {
    this.#timeoutMs = timeoutMs
    this.#clock = clock
    this.#attempt = attempt
    this.#settle = settle
    this.#leftMs = timeoutMs
    this.#inAllMs = timeoutMs * MAX_EXTENSIONS
  }

  started(): void {
    this.#stop()
    this.#sinceMs = this.#clock.now()
    this.#stopTimer = this.#clock.timer(this.#leftMs, this.#expire)
  }

  held(): void {
    this.#stop()
  }

  startedAnew(): void {
    this.#stop()
    this.#leftMs = this.#timeoutMs
    this.started()
  }

  progress(): void {
    if (this.#stopTimer === null) return
    this.#stop()
    this.#leftMs = Math.min(this.#timeoutMs, this.#inAllMs)
    this.started()
  }

  readonly ended: Settle = (outcome) => {
    if (this.#over) return
    this.#over = true
    this.#stop()
    this.#settle(outcome)
  }

  readonly #expire = () => {
    this.#stopTimer = null
    const message = `no result within ${this.#timeoutMs} ms; the tool may still be running`
    this.ended(failure('timed_out', 'timeout', message))
    this.#attempt.abort(new DOMException(message, 'TimeoutError'))
  }

  #stop(): void {
    if (this.#stopTimer === null) return
    this.#stopTimer()
    this.#stopTimer = null
    const ranMs = this.#clock.now() - this.#sinceMs
    this.#leftMs -= ranMs
    this.#inAllMs -= ranMs
  }
}
