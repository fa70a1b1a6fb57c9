import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../src/policies/backoff.ts'

const backoff = { baseMs: 500, factor: 2, maxMs: 8_000 }

describe('backoff', () => {
  it('doubles from the base up to the cap, and jitters over the whole interval after the cap', () => {
    const limits = [1, 2, 3, 4, 5, 6].map((attempt) => backoffMs(attempt, backoff, 1))
    expect(limits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000])
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const pause = backoffMs(attempt, backoff, random)
          expect(pause).toBe(Math.min(8_000, 500 * 2 ** (attempt - 1)) * random)
        },
      ),
    )
  })

  it('refuses to count attempts from 0', () => {
    expect(() => backoffMs(0, backoff, 0.5)).toThrow(RangeError)
  })
})
