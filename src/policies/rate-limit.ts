/**
 * A rate limit: a bucket of tokens that refills evenly. It starts full, so that a burst of `limit`
 * calls goes at once. It only counts; who waits for a token is admit.ts.
 */
import type { RateLimit } from '../contract/policy.ts'

/** A token that is there but for the rounding of a sum. */
const NEARLY = 1e-9

export class TokenBucket {
  readonly #limit: number
  readonly #perToken: number
  #tokens: number
  #filledAt: number

  constructor({ limit, per_ms }: RateLimit, now: number) {
    this.#limit = limit
    this.#perToken = per_ms / limit
    this.#tokens = limit
    this.#filledAt = now
  }

  has(now: number): boolean {
    return this.msUntilNext(now) === 0
  }

  /** Until there is a token, from `now`. */
  msUntilNext(now: number): number {
    this.#fill(now)
    return this.#tokens >= 1 - NEARLY ? 0 : (1 - this.#tokens) * this.#perToken
  }

  /** Only where it has one. */
  take(now: number): void {
    this.#fill(now)
    this.#tokens = Math.max(0, this.#tokens - 1)
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#limit, this.#tokens + (now - this.#filledAt) / this.#perToken)
    this.#filledAt = now
  }
}
