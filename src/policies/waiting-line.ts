/**
 * Attempts of one tool that wait to be let in, first come first served, and what their wait is due
 * to. All of a line wait for what its first one waits for, so the causes are added up once for all.
 */
import type { Outcome } from '../contract/outcome.ts'
import type { Waited } from './policied.ts'

export type Waiter = {
  /** Among all waiters of the run, in the order in which they came. */
  readonly place: number
  gone: boolean
  admit(): void
  refuse(outcome: Outcome): void
}

export type Cause = 'slots' | 'breaker' | 'rate_limit'
type Sums = Readonly<Record<Cause, number>>

export class WaitingLine {
  #waiters: Waiter[] = []
  #head = 0
  #length = 0
  #cause: Cause = 'slots'
  #since = 0
  readonly #sums: Record<Cause, number> = { slots: 0, breaker: 0, rate_limit: 0 }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  get first(): Waiter | undefined {
    while (this.#waiters[this.#head]?.gone) this.#head += 1
    return this.#waiters[this.#head]
  }

  push(waiter: Waiter): void {
    this.#waiters.push(waiter)
    this.#length += 1
  }

  shift(): Waiter | undefined {
    const { first } = this
    if (first === undefined) return undefined
    this.#length -= 1
    this.#head += 1
    // What was passed is dropped now and then, in one go: a shift for each would be quadratic.
    if (this.#head > 1_000 && this.#head * 2 > this.#waiters.length) {
      this.#waiters = this.#waiters.slice(this.#head)
      this.#head = 0
    }
    return first
  }

  leave(waiter: Waiter): void {
    waiter.gone = true
    this.#length -= 1
    if (this.#length === 0) {
      this.#waiters = []
      this.#head = 0
    }
  }

  /** What the first one waits for from now on; `free` where it is let in. */
  blocked(cause: Cause | 'free', now: number): void {
    this.#add(now)
    if (cause !== 'free') this.#cause = cause
  }

  /** All that was waited for at this gate so far; its difference over time is what one has waited. */
  waited(now: number): Sums {
    this.#add(now)
    return { ...this.#sums }
  }

  addTo(waited: Waited, since: Sums, now: number): void {
    this.#add(now)
    waited.slots_ms += this.#sums.slots - since.slots
    waited.breaker_ms += this.#sums.breaker - since.breaker
    waited.rate_limit_ms += this.#sums.rate_limit - since.rate_limit
  }

  #add(now: number): void {
    this.#sums[this.#cause] += now - this.#since
    this.#since = now
  }
}
