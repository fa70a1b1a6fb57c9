import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintFor } from '../../src/reporters/colour.ts'
import { labelWidth } from '../../src/reporters/progress-columns.ts'
import type { CrowdEnd, CrowdPicture } from '../../src/reporters/progress-crowd.ts'
import { crowdLines, crowdSummary } from '../../src/reporters/progress-crowd.ts'
import { textWidth } from '../../src/reporters/text-width.ts'

const plain = paintFor(false)
const NONE = { ok: 0, failed: 0, canceled: 0, not_started: 0, skipped: 0 }

const picture: CrowdPicture = {
  known: 1000,
  ended: 612,
  counts: { ...NONE, ok: 608, failed: 4 },
  running: 64,
  longest: [
    { label: 'get_weather Tokyo', startedMs: 8_400 },
    { label: 'get_weather Oslo', startedMs: 8_900 },
  ],
  slowest: { label: 'get_weather San Francisco', durationMs: 1_912 },
  perSecond: 310,
  nowMs: 10_000,
}
const linesAt = (columns: number, of = picture) =>
  crowdLines(of, '⠹', { columns, rows: 24, labelWidth: labelWidth(17, columns) }, plain)

describe('many calls while they run', () => {
  it('are counts, the rate, the slowest that run and the slowest so far', () => {
    expect(linesAt(80)).toEqual([
      '  ⠹ 612 of 1,000 calls · 4 failed · 64 running · 324 waiting · 310/s',
      '    get_weather Tokyo    1.6 s',
      '    get_weather Oslo     1.1 s',
      '    slowest so far: get_weather San Francisco 1.91 s',
    ])
  })

  it('take more lines where the window is narrow', () => {
    expect(linesAt(40)).toEqual([
      '  ⠹ 612 of 1,000 calls · 4 failed',
      '    64 running · 324 waiting · 310/s',
      '    get_weather Tokyo    1.6 s',
      '    get_weather Oslo     1.1 s',
      '    slowest: get_weather San… 1.91 s',
    ])
  })

  it('say only what there is', () => {
    const begun = { ...picture, ended: 0, counts: NONE, running: 0, longest: [], slowest: null, perSecond: null }
    expect(linesAt(80, begun)).toEqual(['  ⠹ 0 of 1,000 calls · 1,000 waiting'])
  })
})

const end: CrowdEnd = {
  known: 1000,
  counts: { ...NONE, ok: 996, failed: 4 },
  slowest: { label: 'get_weather Tokyo', durationMs: 1_912 },
  perSecond: 310,
  untold: { count: 0, reasons: [] },
}

describe('many calls when they are over', () => {
  it('are one line', () => {
    expect(crowdSummary(end, { columns: 80 }, plain)).toEqual([
      '  ✔ 1,000 calls: 996 ok, 4 failed, slowest get_weather Tokyo 1.91 s, 310/s',
    ])
  })

  it('have a cross only where none came to its end', () => {
    const counts = { ...NONE, canceled: 64, not_started: 936 }
    expect(crowdSummary({ ...end, counts, slowest: null, perSecond: null }, { columns: 80 }, plain)).toEqual([
      '  ✖ 1,000 calls: 64 canceled, 936 not started',
    ])
  })

  it('cut a label that does not fit, and give it a line of its own where little would be left', () => {
    const slowest = { label: 'get_weather San Francisco, California', durationMs: 1_912 }
    expect(crowdSummary({ ...end, slowest }, { columns: 80 }, plain)).toEqual([
      '  ✔ 1,000 calls: 996 ok, 4 failed, slowest get_weather San Fran… 1.91 s, 310/s',
    ])
    expect(crowdSummary({ ...end, slowest }, { columns: 60 }, plain)).toEqual([
      '  ✔ 1,000 calls: 996 ok, 4 failed,',
      '    slowest get_weather San Francisco, California 1.91 s,',
      '    310/s',
    ])
  })

  it('say why the others failed, the commonest reasons first', () => {
    const reasons = ['a failed (exit)', 'b timed out', 'c failed (exit)', 'd denied', 'e denied'].map((text, of) => ({
      text,
      count: 30 - of,
    }))
    expect(crowdSummary({ ...end, untold: { count: 140, reasons } }, { columns: 80 }, plain).slice(1)).toEqual([
      '    140 more failed: a failed (exit) × 30, b timed out × 29,',
      '    c failed (exit) × 28, and 2 other reasons',
    ])
  })
})

it('never fill the window, whatever is in it', () => {
  const label = fc.string({ unit: 'grapheme', maxLength: 120 })
  fc.assert(
    fc.property(label, label, fc.integer({ min: 30, max: 120 }), fc.nat(1e4), fc.nat(1e6), (a, b, columns, n, ms) => {
      const counts = { ok: n, failed: n, canceled: n, not_started: n, skipped: n }
      const longest = [{ label: a, startedMs: 0 }]
      const slowest = { label: b, durationMs: ms }
      const layout = { columns, rows: 24, labelWidth: labelWidth(textWidth(a), columns) }
      const moving = { known: n * 9, ended: n * 5, counts, running: n, longest, slowest, perSecond: n, nowMs: ms }
      for (const line of crowdLines(moving, '⠹', layout, plain))
        expect(textWidth(line)).toBeLessThanOrEqual(columns - 3)
      const untold = { count: n, reasons: [{ text: a, count: n }] }
      const lasting = crowdSummary({ known: n * 9, counts, slowest, perSecond: n, untold }, layout, plain)
      for (const line of lasting) expect(textWidth(line)).toBeLessThan(columns)
    }),
  )
})
