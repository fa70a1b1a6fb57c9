import { expect, it } from 'vitest'
import type { EventBody } from '../../src/contract/event.ts'
import { failure } from '../../src/contract/outcome.ts'
import { openNotes } from '../../src/reporters/notes.ts'
import { callEnd, callReady, callStart, messageEnd, openStory, runEnd, runStart, turnRetry } from './driver/events.ts'

function notesOf(calls: boolean, steps: [at: number, bodies: EventBody[]][]): string[] {
  const notes: string[] = []
  const redact = (text: string) => text.replaceAll('secret', '[redacted]')
  const reporter = openNotes({ notify: (level, text) => notes.push(`${level}: ${text}`), redact, calls })
  const story = openStory()
  for (const [at, bodies] of steps) for (const body of bodies) reporter.report(story.add(body, at))
  return notes
}

const weather = (id: string, location: string) => callReady(1, id, 'get_weather', { location })

const steps: [number, EventBody[]][] = [
  [0, [runStart(), { type: 'turn_start', turn: 1 }, weather('a', 'SF'), weather('b', 'NYC'), weather('c', 'secret')]],
  [10, [callStart(1, 'a'), callStart(1, 'b')]],
  [990, [callEnd(1, 'a'), callEnd(1, 'b', failure('timed_out', 'timeout', 'no result within 980 ms'))]],
  [991, [callEnd(1, 'c', failure('not_started', 'canceled', 'the run was ended'))]],
  [992, [messageEnd(1, 'ok'), runEnd('ok')]],
]

it('says of each call what it was, how it ended and how long it took', () => {
  expect(notesOf(true, steps)).toEqual([
    'info: get_weather SF: ok, 0.98 s',
    'info: get_weather NYC: timed out: no result within 980 ms',
    'info: get_weather [redacted]: not started: the run was ended',
  ])
})

it('does not say what a progress display shows', () => {
  expect(notesOf(false, steps)).toEqual([])
})

it('says why a message is asked for again, when, and after how many attempts', () => {
  const again = (attempt: number, delay_ms: number) => turnRetry(1, 'the API is busy', attempt, delay_ms)
  expect(notesOf(false, [[0, [again(1, 512), again(2, 0)]]])).toEqual([
    'info: asking again in 0.5 s: overloaded: the API is busy (attempt 1)',
    'info: asking again: overloaded: the API is busy (attempt 2)',
  ])
})

it('tells once of a call that another one has taken over, from when it began', () => {
  const taking = (id: string, from: string) => callReady(1, id, 'get_weather', { location: 'SF' }, from)
  expect(
    notesOf(true, [
      [0, [weather('a', 'SF'), weather('b', 'NYC'), callStart(1, 'a'), callStart(1, 'b')]],
      [100, [callEnd(1, 'a')]],
      [200, [taking('c', 'a'), taking('d', 'b')]],
      [300, [callEnd(1, 'd')]],
    ]),
  ).toEqual(['info: get_weather SF: ok, 0.10 s', 'info: get_weather SF: ok, 0.30 s'])
})

it('says, whatever shows the calls, what is tried again, goes on without its result, or has met a limit', () => {
  const error = { code: 'failed', message: 'the place is down' }
  const attemptEnd = (backoff_ms: number | null): EventBody => ({
    type: 'attempt_end',
    turn: 1,
    call_id: 'a',
    attempt: 1,
    error,
    backoff_ms,
  })
  const breaker = (state: 'open' | 'half_open' | 'closed'): EventBody => ({
    type: 'policy_change',
    tool: 'get_weather',
    policy: 'breaker',
    state,
    failures: 5,
  })
  expect(
    notesOf(false, [
      [0, [weather('a', 'SF'), callStart(1, 'a')]],
      [10, [attemptEnd(412), attemptEnd(null)]],
      [20, [breaker('open'), breaker('half_open'), breaker('closed')]],
      [30, [{ type: 'call_pending', turn: 1, call_id: 'a' }]],
      [40, [{ type: 'limit', limit: 'answer_by', message: 'the time to answer is over after 40 ms' }]],
    ]),
  ).toEqual([
    'info: get_weather SF: failed: the place is down; again in 0.4 s (attempt 2)',
    'info: get_weather: its breaker opens after 5 failures in a row; calls fail at once',
    'info: get_weather: its breaker lets one call through, to see',
    'info: get_weather: its breaker closes',
    'info: get_weather SF: still running; the model goes on, and gets the result later',
    'info: limit answer_by: the time to answer is over after 40 ms',
  ])
})
