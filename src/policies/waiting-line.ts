/**
 * Attempts of one tool that wait to be let in, first come first served, and what their wait is due
 * to. All of a line wait for what its first one waits for, so the causes are added up once for all.
 */
import type { Outcome } from '../contract/outcome.ts'
import type { PolicedCall, Settle } from './policied.ts'
import { canceledOutcome } from './policied.ts'

export type Start = (call: PolicedCall, settle: Settle) => void

export class Waiter {
  /** Among all waiters of the run, in the order in which they came. */
  readonly place: number
  gone = false
  /** Takes back what listens for the end of the call. */
  forget: () => void = () => {}
  readonly #call: PolicedCall
  readonly #settle: Settle
  readonly #start: Start
  readonly #since: Sums

  /** @param since  what `waited` of its line says as it comes */
  constructor(place: number, call: PolicedCall, settle: Settle, start: Start, since: Sums) {
    this.place = place
    this.#call = call
    this.#settle = settle
    this.#start = start
    this.#since = since
  }

  /** @param sums  what `waited` of its line says now */
  admit(sums: Sums): void {
    this.forget()
    const { waited, cancellation } = this.#call
    waited.slots_ms += sums.slots - this.#since.slots
    waited.breaker_ms += sums.breaker - this.#since.breaker
    waited.rate_limit_ms += sums.rate_limit - this.#since.rate_limit
    // Marked as canceled, and not told yet: others that end with it have given back what it waited for.
    if (cancellation.reason !== null) this.end()
    else this.#start(this.#call, this.#settle)
  }

  refuse(outcome: Outcome): void {
    this.forget()
    this.#settle(outcome)
  }

  /** Its call is canceled. */
  end(): void {
    const { reason } = this.#call.cancellation
    if (reason !== null) this.#settle(canceledOutcome(reason, this.#call.hasStarted))
  }
}

export type Cause = 'slots' | 'breaker' | 'rate_limit'
type Sums = Readonly<Record<Cause, number>>

const NOTHING: Sums = { slots: 0, breaker: 0, rate_limit: 0 }

export class WaitingLine {
  #waiters: Waiter[] = []
  #head = 0
  #length = 0
  #cause: Cause = 'slots'
  #since = 0
  readonly #sums: Record<Cause, number> = { slots: 0, breaker: 0, rate_limit: 0 }
  #shared: Sums = NOTHING

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
    const { slots, breaker, rate_limit } = this.#sums
    // As long as nothing is added, all that come may share one.
    if (this.#shared.slots !== slots || this.#shared.breaker !== breaker || this.#shared.rate_limit !== rate_limit)
      this.#shared = { slots, breaker, rate_limit }
    return this.#shared
  }

  #add(now: number): void {
    this.#sums[this.#cause] += now - this.#since
    this.#since = now
  }
}
