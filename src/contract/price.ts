/**
 * What requests cost, by the dated table of prices.ts. A model that is not there has no price, and
 * its cost is null, never a guess.
 */
import type { Usage } from './message.ts'
import type { ModelPrice } from './prices.ts'
import { PRICES } from './prices.ts'

/**
 * Of several requests: each is priced by itself, because a long one may cost more a token.
 *
 * @returns US dollars, rounded to a millionth; null where the model's price is unknown
 */
export function costUsd(model: string | null, ...requests: readonly Usage[]): number | null {
  const price = model === null ? undefined : priceOf(model)
  if (price === undefined) return null
  return Math.round(requests.reduce((sum, usage) => sum + microDollars(price, usage), 0)) / 1e6
}

/** All of them: what was sent, cached or not, and what came. */
export function allTokens(usage: Usage): number {
  return inputTokens(usage) + usage.output_tokens
}

/** `claude-sonnet-4-5-20250929` and `claude-3-5-haiku-latest` cost what the model without its date does. */
function priceOf(model: string): ModelPrice | undefined {
  return PRICES.get(model) ?? PRICES.get(model.replace(/(?:[-@]\d{8}|-latest)$/, ''))
}

function microDollars({ above, ...base }: ModelPrice, usage: Usage): number {
  const price = above !== undefined && inputTokens(usage) > above.tokens ? above : base
  return (
    usage.input_tokens * price.input +
    usage.cache_creation_input_tokens * price.cacheWrite +
    usage.cache_read_input_tokens * price.cacheRead +
    usage.output_tokens * price.output
  )
}

function inputTokens(usage: Usage): number {
  return usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
}
