/**
 * A circuit breaker: after so many failures in a row a tool is left alone for a while, then tried by
 * one probe. It only counts and answers; who asks it, and in which tick, is admit.ts.
 *
 * Failures of attempts that were let in before it opened go on counting, as they do in other
 * libraries: they are news of the same tool.
 */
import type { Outcome } from '../contract/outcome.ts'
import type { Breaker } from '../contract/policy.ts'

export type BreakerState = 'closed' | 'open' | 'half_open'

/** What an outcome says of the tool's health. Input that does not fit, and what we ended, say nothing. */
export type Health = 'good' | 'bad' | 'unknown'

/**
 * @param declared  whether `retryable: false` was said by the tool itself: then what was asked for
 *                  cannot be done, however well the tool is. Of commands and servers it only means
 *                  that nobody tries again.
 */
export function healthOf(outcome: Outcome, declared: boolean): Health {
  if (outcome.status === 'ok') return 'good'
  if (outcome.status === 'timed_out') return 'bad'
  return outcome.status === 'failed' && !(declared && outcome.retryable === false) ? 'bad' : 'unknown'
}

export class CircuitBreaker {
  readonly #policy: Breaker
  readonly #changed: (state: BreakerState, failures: number) => void
  #state: BreakerState = 'closed'
  /** In a row. */
  #failures = 0
  #openedAt = 0
  #probing = false

  /** @param changed  told of each change of the state */
  constructor(policy: Breaker, changed: (state: BreakerState, failures: number) => void) {
    this.#policy = policy
    this.#changed = changed
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Whether an attempt may start. `wait`: until the probe has ended. */
  permits(now: number): 'yes' | 'wait' | 'no' {
    switch (this.#state) {
      case 'closed':
        return 'yes'
      case 'half_open':
        return this.#probing ? 'wait' : 'yes'
      default:
        return this.opensAt <= now ? 'yes' : 'no'
    }
  }

  /** When an open breaker lets a probe through, on the clock's axis. */
  get opensAt(): number {
    return this.#openedAt + this.#policy.open_ms
  }

  /** Lets an attempt in that it permits. @returns whether that is the probe */
  enter(): boolean {
    if (this.#state === 'closed') return false
    this.#probing = true
    if (this.#state === 'open') this.#change('half_open')
    return true
  }

  /** @param probe  what `enter` said of the attempt that has ended */
  record(health: Health, probe: boolean, now: number): void {
    if (probe) this.#probing = false
    if (health === 'unknown') return
    if (health === 'good') {
      this.#failures = 0
      if (probe && this.#state === 'half_open') this.#change('closed')
      return
    }
    this.#failures += 1
    if (this.#state === 'open' || (!probe && this.#failures < this.#policy.failures)) return
    this.#openedAt = now
    this.#change('open')
  }

  #change(state: BreakerState): void {
    this.#state = state
    this.#changed(state, this.#failures)
  }
}
