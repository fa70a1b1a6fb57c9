import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDuration } from '../src/duration.ts'

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['2m', 120_000],
    ['1.5h', 5_400_000],
    [' 1s ', 1000],
  ])('reads %j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each(['', '5', '0s', '-1s', '1e3s', 's', '1d', '5 s', '1s2', 'Infinitys', '99999h', '0.1ms'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBe(null)
    },
  )

  it('gives a timer what it can hold, or null', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = parseDuration(text)
        expect(ms === null || (Number.isInteger(ms) && ms >= 1 && ms < 2 ** 31)).toBe(true)
      }),
    )
  })
})
