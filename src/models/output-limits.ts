/**
 * The most output tokens that a model accepts in one request, so that a doubled retry stays within
 * it. As published in November 2026; the first prefix that fits decides. A model that is not in the
 * table gets a limit that every current one accepts.
 */
const DEFAULT_LIMIT = 64_000

const LIMITS: readonly (readonly [prefix: string, tokens: number])[] = [
  ['claude-fable-5', 128_000],
  ['claude-mythos-', 128_000],
  ['claude-opus-5', 128_000],
  ['claude-sonnet-5', 128_000],
  ['claude-opus-4-8', 128_000],
  ['claude-opus-4-7', 128_000],
  ['claude-opus-4-6', 128_000],
  ['claude-sonnet-4-6', 128_000],
  ['claude-opus-4-5', 64_000],
  ['claude-opus-4', 32_000],
  ['claude-3-5', 8_192],
  ['claude-3-', 4_096],
]

export function maxOutputTokens(model: string): number {
  return LIMITS.find(([prefix]) => model.startsWith(prefix))?.[1] ?? DEFAULT_LIMIT
}
