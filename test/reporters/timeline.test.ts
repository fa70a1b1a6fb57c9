import { describe, expect, it } from 'vitest'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import type { Row } from '../../src/reporters/timeline.ts'
import { timelineOf } from '../../src/reporters/timeline.ts'
import type { SampleCall, SampleRun } from '../rig/sample-runs.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'

const rowsOf = (run: SampleRun) => timelineOf(transcriptOf(eventsOf(run))).rows
const told = ({ parts }: Row) => parts.map(({ kind, fromMs, toMs }) => `${kind} ${fromMs}-${toMs}`)
const criticalIn = (run: SampleRun) =>
  rowsOf(run).flatMap((row) => (row.of === 'call' && row.isCritical ? [row.record.id] : []))
const call = (id: string, from: number, to: number, more: Partial<SampleCall> = {}): SampleCall => ({
  id,
  tool: 'get',
  input: {},
  ready: 10,
  attempts: [{ from, to }],
  ...more,
})

describe('a timeline', () => {
  it('has each message before its calls, in the order of the model', () => {
    const rows = rowsOf(WEATHER)
    expect(rows.map((row) => (row.of === 'model' ? `turn ${row.turn}` : row.record.id))).toEqual([
      'turn 1',
      'toolu_1',
      'toolu_2',
      'toolu_3',
      'turn 2',
    ])
  })

  it('tells queued, running and backing off apart', () => {
    expect(rowsOf(WEATHER).map(told)).toEqual([
      ['running 40-740'],
      ['queued 400-401', 'running 401-1401'],
      ['queued 520-521', 'running 521-1971'],
      ['queued 640-641', 'running 641-1041', 'backoff 1041-1541', 'running 1541-2541'],
      ['running 2545-2955'],
    ])
  })

  it('counts what an attempt waits for after its pause as queued again', () => {
    const attempts = [
      { from: 10, to: 20, error: { code: 'x', message: 'x' }, backoff: 30 },
      { from: 90, to: 100 },
    ]
    const [, row] = rowsOf({
      question: 'q',
      turns: [{ from: 0, to: 5, calls: [call('a', 0, 0, { attempts })] }],
      answer: '',
    })
    expect(row && told(row)).toEqual(['running 10-20', 'backoff 20-50', 'queued 50-90', 'running 90-100'])
  })

  it('marks as cut what did not end by itself, failures apart', () => {
    const ended = (status: 'failed' | 'timed_out' | 'not_started' | 'denied') =>
      call(status, 10, 20, { outcome: { status, code: 'c', message: 'm' } })
    const calls = [ended('failed'), ended('timed_out'), ended('not_started'), ended('denied'), call('ok', 10, 20)]
    const rows = rowsOf({ question: 'q', turns: [{ from: 0, to: 5, calls }], answer: '' })
    expect(rows.map((row) => row.isCut)).toEqual([false, false, true, true, true, false])
  })

  it('lets a call without an outcome run to the end of what is known', () => {
    const events = eventsOf(WEATHER).filter(({ at_ms }) => at_ms < 1500)
    const { rows, endMs } = timelineOf(transcriptOf(events))
    expect(endMs).toBe(1401)
    const tokyo = rows.find((row) => row.of === 'call' && row.record.id === 'toolu_3')
    expect(tokyo?.isCut).toBe(true)
    expect(tokyo && told(tokyo)).toEqual(['queued 640-641', 'running 641-1041', 'backoff 1041-1401'])
  })

  it('ends an attempt that a kill has cut where the next one begins', () => {
    const attempts = [
      { from: 10, to: 40 },
      { from: 50, to: 90 },
    ]
    const events = eventsOf({
      question: 'q',
      turns: [{ from: 0, to: 5, calls: [call('a', 0, 0, { attempts })] }],
      answer: '',
    })
    const cut = events.filter((event) => event.type !== 'attempt_end' || event.attempt !== 1)
    const [, row] = timelineOf(transcriptOf(cut)).rows
    expect(row && told(row)).toEqual(['running 10-50', 'running 50-90'])
  })

  it('ends no part before it begins, whatever prefix of the events there is', () => {
    const events = eventsOf(crowd(300))
    for (let length = 0; length <= events.length; length += 7) {
      const { rows, endMs } = timelineOf(transcriptOf(events.slice(0, length)))
      for (const { parts } of rows) {
        for (const { fromMs, toMs } of parts) expect(fromMs <= toMs && toMs <= endMs).toBe(true)
      }
    }
  })
})

describe('the critical path', () => {
  it('is the call that the next message waited for', () => {
    expect(criticalIn(WEATHER)).toEqual(['toolu_3'])
  })

  it('is no call where the model was still writing when all had ended', () => {
    const calls = [call('a', 11, 20), call('b', 11, 40)]
    const turns = [
      { from: 0, to: 50, calls },
      { from: 51, to: 60 },
    ]
    expect(criticalIn({ question: 'q', turns, answer: '' })).toEqual([])
  })

  it('goes back to the calls that held the slots, one after the other', () => {
    const queued = (slots_ms: number) => ({ queued: { slots_ms } })
    const calls = [
      call('a', 10, 100),
      call('other', 10, 90),
      call('b', 100, 200, queued(90)),
      call('c', 200, 300, queued(190)),
    ]
    const turns = [
      { from: 0, to: 12, calls },
      { from: 301, to: 310 },
    ]
    expect(criticalIn({ question: 'q', turns, answer: '' })).toEqual(['a', 'b', 'c'])
  })

  it('goes back from one call to the one of its tool that it must not overlap with', () => {
    const calls = [
      call('held', 10, 100),
      call('same time', 10, 100, { tool: 'other' }),
      call('waited', 100, 150, { queued: { exclusive_ms: 90 } }),
    ]
    const turns = [
      { from: 0, to: 12, calls },
      { from: 151, to: 160 },
    ]
    expect(criticalIn({ question: 'q', turns, answer: '' })).toEqual(['held', 'waited'])
  })

  it('is in each turn what that turn waited for: an early answer, then the late result', () => {
    const slow = call('slow', 11, 400, { pending: 100 })
    const turns = [
      { from: 0, to: 20, calls: [slow, call('quick', 11, 60)] },
      { from: 101, to: 150, calls: [call('next', 140, 200)] },
      { from: 401, to: 420 },
    ]
    expect(criticalIn({ question: 'q', turns, answer: '' })).toEqual(['slow'])
  })

  it('is the call that was running when the run ended', () => {
    const calls = [call('a', 11, 20), call('b', 11, 90, { outcome: { status: 'canceled', code: 'c', message: 'm' } })]
    expect(criticalIn({ question: 'q', turns: [{ from: 0, to: 15, calls }], answer: null, end: 90 })).toEqual(['b'])
  })
})
