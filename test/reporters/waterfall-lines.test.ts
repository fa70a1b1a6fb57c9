import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { paintFor } from '../../src/reporters/colour.ts'
import { textWidth } from '../../src/reporters/text-width.ts'
import { waterfallLines } from '../../src/reporters/waterfall-lines.ts'
import type { SampleCall, SampleRun } from '../rig/sample-runs.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'

const PLAIN = { paint: paintFor(false), redact: (text: string) => text, all: false, heading: false }
const linesOf = (run: SampleRun, options: Partial<Parameters<typeof waterfallLines>[1]> = {}) =>
  waterfallLines(transcriptOf(eventsOf(run)), { ...PLAIN, columns: 80, ...options })

/** A run with every kind of end. */
const TROUBLED: SampleRun = {
  question: 'what went wrong?',
  turns: [
    {
      from: 10,
      to: 400,
      calls: [
        ended('slow', 'timed_out', { attempts: [{ from: 110, to: 3000 }] }),
        ended('never', 'not_started', { end: 2900 }),
        ended('not allowed', 'denied', { end: 130 }),
        ended('went wrong', 'failed', { attempts: [{ from: 110, to: 900 }] }),
        ended('quick', undefined, { attempts: [{ from: 110, to: 110.4 }] }),
        ended('later', undefined, { attempts: [{ from: 120, to: 3900 }], pending: 1000 }),
      ],
    },
    { from: 3010, to: 3500 },
    { from: 3905, to: 4000 },
  ],
  answer: '',
}

function ended(
  tool: string,
  status: 'timed_out' | 'not_started' | 'denied' | 'failed' | undefined,
  more: object,
): SampleCall {
  const outcome = status === undefined ? {} : { outcome: { status, code: 'c', message: 'm' } }
  return { id: tool, tool, input: {}, ready: 100, ...outcome, ...more }
}

describe('the waterfall', () => {
  it('says of a run that has no end that it is unfinished', () => {
    const unfinished = transcriptOf(eventsOf(WEATHER).slice(0, -1))
    const lines = waterfallLines(unfinished, { ...PLAIN, columns: 80, heading: true })
    expect(lines[1]).toMatch(/^unfinished · /)
  })

  it('has a row for each message and call, told apart by shape, the critical path marked', () => {
    expect(linesOf(WEATHER)).toEqual([
      'turn 1  model                █████████                             0.70 s',
      '  get_weather San Francisco       ████████████                     1.00 s',
      '  get_weather New York             ██████████████████              1.45 s',
      '  get_weather Tokyo                  █████▒▒▒▒▒▒████████████       1.90 s  x2 <<',
      'turn 2  model                                               █████  0.41 s',
      '                             0                             2.96 s',
      '█ running  ▒ backing off  x2 attempts  << critical path',
      'wall 3.0 s · model 1.1 s · 3 calls: 4.3 s of work in 2.1 s',
      'overlap saved 0.66 s · speed-up 2.03 x · 3 at once · $0.0045',
    ])
  })

  it('says in words what it says in short, where there is room', () => {
    const [, , , tokyo, , , legend] = linesOf(WEATHER, { columns: 120 })
    expect(tokyo).toMatch(/1\.90 s {2}2 attempts {2}<< critical path$/)
    expect(legend).toBe('█ running  ▒ backing off')
  })

  it('shows what was cut short, what never ran and what the model went on without', () => {
    const rows = linesOf(TROUBLED, { columns: 100 }).slice(1, 7)
    const bars = rows.map((row) => row.replace(/^ {2}[\w ]{11} {2}/, ''))
    expect(bars.map((bar) => bar.replace(/[ █░▒]+/g, ' ').trim())).toEqual([
      '╳ 2.89 s timed out << critical path',
      '╳ not started',
      '╳ denied',
      '0.79 s failed',
      '<0.01 s',
      '3.78 s answered as pending << critical path',
    ])
    expect(bars[0]).toMatch(/█╳ /)
    expect(bars[4]).toMatch(/^ *░█ /)
  })

  it('begins with the question and how it ended, where that is asked for', () => {
    const long = { ...WEATHER, question: `weather in ${'many towns, '.repeat(20)}` }
    const [asked, how, empty] = linesOf(long, { heading: true })
    expect(asked).toMatch(/^weather in many towns, .*…$/)
    expect([how, empty]).toEqual(['completed · claude-sonnet-5-5', ''])
    const failed = linesOf({ ...WEATHER, status: 'incomplete', exitCode: 7 }, { heading: true })
    expect(failed[1]).toBe('incomplete, exit 7 · claude-sonnet-5-5')
  })

  it('leaves out most of a thousand calls, keeps those that tell something, and says how many it left out', () => {
    const lines = linesOf(crowd(1000))
    const rest = lines.findIndex((line) => line.includes('more calls'))
    expect(lines.length).toBeLessThan(50)
    expect(lines[rest]).toBe('  … 960 more calls, each at most 55 ms')
    expect(lines.filter((line) => /^ {2}.* failed( <<)?$/.test(line))).toHaveLength(10)
    expect(linesOf(crowd(1000), { all: true }).length).toBeGreaterThan(1000)
  })

  it('is what there is to say of a run that never began', () => {
    const transcript = emptyTranscript({ code: 'no-key', message: 'no API key', hint: null }, 4)
    expect(waterfallLines(transcript, { ...PLAIN, columns: 80, heading: true })).toEqual([
      '(no question)',
      'failed, exit 4, no turn',
      '',
      'model 0 ms',
    ])
  })

  it('paints kinds and failures, and adds nothing but colour', () => {
    const coloured = linesOf(TROUBLED, { paint: paintFor(true) })
    expect(coloured.map((line) => line.replaceAll(/\x1b\[\d+m/g, '').trimEnd())).toEqual(linesOf(TROUBLED))
    expect(coloured.join('')).toContain('\x1b[31m╳\x1b[39m')
  })

  it('takes secrets and terminal codes out of names', () => {
    const run: SampleRun = {
      question: 'q',
      turns: [{ from: 0, to: 9, calls: [{ id: 'a', tool: 'get', input: { url: '\x1b[2Jsecret\r\n' }, ready: 1 }] }],
      answer: '',
    }
    const [, row] = linesOf(run, { redact: (text) => text.replaceAll('secret', '[redacted]') })
    expect(row).toMatch(/^ {2}get \[redacted\] +/)
  })

  it('is never wider than it is told, whatever names and widths there are', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 90 }),
      fc.constantFrom('東京の天気', '👩‍👩‍👧 family', 'x'.repeat(300)),
    )
    const calls = fc.array(fc.record({ tool: name, at: fc.integer({ min: 0, max: 5000 }), cut: fc.boolean() }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 220 }), name, calls, fc.boolean(), (columns, question, list, heading) => {
        const made = list.map(({ tool, at, cut }, index): SampleCall => {
          const outcome = cut ? { status: 'timed_out' as const, code: 'c', message: 'm' } : { output: null }
          return { id: `${index}`, tool, input: {}, ready: at, attempts: [{ from: at, to: at * 2 }], outcome }
        })
        const run = {
          question,
          turns: [
            { from: 0, to: 9, calls: made },
            { from: 10_000, to: 10_050 },
          ],
          answer: '',
        }
        for (const line of linesOf(run, { columns, heading })) expect(textWidth(line)).toBeLessThanOrEqual(columns)
      }),
      { numRuns: 300 },
    )
  })
})
