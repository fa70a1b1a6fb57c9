import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRate } from '../../src/reporters/format.ts'
import { openRate } from '../../src/reporters/progress-rate.ts'

describe('the rate', () => {
  it('is that of the last seconds, not of the whole run', () => {
    const rate = openRate(0)
    for (let ms = 0; ms < 10_000; ms += 10) rate.add(ms)
    expect(rate.perSecond(10_000)).toBeCloseTo(100, 0)
    for (let ms = 10_000; ms < 20_000; ms += 100) rate.add(ms)
    expect(rate.perSecond(20_000)).toBeCloseTo(10, 0)
    expect(rate.perSecond(60_000)).toBeNull()
  })

  it('is not guessed from the first moments', () => {
    const rate = openRate(1_000)
    rate.add(1_100)
    expect(rate.perSecond(1_400)).toBeNull()
    expect(rate.perSecond(2_000)).toBe(1)
  })

  it('counts what ended in the window, whatever the instants', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700)), fc.nat(9_000), (pauses, later) => {
        const rate = openRate(0)
        let now = 0
        const ends = pauses.map((pause) => {
          now += pause
          return now
        })
        for (const end of ends) rate.add(end)
        now += later
        const perSecond = rate.perSecond(now) ?? 0
        // the window's edge falls on a quarter of a second
        const within = (ms: number) => ends.filter((end) => end > now - ms).length
        const spans = [Math.min(now, 5_000), Math.min(now, 4_750)] as const
        if (now < 500) expect(perSecond).toBe(0)
        else {
          expect(perSecond).toBeLessThanOrEqual((within(5_001) / spans[1]) * 1_000 + 1e-9)
          expect(perSecond).toBeGreaterThanOrEqual((within(4_750) / spans[0]) * 1_000 - 1e-9)
        }
      }),
    )
  })

  it.each([
    [20_000, '20,000/s'],
    [310.4, '310/s'],
    [4.21, '4.2/s'],
    [0.3, '18/min'],
    [0.001, '<1/min'],
  ])('of %d a second is written %s', (perSecond, text) => {
    expect(formatRate(perSecond)).toBe(text)
  })
})
