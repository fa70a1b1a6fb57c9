/**
 * What the models of Anthropic's API cost: a dated table and nothing else; price.ts reckons with it.
 * In US dollars per million tokens, as published on 2026-10-24. Sources: Anthropic's list of prices
 * (https://platform.claude.com/docs/en/about-claude/pricing) and, for models that are no longer
 * offered, the data of @pydantic/genai-prices 0.1.8.
 */

export type Price = {
  input: number
  /** Kept for five minutes, which is what we ask for. */
  cacheWrite: number
  cacheRead: number
  output: number
}

/** `above`: of every token of a request whose whole input, cached or not, is longer than `tokens`. */
export type ModelPrice = Price & { above?: Price & { tokens: number } }

const OPUS_4: Price = { input: 15, cacheWrite: 18.75, cacheRead: 1.5, output: 75 }
const OPUS: Price = { input: 5, cacheWrite: 6.25, cacheRead: 0.5, output: 25 }
const SONNET: Price = { input: 3, cacheWrite: 3.75, cacheRead: 0.3, output: 15 }

export const PRICES: ReadonlyMap<string, ModelPrice> = new Map<string, ModelPrice>([
  ['claude-fable-5-1', { input: 10, cacheWrite: 12.5, cacheRead: 0.25, output: 50 }],
  ['claude-fable-5', { input: 10, cacheWrite: 12.5, cacheRead: 1, output: 50 }],
  ['claude-mythos-5-1', { input: 10, cacheWrite: 12.5, cacheRead: 0.25, output: 50 }],
  ['claude-mythos-5', { input: 10, cacheWrite: 12.5, cacheRead: 1, output: 50 }],
  ['claude-opus-5-5', { input: 4, cacheWrite: 5, cacheRead: 0.2, output: 20 }],
  ['claude-opus-5', OPUS],
  ['claude-opus-4-8', OPUS],
  ['claude-opus-4-7', OPUS],
  ['claude-opus-4-6', OPUS],
  ['claude-opus-4-5', OPUS],
  ['claude-opus-4-1', OPUS_4],
  ['claude-opus-4-0', OPUS_4],
  ['claude-opus-4', OPUS_4],
  ['claude-3-opus', OPUS_4],
  ['claude-sonnet-5-5', { input: 2, cacheWrite: 2.5, cacheRead: 0.1, output: 10 }],
  ['claude-sonnet-5', { input: 2, cacheWrite: 2.5, cacheRead: 0.2, output: 10 }],
  ['claude-sonnet-4-6', SONNET],
  ['claude-sonnet-4-5', SONNET],
  ['claude-sonnet-4-0', SONNET],
  ['claude-sonnet-4', SONNET],
  ['claude-3-7-sonnet', SONNET],
  ['claude-3-5-sonnet', SONNET],
  [
    'claude-haiku-5-5',
    {
      input: 0.1,
      cacheWrite: 0.125,
      cacheRead: 0.01,
      output: 0.5,
      above: { tokens: 100_000, input: 0.5, cacheWrite: 0.625, cacheRead: 0.05, output: 2.5 },
    },
  ],
  ['claude-haiku-4-5', { input: 1, cacheWrite: 1.25, cacheRead: 0.1, output: 5 }],
  ['claude-3-5-haiku', { input: 0.8, cacheWrite: 1, cacheRead: 0.08, output: 4 }],
  ['claude-3-haiku', { input: 0.25, cacheWrite: 0.3, cacheRead: 0.03, output: 1.25 }],
  // The planner of our own (OFFLINE_MODEL).
  ['offline', { input: 0, cacheWrite: 0, cacheRead: 0, output: 0 }],
])
