import { describe, expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import type { AgentEvent, EventBody } from '../../src/contract/event.ts'
import type { ContentBlock, Message } from '../../src/contract/message.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { atifTrajectory } from '../../src/reporters/atif.ts'
import type { SampleCall, SampleRun } from '../rig/sample-runs.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'
import type { TrajectoryStep } from './check-atif.ts'
import { parseTrajectory } from './check-atif.ts'

const trajectoryOf = (events: readonly AgentEvent[]) => parseTrajectory(atifTrajectory(transcriptOf(events)))
const stepsOf = (run: SampleRun) => trajectoryOf(eventsOf(run)).steps
const resultsOf = (step: TrajectoryStep | undefined) =>
  (step?.observation?.results ?? []).map(({ source_call_id, content }) => [source_call_id ?? null, content])
const call = (id: string, from: number, to: number, more: Partial<SampleCall> = {}): SampleCall => ({
  id,
  tool: 'get',
  input: { id },
  ready: from,
  attempts: [{ from, to }],
  outcome: { output: `result of ${id}` },
  ...more,
})
/** Of a run that began with these messages. */
const began = (messages: Message[], run: SampleRun = WEATHER) =>
  trajectoryOf(eventsOf(run).map((event) => (event.type === 'run_start' ? { ...event, messages } : event)))
/** Of a run whose messages hold these blocks first. */
const thinking = (blocks: ContentBlock[]) =>
  trajectoryOf(
    eventsOf(WEATHER).map((event) =>
      event.type === 'message_end'
        ? { ...event, message: { ...event.message, content: [...blocks, ...event.message.content] } }
        : event,
    ),
  )

describe('a trajectory', () => {
  it('is of the run, by the agent, with its model', () => {
    const { session_id, agent, extra } = trajectoryOf(eventsOf(WEATHER))
    expect(session_id).toBe('01JZZZZZZZZZZZZZZZZZZZZZZZ')
    expect(agent).toMatchObject({ name: 'agent-ask', model_name: 'claude-sonnet-5-5' })
    expect(agent.version).toMatch(/^\d+\.\d+\.\d+/)
    expect(extra).toMatchObject({ status: 'completed', exit_code: 0, answer: 'Sunny, cloudy, clear.', error: null })
  })

  it('has the question, each message with its calls and their results, and the answer', () => {
    const [asked, called, answered, ...others] = stepsOf(WEATHER)
    expect(others).toEqual([])
    expect(asked).toMatchObject({ source: 'user', message: 'weather in SF, NYC, Tokyo' })
    expect(called).toMatchObject({
      source: 'agent',
      message: '',
      tool_calls: [
        { tool_call_id: 'toolu_1', function_name: 'get_weather', arguments: { location: 'San Francisco' } },
        { tool_call_id: 'toolu_2' },
        { tool_call_id: 'toolu_3' },
      ],
    })
    expect(resultsOf(called)).toEqual([
      ['toolu_1', '{"location":"San Francisco","degrees":68}'],
      ['toolu_2', '{"location":"New York","degrees":68}'],
      ['toolu_3', '{"location":"Tokyo","degrees":68}'],
    ])
    expect(answered).toMatchObject({ source: 'agent', message: 'Sunny, cloudy, clear.' })
    expect(answered).not.toHaveProperty('tool_calls')
  })

  it('says when each step was, and keeps the timings and outcomes of calls beside them', () => {
    const [asked, called] = stepsOf(WEATHER)
    expect([asked?.timestamp, called?.timestamp]).toEqual(['2026-11-22T07:00:00.000Z', '2026-11-22T07:00:00.040Z'])
    expect(called?.extra).toMatchObject({ turn: 1, stop_reason: 'tool_use', timing: { ended_ms: 740 } })
    const tokyo = called?.source === 'agent' ? called.tool_calls?.[2] : undefined
    expect(tokyo?.extra).toMatchObject({ timing: { started_ms: 641, ended_ms: 2541 }, effect: 'read' })
    expect(tokyo?.extra?.['attempts']).toHaveLength(2)
    expect(called?.observation?.results[2]?.extra).toMatchObject({ status: 'ok', error: null })
  })

  it('counts what was sent with what came from the cache, and says what it cost', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 5,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 1000,
    }
    const events = eventsOf(WEATHER).map((event) =>
      event.type === 'message_end' ? { ...event, message: { ...event.message, usage } } : event,
    )
    const { steps, final_metrics } = trajectoryOf(events)
    const [, called] = steps
    expect(called).toMatchObject({
      llm_call_count: 1,
      metrics: {
        prompt_tokens: 1110,
        completion_tokens: 5,
        cached_tokens: 100,
        extra: { cache_creation_input_tokens: 1000 },
      },
    })
    const costs = steps.map((step) => (step.source === 'agent' ? (step.metrics?.cost_usd ?? 0) : 0))
    expect(final_metrics).toMatchObject({ total_prompt_tokens: 2220, total_completion_tokens: 10, total_steps: 3 })
    expect(costs.reduce((sum, cost) => sum + cost)).toBeCloseTo(final_metrics?.total_cost_usd ?? 0, 9)
    expect(final_metrics?.total_cost_usd).toBeGreaterThan(0)
  })

  it('knows no cost where there is no price', () => {
    const events = eventsOf(WEATHER).map((event) => (event.type === 'run_start' ? { ...event, model: 'qwen3' } : event))
    const { final_metrics, steps } = trajectoryOf(events)
    expect(final_metrics).not.toHaveProperty('total_cost_usd')
    expect(steps[1]).toHaveProperty('metrics.prompt_tokens')
    expect(steps[1]).not.toHaveProperty('metrics.cost_usd')
  })

  it('keeps apart what the model thought and what it said', () => {
    const { steps } = thinking([
      { type: 'thinking', thinking: 'three calls', signature: 's' },
      { type: 'redacted_thinking', data: 'x' },
      { type: 'thinking', thinking: 'at once', signature: 's' },
    ])
    expect(steps[1]).toMatchObject({
      message: '',
      reasoning_content: 'three calls\n\nat once',
      extra: { other_blocks: [{ type: 'redacted_thinking', data: 'x' }] },
    })
  })

  it('has images as parts, in place, and says what it leaves out', () => {
    const { steps } = began([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
          { type: 'image', source: { type: 'url', url: 'https://example.test/a.JPG?x=1' } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'aGk=' } },
        ],
      },
    ])
    expect(steps[0]?.message).toEqual([
      { type: 'text', text: 'what is this?' },
      { type: 'image', source: { media_type: 'image/png', path: 'data:image/png;base64,aGk=' } },
      { type: 'image', source: { media_type: 'image/jpeg', path: 'https://example.test/a.JPG?x=1' } },
      { type: 'text', text: '[document application/pdf: left out, ATIF has no such part]' },
    ])
  })

  it('has images of results, too', () => {
    const content: ContentBlock[] = [
      { type: 'text', text: 'a chart' },
      { type: 'image', source: { type: 'base64', media_type: 'image/webp', data: 'aGk=' } },
    ]
    const events = eventsOf(WEATHER).map((event) =>
      event.type === 'call_end' && event.outcome.status === 'ok'
        ? { ...event, outcome: { ...event.outcome, content } }
        : event,
    )
    const [, called] = trajectoryOf(events).steps
    expect(resultsOf(called)[0]).toEqual([
      'toolu_1',
      [
        { type: 'text', text: 'a chart' },
        { type: 'image', source: { media_type: 'image/webp', path: 'data:image/webp;base64,aGk=' } },
      ],
    ])
  })

  it('joins a question of several texts', () => {
    const content: ContentBlock[] = [
      { type: 'text', text: 'stdin' },
      { type: 'text', text: 'question' },
    ]
    expect(began([{ role: 'user', content }]).steps[0]?.message).toBe('stdin\n\nquestion')
  })

  it('tells failed results as the model was told of them', () => {
    const failed = call('a', 10, 20, { outcome: { status: 'timed_out', code: 'timeout', message: 'took 60 s' } })
    const [, called] = stepsOf({
      question: 'q',
      turns: [
        { from: 0, to: 15, calls: [failed] },
        { from: 21, to: 30, text: 'no' },
      ],
      answer: 'no',
    })
    expect(resultsOf(called)).toEqual([['a', 'timed_out: took 60 s']])
    expect(called?.observation?.results[0]?.extra).toMatchObject({
      status: 'timed_out',
      error: { code: 'timeout', message: 'took 60 s' },
    })
  })

  it('has a late result behind the message that it came after, as what nobody asked for there', () => {
    const slow = call('slow', 11, 400, { pending: 100 })
    const [, first, second, last] = stepsOf({
      question: 'q',
      turns: [
        { from: 0, to: 20, calls: [slow] },
        { from: 101, to: 150, calls: [call('next', 140, 200)], late: ['slow'] },
        { from: 401, to: 420, text: 'done' },
      ],
      answer: 'done',
    })
    expect(resultsOf(first)[0]?.[1]).toMatch(/^pending: get \(call slow\)/)
    expect(first?.observation?.results[0]?.extra).toMatchObject({ pending: true, status: 'ok' })
    expect(resultsOf(second)).toEqual([
      ['next', 'result of next'],
      [null, 'Late result of call slow (get): result of slow'],
    ])
    expect(second?.observation?.results[1]?.extra).toEqual({ late_results_of: ['slow'] })
    expect(last).toMatchObject({ source: 'agent', message: 'done' })
  })

  it('has what calls came to that the model was not told of, and says so', () => {
    const [asked, called, ...others] = stepsOf({
      question: 'q',
      turns: [
        {
          from: 0,
          to: 15,
          calls: [call('a', 10, 20), call('b', 12, 90, { outcome: { status: 'canceled', code: 'c', message: 'm' } })],
        },
      ],
      answer: null,
      status: 'timed_out',
      exitCode: 124,
    })
    expect(asked?.source).toBe('user')
    expect(others).toEqual([])
    expect(resultsOf(called)).toEqual([
      ['a', 'result of a'],
      ['b', 'canceled: m'],
    ])
    expect(called?.observation?.results.map(({ extra }) => extra?.['told_to_model'])).toEqual([false, false])
  })

  it('has the calls of a message that never ended', () => {
    const events = eventsOf(WEATHER).filter(({ at_ms }) => at_ms < 700)
    const [, called] = trajectoryOf(events).steps
    expect(called).toMatchObject({ source: 'agent', message: '', tool_calls: [{}, {}, {}] })
    expect(called).not.toHaveProperty('observation')
    expect(called).not.toHaveProperty('metrics')
  })

  it('keeps the calls of messages that were asked for again, and counts the requests', () => {
    const usage = { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }
    const retry: EventBody = {
      type: 'turn_retry',
      turn: 1,
      attempt: 2,
      reason: { code: 'cut', message: 'cut' },
      delay_ms: 1,
      usage,
    }
    const events = eventsOf(WEATHER)
    const at = events.findIndex(({ type }) => type === 'call_ready')
    const ready = events[at]
    if (ready?.type !== 'call_ready') throw new Error('no call')
    const dropped: AgentEvent = { ...ready, call_id: 'dropped' }
    const told = [...events.slice(0, at), dropped, { ...retry, seq: 0, at_ms: 399 }, ...events.slice(at)]
    const [, called] = trajectoryOf(told).steps
    expect(called).toMatchObject({ llm_call_count: 2, extra: { dropped_calls: [{ id: 'dropped' }] } })
    expect(called).toHaveProperty('metrics.prompt_tokens', 641)
    expect(called).not.toHaveProperty('metrics.cost_usd')
  })

  it('marks the conversation before the run as copied, and finds this run in it', () => {
    const before: Message[] = [
      { role: 'user', content: [{ type: 'text', text: 'first question' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'old', name: 'get', input: { n: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'old', content: 'old result' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Sunny, cloudy, clear.' }] },
      { role: 'user', content: [{ type: 'text', text: 'and now?' }] },
    ]
    const { steps } = began(before)
    expect(steps.map(({ source, message, is_copied_context = false }) => [source, message, is_copied_context])).toEqual(
      [
        ['user', 'first question', true],
        ['agent', '', true],
        ['agent', 'Sunny, cloudy, clear.', true],
        ['user', 'and now?', false],
        ['agent', '', false],
        ['agent', 'Sunny, cloudy, clear.', false],
      ],
    )
    expect(resultsOf(steps[1])).toEqual([['old', 'old result']])
    expect(steps[1]).not.toHaveProperty('metrics')
    expect(steps[4]).toHaveProperty('metrics')
  })

  it('has a step of a turn that said nothing, in its place', () => {
    const { steps } = trajectoryOf(
      eventsOf({
        question: 'q',
        turns: [
          { from: 0, to: 15, text: 'a', calls: [call('a', 10, 20)] },
          { from: 21, to: 30 },
          { from: 31, to: 40, text: 'b' },
        ],
        answer: 'b',
      }),
    )
    expect(steps.map(({ source, message }) => [source, message])).toEqual([
      ['user', 'q'],
      ['agent', 'a'],
      ['agent', ''],
      ['agent', 'b'],
    ])
  })

  it('says why there is nothing where a run never began', () => {
    const { steps, extra } = parseTrajectory(
      atifTrajectory(emptyTranscript({ code: 'no-question', message: 'no question', hint: null }, 2)),
    )
    expect(steps).toEqual([{ step_id: 1, source: 'system', message: 'no-question: no question' }])
    expect(extra).toMatchObject({ status: 'failed', exit_code: 2 })
  })

  it('is valid, whatever prefix of the events there is', () => {
    for (const run of [WEATHER, crowd(100, 8)]) {
      const events = eventsOf(run)
      for (let length = 0; length <= events.length; length += 3) {
        expect(trajectoryOf(events.slice(0, length)).steps.length).toBeGreaterThan(0)
      }
    }
  })
})
