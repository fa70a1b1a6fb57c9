/**
 * How a tool wants to be treated: the one spelling of its policies in tool files, manifests and the
 * config file, and what is in force where little or nothing is said. It acts on nothing; the rules
 * themselves are src/policies.
 */
import type { Effect, Priority } from './tool.ts'

/** `force`: also where an attempt of a `write` may have happened. */
export type Retry = { max_attempts: number; base_ms: number; factor: number; max_ms: number; force: boolean }
/** A bucket of `limit` tokens, refilled evenly, all of it in `per_ms`. */
export type RateLimit = { limit: number; per_ms: number }
/** Opens after so many failures in a row, for so long. */
export type Breaker = { failures: number; open_ms: number }

/** As it is declared; what is left out is left to the next level. `false` turns a policy off. */
export type Policy = {
  /** Of an attempt. */
  timeout_ms?: number
  /** Of the whole call, its waits included. */
  deadline_ms?: number | false
  retry?: Partial<Retry> | false
  rate_limit?: RateLimit | false
  breaker?: Partial<Breaker> | false
  max_concurrency?: number
  priority?: Priority
}

/** All of it, decided. */
export type PolicyInForce = {
  timeout_ms: number
  deadline_ms: number | null
  retry: Retry
  rate_limit: RateLimit | null
  breaker: Breaker | null
  max_concurrency: number | null
  priority: Priority
}

export const DEFAULT_TIMEOUT_MS = 60_000
export const DEFAULT_RETRY: Retry = { max_attempts: 3, base_ms: 500, factor: 2, max_ms: 8_000, force: false }
const DEFAULT_BREAKER: Breaker = { failures: 5, open_ms: 30_000 }

/**
 * What holds for a tool of this effect. A `write` has the attempts of its retry policy too: which of
 * them may be made is decided attempt by attempt (policies/retry.ts).
 */
export function policyInForce(effect: Effect, policy: Policy): PolicyInForce {
  const { timeout_ms, deadline_ms, retry, rate_limit, breaker, max_concurrency, priority } = policy
  const attempts = retry === false ? { max_attempts: 1 } : retry
  return {
    timeout_ms: timeout_ms ?? DEFAULT_TIMEOUT_MS,
    deadline_ms: deadline_ms || null,
    retry: { ...DEFAULT_RETRY, ...attempts, force: effect === 'write' && attempts?.force === true },
    rate_limit: rate_limit || null,
    breaker: breaker === false ? null : { ...DEFAULT_BREAKER, ...breaker },
    max_concurrency: max_concurrency ?? null,
    priority: priority ?? 'normal',
  }
}
