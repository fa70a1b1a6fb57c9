import { expect, it } from 'vitest'
import { NO_USAGE } from '../../src/contract/message.ts'
import { allTokens, costUsd } from '../../src/contract/price.ts'
import { PRICES } from '../../src/contract/prices.ts'

const million = {
  input_tokens: 1_000_000,
  output_tokens: 1_000_000,
  cache_read_input_tokens: 1_000_000,
  cache_creation_input_tokens: 1_000_000,
}

it('prices input, output, and what is written to and read from the cache', () => {
  expect(costUsd('claude-sonnet-5-5', million)).toBe(2 + 10 + 2.5 + 0.1)
  expect(costUsd('claude-opus-4-8', million)).toBe(5 + 25 + 6.25 + 0.5)
  expect(allTokens(million)).toBe(4_000_000)
})

it('prices each request by itself: a long one costs more a token', () => {
  const short = { ...NO_USAGE, input_tokens: 60_000, cache_read_input_tokens: 40_000, output_tokens: 1_000 }
  const long = { ...short, cache_read_input_tokens: 40_001 }
  expect(costUsd('claude-haiku-5-5', short)).toBe(0.0069)
  expect(costUsd('claude-haiku-5-5', short, short)).toBe(0.0138)
  expect(costUsd('claude-haiku-5-5', long)).toBe(0.0345)
})

it('finds the price of a name with a date', () => {
  expect(costUsd('claude-sonnet-4-5-20250929', million)).toBe(costUsd('claude-sonnet-4-5', million))
  expect(costUsd('claude-3-5-haiku-latest', million)).toBe(costUsd('claude-3-5-haiku', million))
  expect(costUsd('claude-haiku-4-5@20251001', million)).toBe(costUsd('claude-haiku-4-5', million))
})

it('has no price for what is not in the table, never a guess', () => {
  for (const model of ['llama3', 'claude-sonnet-6', 'claude-sonnet-5-5-fast', '', 'constructor']) {
    expect([model, costUsd(model, million)]).toEqual([model, null])
  }
  expect(costUsd(null)).toBeNull()
  expect(costUsd('offline', million)).toBe(0)
})

it('charges for reading the cache less than for input, and for writing it more', () => {
  for (const [model, price] of PRICES) {
    if (model === 'offline') continue
    for (const { input, cacheRead, cacheWrite, output } of [price, ...(price.above ? [price.above] : [])]) {
      expect([model, cacheRead < input, cacheWrite > input, output > input]).toEqual([model, true, true, true])
    }
  }
})
