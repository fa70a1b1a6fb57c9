import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import type { AgentEvent, EventBody } from '../../src/contract/event.ts'
import { agentEventSchema } from '../../src/contract/event.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { FAILURES, failure } from '../../src/contract/outcome.ts'
import { pendingText } from '../../src/contract/pending-result.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import { openTranscriptFold } from '../../src/contract/transcript-fold.ts'

const usage = {
  input_tokens: 500_000,
  output_tokens: 100_000,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
}
const queued_by = {
  message_ms: 0.04,
  permission_ms: 0,
  slots_ms: 1.26,
  breaker_ms: 0,
  rate_limit_ms: 0,
  exclusive_ms: 0,
  host_ms: 0,
}

function stamped(bodies: [number, EventBody][]): AgentEvent[] {
  // The stamp is all that EventBody lacks.
  return bodies.map(([at_ms, body], seq) => ({ seq, at_ms, ...body }) as AgentEvent)
}

function fold(events: readonly AgentEvent[]) {
  const { add, transcript } = openTranscriptFold()
  for (const event of events) add(event)
  return transcript()
}

const start: EventBody = {
  type: 'run_start',
  run_id: 'run',
  started_at: '2026-11-22T07:00:00.000Z',
  version: '0',
  question: 'q',
  model: 'claude-sonnet-5-5',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'q' }] }],
}

function ready(call_id: string, takes_over: string | null = null): EventBody {
  const call = {
    tool: 'get',
    source: 'module',
    effect: 'read',
    priority: 'normal',
    input: { call_id },
    raw_input: null,
  } as const
  return { type: 'call_ready', turn: 1, call_id, ...call, takes_over }
}

function begin(call_id: string): EventBody {
  return { type: 'call_start', turn: 1, call_id, attempt: 1, queued_by }
}

function end(call_id: string, outcome: Outcome): EventBody {
  return { type: 'call_end', turn: 1, call_id, outcome }
}

function ok(output: string): Outcome {
  return { status: 'ok', output, output_bytes: output.length, truncated: false }
}

const toolUses = (ids: string[]) =>
  ids.map((id) => ({ type: 'tool_use' as const, id, name: 'get', input: { call_id: id } }))

function messageEnd(ids: string[]): EventBody {
  const message = { id: 'm', model: 'x', content: toolUses(ids), stop_reason: 'tool_use', usage, raw_inputs: {} }
  return { type: 'message_end', turn: 1, message, first_token_ms: 120 }
}

const RUN = stamped([
  [0, start],
  [41, { type: 'turn_start', turn: 1 }],
  [300, ready('a')],
  [300.5, begin('a')],
  [400, ready('b')],
  [401, begin('b')],
  [500, messageEnd(['a', 'b'])],
  [900, { type: 'attempt_end', turn: 1, call_id: 'b', attempt: 1, error: null, backoff_ms: null }],
  [900, end('b', ok('second'))],
  [
    1_300.5,
    { type: 'attempt_end', turn: 1, call_id: 'a', attempt: 1, error: { code: 'x', message: 'y' }, backoff_ms: null },
  ],
  [1_300.5, end('a', failure('failed', 'x', 'y'))],
  [1_301, { type: 'results', turn: 1, call_ids: ['a', 'b'], pending_ids: [], late_ids: [], note: null }],
  [
    1_400,
    { type: 'run_end', status: 'failed', exit_code: 6, answer: null, structured: null, error: null, usage: null },
  ],
])

describe('the transcript', () => {
  it('takes instants and durations from the events, in tenths of a millisecond', () => {
    const [turn] = fold(RUN).turns
    expect(turn).toMatchObject({ started_ms: 41, first_token_ms: 120, ended_ms: 500, duration_ms: 459, attempts: 1 })
    expect(turn?.tool_calls[0]).toMatchObject({
      status: 'failed',
      output: null,
      error: { code: 'x', message: 'y' },
      timing: {
        ready_ms: 300,
        started_ms: 300.5,
        ended_ms: 1_300.5,
        queued_ms: 0.5,
        duration_ms: 1_000,
        overlap_ms: 199.5,
      },
      queued_by: { message_ms: 0, slots_ms: 1.3 },
      attempts: [
        { attempt: 1, started_ms: 300.5, duration_ms: 1_000, error: { code: 'x', message: 'y' }, backoff_ms: null },
      ],
    })
  })

  it('has no duration below zero, and each from the instants beside it', () => {
    const [turn] = fold(
      stamped([
        [0, start],
        [365.65, { type: 'turn_start', turn: 1 }],
        [365.65, ready('a')],
        [365.65, begin('a')],
        [365.65, messageEnd(['a'])],
        [365.65, { type: 'attempt_end', turn: 1, call_id: 'a', attempt: 1, error: null, backoff_ms: null }],
        [365.65, end('a', ok('at once'))],
      ]),
    ).turns
    const call = turn?.tool_calls[0]
    const durations = [
      turn?.duration_ms,
      call?.timing.queued_ms,
      call?.timing.duration_ms,
      call?.attempts[0]?.duration_ms,
    ]
    expect(durations).toEqual([0, 0, 0, 0])
  })

  it('sums up what ran side by side', () => {
    expect(fold(RUN).totals).toEqual({
      turns: 1,
      tool_calls: 2,
      tool_errors: 1,
      tool_denied: 0,
      model_ms: 459,
      tool_ms: 1_499,
      tool_wall_ms: 1_000,
      overlap_ms: 298.5,
      concurrency_peak: 2,
      speedup: 1.5,
    })
    expect(fold(RUN).usage).toEqual({ ...usage, cost_usd: 2 })
  })

  it('says of a run without an end that it has none', () => {
    const prefix = fold(RUN.slice(0, -1))
    expect(prefix).toMatchObject({ status: 'interrupted', exit_code: 137, error: { code: 'unfinished' } })
  })

  it('has every key at any moment: a prefix of the events never throws', () => {
    fc.assert(
      fc.property(fc.nat(RUN.length), (length) => {
        const transcript = fold(RUN.slice(0, length))
        expect(transcriptSchema.parse(transcript)).toEqual(transcript)
        expect(Object.keys(transcript)).toEqual(Object.keys(emptyTranscript(null, 1)))
      }),
    )
    expect(RUN.map((event) => agentEventSchema.parse(event))).toEqual(RUN)
  })

  it('is not disturbed by events in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(RUN), (events) => {
        transcriptSchema.parse(fold(events))
      }),
    )
  })

  it('moves the calls of a message that is asked again aside, but for those that are taken over', () => {
    const retry: EventBody = {
      type: 'turn_retry',
      turn: 1,
      attempt: 1,
      reason: { code: 'stream_cut', message: 'cut' },
      delay_ms: 0,
      usage,
    }
    const [turn] = fold(
      stamped([
        [0, start],
        [1, { type: 'turn_start', turn: 1 }],
        [2, ready('a1')],
        [2, ready('b1')],
        [3, begin('a1')],
        [3, begin('b1')],
        [4, retry],
        [5, ready('a2', 'a1')],
        [6, messageEnd(['a2'])],
        [7, end('b1', failure('canceled', 'canceled', 'dropped'))],
        [8, end('a2', ok('kept'))],
      ]),
    ).turns
    expect(turn?.tool_calls).toMatchObject([
      { id: 'a2', status: 'ok', timing: { ready_ms: 2, started_ms: 3, ended_ms: 8 } },
    ])
    expect(turn?.dropped_calls).toMatchObject([{ id: 'b1', status: 'canceled' }])
    expect(turn).toMatchObject({ attempts: 2, usage: { input_tokens: 1_000_000 } })
  })

  it.each(FAILURES)('gives a call that never ran null instants, whatever kept it (%s)', (status) => {
    const [turn] = fold(
      stamped([
        [0, start],
        [1, { type: 'turn_start', turn: 1 }],
        [2, ready('a')],
        [9, end('a', failure(status, 'x', 'y'))],
      ]),
    ).turns
    const { timing, attempts } = turn?.tool_calls[0] ?? {}
    expect(timing).toMatchObject({
      started_ms: null,
      ended_ms: null,
      queued_ms: null,
      duration_ms: null,
      overlap_ms: null,
    })
    expect(attempts).toEqual([])
  })

  it('shows when a call was answered as pending, and rebuilds what was sent of it, then and later', () => {
    const [first, second] = [
      { ...messageEnd(['a', 'b']), turn: 1 },
      { ...messageEnd([]), turn: 2 },
    ]
    const events = stamped([
      [0, start],
      [1, { type: 'turn_start', turn: 1 }],
      [2, ready('a')],
      [2, ready('b')],
      [3, begin('a')],
      [3, begin('b')],
      [10, first],
      [20, end('a', ok('A'))],
      [2_010, { type: 'call_pending', turn: 1, call_id: 'b' }],
      [2_010, { type: 'results', turn: 1, call_ids: ['a', 'b'], pending_ids: ['b'], late_ids: [], note: null }],
      [2_011, { type: 'turn_start', turn: 2 }],
      [2_500, second],
      [3_000, end('b', ok('B'))],
      [3_000, { type: 'results', turn: 2, call_ids: [], pending_ids: [], late_ids: ['b'], note: 'and?' }],
    ])
    const { turns, messages } = fold(events)
    expect(turns[0]?.tool_calls).toMatchObject([
      { id: 'a', timing: { pending_ms: null } },
      { id: 'b', status: 'ok', output: 'B', timing: { pending_ms: 2_010, ended_ms: 3_000, duration_ms: 2_997 } },
    ])
    // The second message was empty, so that the late result joins the user message before it.
    expect(messages.slice(2)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'A' },
          { type: 'tool_result', tool_use_id: 'b', content: pendingText('get', 'b') },
          { type: 'text', text: 'Late result of call b (get): B' },
          { type: 'text', text: 'and?' },
        ],
      },
    ])
    fc.assert(
      fc.property(fc.shuffledSubarray(events), (some) => {
        transcriptSchema.parse(fold(some))
      }),
    )
  })

  it('shows every attempt with its error and pause, those that never began too', () => {
    const error = { code: 'spawn', message: 'no such program' }
    const attempt = (number: number, backoff_ms: number | null, failed = true): EventBody => ({
      type: 'attempt_end',
      turn: 1,
      call_id: 'a',
      attempt: number,
      error: failed ? error : null,
      backoff_ms,
    })
    const [turn] = fold(
      stamped([
        [0, start],
        [1, { type: 'turn_start', turn: 1 }],
        [2, ready('a')],
        [5, attempt(1, 500)],
        [510, { ...begin('a'), attempt: 2 } as EventBody],
        [600, attempt(2, 900)],
        [1_500, { ...begin('a'), attempt: 3 } as EventBody],
        [1_700, attempt(3, null, false)],
        [1_700, end('a', ok('A'))],
      ]),
    ).turns
    expect(turn?.tool_calls[0]).toMatchObject({
      timing: { started_ms: 510, queued_ms: 508, ended_ms: 1_700, duration_ms: 1_190 },
      attempts: [
        { attempt: 1, started_ms: 5, duration_ms: 0, error, backoff_ms: 500 },
        { attempt: 2, started_ms: 510, duration_ms: 90, error, backoff_ms: 900 },
        { attempt: 3, started_ms: 1_500, duration_ms: 200, error: null, backoff_ms: null },
      ],
    })
  })

  it('lists what breakers did', () => {
    const change = { tool: 'get', policy: 'breaker', state: 'open', failures: 5 } as const
    const events = stamped([
      [0, start],
      [1.23, { type: 'policy_change', ...change }],
    ])
    expect(fold(events).policy_changes).toEqual([{ at_ms: 1.2, ...change }])
  })

  it('adds up the cost of requests one by one', () => {
    const long = { ...usage, input_tokens: 100_001, output_tokens: 0 }
    const short = { ...long, input_tokens: 100_000 }
    const reason = { code: 'x', message: 'y' }
    const events = stamped([
      [0, { ...start, model: 'claude-haiku-5-5' } as EventBody],
      [1, { type: 'turn_start', turn: 1 }],
      [2, { type: 'turn_retry', turn: 1, attempt: 1, reason, delay_ms: 0, usage: short }],
      [3, { type: 'turn_retry', turn: 1, attempt: 2, reason, delay_ms: 0, usage: long }],
    ])
    expect(fold(events).usage.cost_usd).toBe(0.060001)
  })

  it('knows no price but those of the table', () => {
    const other = stamped([[0, { ...start, model: 'a-local-model' }]])
    expect(fold(other).usage.cost_usd).toBeNull()
  })
})
