import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { peak, unionLength } from '../../src/contract/totals.ts'

const interval = fc
  .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 20 }))
  .map(([start, length]) => ({ start, end: start + length }))

describe('totals', () => {
  it('takes the wall time of tools as the length of the union of their intervals', () => {
    expect(
      unionLength([
        { start: 0, end: 10 },
        { start: 5, end: 12 },
        { start: 20, end: 21 },
      ]),
    ).toBe(13)
    fc.assert(
      fc.property(fc.array(interval), (intervals) => {
        const covered = new Set(intervals.flatMap(({ start, end }) => range(start, end)))
        expect(unionLength(intervals)).toBe(covered.size)
      }),
    )
  })

  it('counts concurrency over half-open intervals', () => {
    expect(
      peak([
        { start: 0, end: 10 },
        { start: 10, end: 20 },
      ]),
    ).toBe(1)
    expect(peak([{ start: 5, end: 5 }])).toBe(1)
    fc.assert(
      fc.property(fc.array(interval.filter(({ start, end }) => end > start)), (intervals) => {
        const at = (instant: number) => intervals.filter(({ start, end }) => start <= instant && instant < end).length
        expect(peak(intervals)).toBe(Math.max(0, ...range(0, 71).map(at)))
      }),
    )
  })
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
