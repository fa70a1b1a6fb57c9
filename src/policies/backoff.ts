/** How long to pause between attempts. Pure; who sleeps is the caller. */

export type Backoff = { baseMs: number; factor: number; maxMs: number }

/**
 * Pause before the next attempt: exponential, capped, then jittered over the whole interval.
 * Jitter comes after the cap, or callers that have all reached `maxMs` would retry in step.
 *
 * @param attempt  the attempt that just failed, counted from 1
 * @param random   uniform in [0, 1)
 * @returns        ms in [0, min(maxMs, baseMs * factor ** (attempt - 1)))
 * @throws         RangeError if attempt < 1
 * @see            "Exponential Backoff and Jitter", AWS Architecture Blog, 2015 ("full jitter")
 */
export function backoffMs(attempt: number, { baseMs, factor, maxMs }: Backoff, random: number): number {
  if (!(attempt >= 1)) throw new RangeError(`attempts are counted from 1, got ${attempt}`)
  return Math.min(maxMs, baseMs * factor ** (attempt - 1)) * random
}
