import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { failure } from '../../src/contract/outcome.ts'
import { callLabel } from '../../src/reporters/call-label.ts'
import { paintFor } from '../../src/reporters/colour.ts'
import { chooseUnit, formatCount, formatDuration, formatMoney, formatSpan } from '../../src/reporters/format.ts'
import { labelWidth } from '../../src/reporters/progress-columns.ts'
import { endedLine, movingLines, summaryLine } from '../../src/reporters/progress-lines.ts'
import { cutToWidth, fitToWidth, textWidth } from '../../src/reporters/text-width.ts'
import { callEnd, callReady, callStart, messageEnd, ok, openStory, runEnd, runStart } from './driver/events.ts'

const plain = paintFor(false)
const same = (text: string) => text

describe('a line of a call', () => {
  it.each([
    ['one value', { location: 'San Francisco' }, 'get San Francisco'],
    ['at most three', { a: 1, b: 'two', c: ['x', 'y'], d: 4 }, 'get 1 two x y'],
    ['neither objects, flags nor nothing', { a: { b: 1 }, c: true, d: null, e: '' }, 'get'],
    ['one line', { text: 'a\n  b\tc\x1b[31m' }, 'get a b c'],
  ])('names the tool and %s', (_name, input, label) => {
    expect(callLabel('get', input, same)).toBe(label)
  })

  it('is bounded, whatever the input', () => {
    expect(callLabel('get', { text: 'x '.repeat(1_000_000) }, same).length).toBeLessThan(400)
  })

  it('puts the reason of a failure on a line of its own where there is no room behind it', () => {
    const call = {
      label: 'x'.repeat(60),
      outcome: failure('failed', 'exit', 'exit code 1: no such file'),
      durationMs: 5,
    }
    expect(endedLine(call, { columns: 80, labelWidth: 60 }, plain)).toBe(
      `  ✖ ${'x'.repeat(60)}   0.01 s\n    failed: exit code 1: no such file`,
    )
  })

  it('shows what was skipped neither as a success nor as a failure', () => {
    const call = { label: 'get', outcome: failure('skipped', 'optional_grace', 'not waited for'), durationMs: 250 }
    const paint = {
      good: (text: string) => `good(${text})`,
      bad: (text: string) => `bad(${text})`,
      warn: same,
      quiet: same,
    }
    expect(endedLine(call, { columns: 80, labelWidth: 3 }, paint)).toBe('  – get   0.25 s  skipped: not waited for')
  })

  it('has no duration where the call never ran', () => {
    const call = { label: 'get', outcome: failure('unknown_tool', 'unknown', 'no tool "get"'), durationMs: null }
    expect(endedLine(call, { columns: 80, labelWidth: 3 }, plain)).toBe('  ✖ get           unknown tool: no tool "get"')
  })

  it('never fills the window, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 120 }),
        fc.integer({ min: 30, max: 120 }),
        fc.nat(1e7),
        (label, columns, ms) => {
          const layout = { columns, rows: 24, labelWidth: labelWidth(textWidth(label), columns) }
          const running = {
            running: [{ label, startedMs: 0 }],
            waiting: 0,
            activity: null,
            nowMs: ms,
          }
          expect(textWidth(movingLines(running, '⠹', layout, plain).join(''))).toBeLessThanOrEqual(columns - 3)
          expect(textWidth(endedLine({ label, outcome: ok('x'), durationMs: ms }, layout, plain))).toBeLessThanOrEqual(
            columns - 3,
          )
        },
      ),
    )
  })
})

describe('the last line', () => {
  function summaryOf(calls: number, columns = 80): string {
    const story = openStory()
    story.add(runStart())
    story.add({ type: 'turn_start', turn: 1 })
    for (let call = 0; call < calls; call += 1) story.add(callReady(1, `c${call}`, 'get', {}), 10)
    for (let call = 0; call < calls; call += 1) story.add(callStart(1, `c${call}`), 10)
    story.add(messageEnd(1, ''), 20)
    for (let call = 0; call < calls; call += 1) story.add(callEnd(1, `c${call}`), 1210)
    story.add(runEnd('ok'), 1300)
    return summaryLine(story.transcript(), columns)
  }

  it('counts calls, turns, tokens and money', () => {
    expect(summaryOf(3)).toBe('3 calls in 1.2 s, one after another 3.6 s · 1 turn · 745 tokens · $0.0022')
    expect(summaryOf(1)).toBe('1 call in 1.2 s · 1 turn · 745 tokens · $0.0022')
    expect(summaryOf(0)).toBe('1 turn · 745 tokens · $0.0022')
    expect(summaryOf(3, 60)).toBe('3 calls in 1.2 s · 1 turn · 745 tokens · $0.0022')
  })

  it('says nothing where there was neither a call nor an answer', () => {
    const story = openStory()
    for (const body of [runStart(), { type: 'turn_start', turn: 1 } as const, runEnd(null, 'failed')]) story.add(body)
    expect(summaryLine(story.transcript(), 80)).toBe('')
    expect(summaryLine(openStory().transcript(), 80)).toBe('')
  })
})

describe('numbers', () => {
  it('have one unit a picture', () => {
    expect([chooseUnit(20), chooseUnit(980), chooseUnit(900_000)]).toEqual(['ms', 's', 'min'])
    expect([formatDuration(0.4, 'ms'), formatDuration(98.4, 'ms')]).toEqual(['<1 ms', '98 ms'])
    expect([formatDuration(0, 's'), formatDuration(4, 's'), formatDuration(980, 's')]).toEqual([
      '0.00 s',
      '<0.01 s',
      '0.98 s',
    ])
    expect(formatDuration(125_000, 'min')).toBe('2:05 min')
  })

  it('are written for people', () => {
    expect([1, 999, 1840, 1234567].map(formatCount)).toEqual(['1', '999', '1,840', '1,234,567'])
    expect([0.0045, 1.2, 0.00001].map(formatMoney)).toEqual(['$0.0045', '$1.20', '<$0.0001'])
    expect([4, 980, 1204, 61_000].map(formatSpan)).toEqual(['4 ms', '0.98 s', '1.2 s', '1:01 min'])
  })
})

describe('width', () => {
  it.each([
    ['abc', 3],
    ['東京', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['한국', 4],
    ['¡ß…', 3],
  ])('of %s is %i', (text, width) => {
    expect(textWidth(text)).toBe(width)
  })

  it('is kept by cutting and filling', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
        expect(textWidth(cutToWidth(text, columns))).toBeLessThanOrEqual(columns)
        expect(textWidth(fitToWidth(text, columns))).toBe(columns)
        if (textWidth(text) <= columns && text.length < columns * 16) expect(cutToWidth(text, columns)).toBe(text)
      }),
    )
  })
})
