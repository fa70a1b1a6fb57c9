/**
 * What tokens cost. A dated table: prices in US dollars per million tokens, as published on
 * 2026-11-01. A model that is not here has no price, and its cost is null, never a guess.
 */
import type { Usage } from './message.ts'

type Price = { input: number; output: number }

const PRICES: ReadonlyMap<string, Price> = new Map([
  ['claude-sonnet-5-5', { input: 2, output: 10 }],
  ['offline', { input: 0, output: 0 }],
])

/** Relative to the price of input tokens. */
const CACHE_READ = 0.1
const CACHE_WRITE = 1.25

/** @returns US dollars, rounded to a millionth; null where the model's price is unknown */
export function costUsd(model: string | null, usage: Usage): number | null {
  const price = model === null ? undefined : PRICES.get(model)
  if (price === undefined) return null
  const input =
    usage.input_tokens + usage.cache_read_input_tokens * CACHE_READ + usage.cache_creation_input_tokens * CACHE_WRITE
  return Math.round(input * price.input + usage.output_tokens * price.output) / 1e6
}
