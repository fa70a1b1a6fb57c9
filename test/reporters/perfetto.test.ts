import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { lanesOf } from '../../src/reporters/lanes.ts'
import { perfettoTrace } from '../../src/reporters/perfetto.ts'
import type { SampleCall, SampleRun } from '../rig/sample-runs.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'
import { eventsOfKind, parseTrace, traceFaults } from './check-trace.ts'

const traceOf = (run: SampleRun) => parseTrace(perfettoTrace(transcriptOf(eventsOf(run))))
const slicesOf = (run: SampleRun) =>
  eventsOfKind(traceOf(run), 'X').map(({ tid, cat, name, ts, dur }) => `${tid} ${cat} ${name} ${ts}+${dur}`)
const namesOf = (run: SampleRun) =>
  eventsOfKind(traceOf(run), 'M').flatMap(({ name, args }) =>
    name === 'thread_name' && 'name' in args ? args.name : [],
  )
const call = (id: string, from: number, to: number, more: Partial<SampleCall> = {}): SampleCall => ({
  id,
  tool: 'get',
  input: { id },
  ready: from,
  attempts: [{ from, to }],
  ...more,
})
const oneTurn = (calls: readonly SampleCall[]): SampleRun => ({
  question: 'q',
  turns: [{ from: 0, to: 20, calls }],
  answer: null,
  end: 1000,
})

describe('a trace', () => {
  it('has a track for the model and one for each call that is open at once, by their names', () => {
    expect(namesOf(WEATHER)).toEqual(['model claude-sonnet-5-5', 'calls 1', 'calls 2', 'calls 3'])
  })

  it('has messages, calls and their attempts, pauses and waits as slices in one another', () => {
    expect(slicesOf(WEATHER)).toEqual([
      '1 model turn 1 40000+700000',
      '1 waiting first token 40000+233300',
      '1 streaming streaming 273300+466700',
      '2 call get_weather San Francisco 400000+1001000',
      '2 queued queued 400000+1000',
      '2 attempt attempt 1 401000+1000000',
      '3 call get_weather New York 520000+1451000',
      '3 queued queued 520000+1000',
      '3 attempt attempt 1 521000+1450000',
      '4 call get_weather Tokyo 640000+1901000',
      '4 queued queued 640000+1000',
      '4 attempt attempt 1 641000+400000',
      '4 backoff backing off 1041000+500000',
      '4 attempt attempt 2 1541000+1000000',
      '1 model turn 2 2545000+410000',
      '1 waiting first token 2545000+136700',
      '1 streaming streaming 2681700+273300',
    ])
  })

  it('leads an arrow from the message to each of its calls, where the call was ready', () => {
    const trace = traceOf(WEATHER)
    const ends = [...eventsOfKind(trace, 's'), ...eventsOfKind(trace, 'f')]
    expect(ends.map(({ ph, id, tid, ts }) => `${ph}${id} ${tid} ${ts}`)).toEqual([
      ...['s1 1 400000', 's2 1 520000', 's3 1 640000'],
      ...['f1 2 400000', 'f2 3 520000', 'f3 4 640000'],
    ])
  })

  it('counts the calls that run and those that wait; one that backs off does neither', () => {
    const counts = eventsOfKind(traceOf(WEATHER), 'C').map(
      ({ ts, args }) => `${ts / 1000}: ${args['running']} ${args['queued']}`,
    )
    expect(counts).toEqual([
      ...['0: 0 0', '400: 0 1', '401: 1 0', '520: 1 1', '521: 2 0', '640: 2 1', '641: 3 0'],
      ...['1041: 2 0', '1401: 1 0', '1541: 2 0', '1971: 1 0', '2541: 0 0'],
    ])
  })

  it('tells of a call what it was, what it gave, and of an attempt why it failed', () => {
    const slices = eventsOfKind(traceOf(WEATHER), 'X')
    expect(slices.find(({ name }) => name === 'get_weather Tokyo')?.args).toMatchObject({
      id: 'toolu_3',
      turn: 1,
      tool: 'get_weather',
      effect: 'read',
      input: { location: 'Tokyo' },
      output: { location: 'Tokyo', degrees: 68 },
      status: 'ok',
      attempts: 2,
      on_critical_path: true,
      dropped: false,
    })
    const error = { code: 'http_503', message: 'the server is busy' }
    expect(slices.filter(({ cat, args }) => cat === 'attempt' && args['error'] !== null)).toMatchObject([
      { name: 'attempt 1', tid: 4, args: { error } },
    ])
  })

  it('tells of a failed call its error instead of an output', () => {
    const [slice] = eventsOfKind(
      traceOf(oneTurn([call('a', 10, 20, { outcome: { status: 'failed', code: 'c', message: 'm' } })])),
      'X',
    ).filter(({ cat }) => cat === 'call')
    expect(slice?.args).toMatchObject({ status: 'failed', error: { code: 'c', message: 'm' } })
    expect(slice?.args).not.toHaveProperty('output')
  })

  it('shortens what is long, and says how much it left out', () => {
    const outcome = { output: { page: 'x'.repeat(50_000) } }
    const slice = eventsOfKind(traceOf(oneTurn([call('a', 10, 20, { outcome })])), 'X').find(
      ({ cat }) => cat === 'call',
    )
    expect(String(slice?.args['output']).length).toBeLessThan(2100)
    expect(slice?.args['output']).toContain('bytes left out')
  })

  it('gives a lane that is free again to the next call, and the lowest of several', () => {
    const calls = [call('a', 0, 100), call('b', 0, 10), call('c', 0, 10), call('d', 10, 30), call('e', 100, 110)]
    const lanes = eventsOfKind(traceOf(oneTurn(calls)), 'X').filter(({ cat }) => cat === 'call')
    expect(lanes.map(({ name, tid }) => `${name} ${tid - 1}`)).toEqual([
      'get a 1',
      'get b 2',
      'get c 3',
      'get d 2',
      'get e 1',
    ])
  })

  it('shows a call that never ran as the shortest of slices, with an arrow into it', () => {
    const denied = call('a', 5, 5, { attempts: [], outcome: { status: 'denied', code: 'denied', message: 'no' } })
    const trace = traceOf(oneTurn([denied, call('b', 5, 20)]))
    const slices = eventsOfKind(trace, 'X').filter(({ cat }) => cat === 'call')
    expect(slices.map(({ tid, dur }) => [tid, dur])).toEqual([
      [3, 15_000],
      [2, 1],
    ])
    expect(traceFaults(trace)).toEqual([])
  })

  it('marks where a call was answered as still running', () => {
    const trace = traceOf(oneTurn([call('a', 10, 400, { pending: 100 })]))
    expect(eventsOfKind(trace, 'i').filter(({ cat }) => cat === 'pending')).toMatchObject([
      { name: 'answered as pending', tid: 2, ts: 100_000, s: 't' },
    ])
  })

  it('marks what the breakers did, and an end that is no answer', () => {
    const transcript = transcriptOf(eventsOf(WEATHER))
    const error = { code: 'run-timeout', message: 'out of time', hint: null }
    const policy_changes = [
      { at_ms: 12.5, tool: 'get', policy: 'breaker' as const, state: 'open' as const, failures: 5 },
    ]
    const trace = parseTrace(
      perfettoTrace({ ...transcript, policy_changes, status: 'timed_out', exit_code: 124, error }),
    )
    expect(eventsOfKind(trace, 'i')).toMatchObject([
      { name: 'breaker of get: open', ts: 12_500, s: 'p', args: { failures: 5 } },
      { name: 'run timed_out', ts: 2_955_000, s: 'p', args: { exit_code: 124, error } },
    ])
  })

  it('names the run and its whole beside the events', () => {
    expect(traceOf(WEATHER).otherData).toMatchObject({
      transcript_version: 1,
      run_id: '01JZZZZZZZZZZZZZZZZZZZZZZZ',
      question: 'weather in SF, NYC, Tokyo',
      totals: { tool_calls: 3 },
    })
  })

  it('keeps escapes of the model out of what is shown as a name', () => {
    const evil = call('a', 1, 2, { tool: 'get\u001b[31m', input: { text: 'a\u202eb\nc' } })
    const shown = eventsOfKind(traceOf(oneTurn([evil])), 'X').map(({ name }) => name)
    expect(shown).toContain('get ab c')
  })

  it('is a document of a run that never came to be, too', () => {
    const trace = parseTrace(perfettoTrace(emptyTranscript({ code: 'usage', message: 'no', hint: null }, 2)))
    expect(traceFaults(trace)).toEqual([])
    expect(eventsOfKind(trace, 'X')).toEqual([])
    expect(eventsOfKind(trace, 'i')).toMatchObject([{ name: 'run failed' }])
  })

  it('is valid, whatever prefix of the events there is', () => {
    for (const run of [WEATHER, crowd(60, 8)]) {
      const events = eventsOf(run)
      for (let length = 0; length <= events.length; length += 3) {
        const trace = parseTrace(perfettoTrace(transcriptOf(events.slice(0, length))))
        expect(traceFaults(trace)).toEqual([])
      }
    }
  })

  it('is valid, whatever calls there are', () => {
    const tenths = (max: number) => fc.integer({ min: 0, max: max * 10 }).map((tenth) => tenth / 10)
    const attempt = fc.record({
      wait: tenths(3),
      runs: tenths(20),
      backoff: fc.double({ min: 0, max: 5, noNaN: true }),
    })
    const someCall = fc.record({
      ready: tenths(20),
      attempts: fc.array(attempt, { maxLength: 3 }),
      pending: fc.option(tenths(40)),
    })
    fc.assert(
      fc.property(fc.array(someCall, { maxLength: 25 }), (calls) => {
        const made = calls.map(({ ready, attempts, pending }, index): SampleCall => {
          let at = ready
          const told = attempts.map(({ wait, runs, backoff }) => {
            const from = at + wait
            const to = from + runs
            at = to + backoff
            return { from, to, backoff, error: { code: 'x', message: 'x' } }
          })
          return call(`t${index}`, ready, ready, { attempts: told, ...(pending !== null && { pending }) })
        })
        const trace = traceOf(oneTurn(made))
        expect(traceFaults(trace)).toEqual([])
        expect(eventsOfKind(trace, 'f')).toHaveLength(calls.length)
      }),
    )
  })
})

describe('a crowd of calls', () => {
  it('shares as many tracks as there were slots, each call waiting where its lane is free', () => {
    const calls = eventsOfKind(traceOf(crowd(300, 16)), 'X').filter(({ cat }) => cat === 'call')
    expect(calls).toHaveLength(300)
    expect(new Set(calls.map(({ tid }) => tid)).size).toBe(16)
  })
})

describe('lanes', () => {
  const interval = fc
    .tuple(fc.nat(50), fc.integer({ min: 1, max: 20 }))
    .map(([from, length]) => ({ from, to: from + length }))

  it('are never shared at one instant, and no more than hold at one instant', () => {
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 40 }), (intervals) => {
        const lanes = lanesOf(intervals).map(({ lane }) => lane)
        for (let instant = 0; instant <= 70; instant += 1) {
          const here = lanes.filter((_, index) => {
            const { from = 0, to = 0 } = intervals[index] ?? {}
            return from <= instant && instant < to
          })
          expect(new Set(here).size).toBe(here.length)
        }
        const most = Math.max(
          0,
          ...Array.from({ length: 71 }, (_, at) => intervals.filter(({ from, to }) => from <= at && at < to).length),
        )
        expect(Math.max(-1, ...lanes) + 1).toBe(most)
      }),
    )
  })
})
