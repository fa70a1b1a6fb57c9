/** Events in, spans out: through the real packages, to a receiver that decodes them. */
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import type { AgentEvent, EventBody, EventOf, QueuedBy } from '../../src/contract/event.ts'
import { NO_USAGE } from '../../src/contract/message.ts'
import type { TraceContext } from '../../src/contract/trace-context.ts'
import { beginTrace } from '../../src/contract/trace-context.ts'
import { openOtel } from '../../src/reporters/otel.ts'
import { openSpans } from '../../src/reporters/spans.ts'
import type { OtlpReceiver } from '../rig/otlp-receiver.ts'
import { openOtlpReceiver } from '../rig/otlp-receiver.ts'

const STARTED = Date.parse('2026-11-22T07:00:00.000Z')
const RUN_ID = '01JZZZZZZZZZZZZZZZZZZZZZZZ'
const SECRET = 'secret-of-the-tests'
const queued_by: QueuedBy = {
  ...{ message_ms: 1, permission_ms: 0, slots_ms: 2, breaker_ms: 0, rate_limit_ms: 0, exclusive_ms: 0, host_ms: 0.5 },
}
const redact = (text: string) => text.replaceAll(SECRET, '[redacted]')

/** Each event so many milliseconds after the run's start. */
type Timed = readonly [atMs: number, event: EventBody]

const start: Timed = [
  1,
  {
    type: 'run_start',
    run_id: RUN_ID,
    started_at: new Date(STARTED).toISOString(),
    version: '0.1.0',
    question: `the question ${SECRET}`,
    model: 'm',
    messages: [],
  },
]
const end: Timed = [
  900,
  {
    type: 'run_end',
    status: 'completed',
    exit_code: 0,
    answer: 'the answer',
    structured: null,
    error: null,
    usage: null,
  },
]
const ready = (call_id: string, more: Partial<EventOf<'call_ready'>> = {}): EventBody => ({
  ...{ type: 'call_ready', turn: 1, call_id, tool: 'look', source: 'module', effect: 'read', priority: 'normal' },
  ...{ input: { place: 'Lima' }, raw_input: null, takes_over: null },
  ...more,
})
const started = (call_id: string, attempt = 1): EventBody => ({
  ...{ type: 'call_start', turn: 1, call_id, attempt, queued_by },
})
const ended = (call_id: string, outcome: EventOf<'call_end'>['outcome']): EventBody => ({
  ...{ type: 'call_end', turn: 1, call_id, outcome },
})
const OK = { status: 'ok' as const, output: 'seen', output_bytes: 4, truncated: false }

type Told = { receiver: OtlpReceiver; context: TraceContext; fault: string | null }

async function tell(
  events: readonly Timed[],
  options: { content?: boolean; recalled?: EventBody[]; before?: (provider: object) => void } = {},
): Promise<Told> {
  await using receiver = await openOtlpReceiver()
  const context = beginTrace(null)
  const collector = { url: `${receiver.url}/v1/traces`, headers: {} }
  const base = { context, version: '0.1.0', redact, clock: systemClock(0) }
  const otel = openOtel({ ...base, collector, resource: { 'service.name': 'tests' } })
  const agent = { version: '0.1.0', model: 'm', provider: 'anthropic' }
  const spans = openSpans({ otel, context, runId: RUN_ID, agent, content: options.content ?? false, redact })
  // The stamp is what EventBody leaves out; TypeScript cannot see that through the spread of a union.
  const stamped = ([at_ms, body]: Timed, seq: number) => ({ seq, at_ms, ...body }) as AgentEvent
  for (const body of options.recalled ?? []) {
    const event = stamped([0, body], 0)
    if (event.type === 'call_ready') spans.recall?.(event)
  }
  options.before?.(otel.tracerProvider)
  for (const [seq, event] of events.entries()) spans.report(stamped(event, seq))
  return { receiver, context, fault: await otel.finish() }
}

describe('spans', () => {
  it('have the times of the events, also of those that are told later', async () => {
    const { receiver, context, fault } = await tell([
      start,
      [100, ready('a')],
      [110.5, started('a')],
      [200.25, ended('a', OK)],
      end,
    ])
    expect(fault).toBeNull()
    expect(receiver.span('execute_tool look')).toMatchObject({
      startMs: STARTED + 110.5,
      endMs: STARTED + 200.25,
      spanId: context.spanIdOf(`${RUN_ID}/a`),
      parentSpanId: context.spanId,
      traceId: context.traceId,
      events: [{ name: 'agent_ask.tool.attempt', attributes: { 'agent_ask.attempt': 1, 'agent_ask.queued_ms': 3.5 } }],
    })
    expect(receiver.span('invoke_agent agent')).toMatchObject({
      startMs: STARTED,
      endMs: STARTED + 900,
      spanId: context.spanId,
      parentSpanId: null,
      resource: { 'service.name': 'tests' },
    })
  })

  it('of a call that never ran last from when it was asked for', async () => {
    const error = { code: 'not_allowed', message: 'no' }
    const { receiver } = await tell([start, [100, ready('a')], [150, ended('a', { status: 'denied', error })], end])
    expect(receiver.span('execute_tool look')).toMatchObject({
      startMs: STARTED + 100,
      endMs: STARTED + 150,
      status: 'error',
      attributes: { 'error.type': 'denied', 'agent_ask.tool.error_code': 'not_allowed' },
    })
  })

  it('of a call whose execution another one takes over keep the id that its tool was told', async () => {
    const { receiver, context } = await tell([
      start,
      [100, ready('a')],
      [110, started('a')],
      [
        200,
        {
          type: 'turn_retry',
          turn: 1,
          attempt: 1,
          reason: { code: 'stream_cut', message: '' },
          delay_ms: 5,
          usage: null,
        },
      ],
      [300, ready('b', { takes_over: 'a' })],
      [
        310,
        { type: 'attempt_end', turn: 1, call_id: 'b', attempt: 1, error: { code: 'E', message: '' }, backoff_ms: 3 },
      ],
      [313, started('b', 2)],
      [400, ended('b', OK)],
      end,
    ])
    const span = receiver.span('execute_tool look')
    expect(span).toMatchObject({
      spanId: context.spanIdOf(`${RUN_ID}/a`),
      startMs: STARTED + 110,
      attributes: { 'gen_ai.tool.call.id': 'b' },
    })
    expect(span.events.map(({ name, attributes }) => [name, attributes['agent_ask.attempt']])).toEqual([
      ['agent_ask.tool.attempt', 1],
      ['agent_ask.tool.attempt_end', 1],
      ['agent_ask.tool.attempt', 2],
    ])
  })

  it('tell of early results, breakers and limits', async () => {
    const { receiver } = await tell([
      start,
      [100, ready('a')],
      [110, started('a')],
      [120, { type: 'call_pending', turn: 1, call_id: 'a' }],
      [130, { type: 'policy_change', tool: 'look', policy: 'breaker', state: 'open', failures: 5 }],
      [140, { type: 'limit', limit: 'max_turns', message: `a ${SECRET}` }],
      [200, ended('a', { status: 'skipped', error: { code: 'optional_grace', message: '' } })],
      end,
    ])
    const call = receiver.span('execute_tool look')
    expect(call.events.map(({ name, atMs }) => [name, atMs - STARTED])).toContainEqual(['agent_ask.tool.pending', 120])
    expect(call).toMatchObject({ status: 'unset', attributes: { 'agent_ask.tool.outcome': 'skipped' } })
    expect(receiver.span('invoke_agent agent').events.map(({ name, attributes }) => [name, attributes])).toEqual([
      [
        'agent_ask.policy.breaker',
        { 'gen_ai.tool.name': 'look', 'agent_ask.policy.state': 'open', 'agent_ask.policy.failures': 5 },
      ],
      ['agent_ask.run.limit', { 'agent_ask.run.limit': 'max_turns' }],
    ])
  })

  it('of a run that goes on are there for calls that run again, not for those that are only settled', async () => {
    const resumed_at = new Date(STARTED + 60_000).toISOString()
    const error = { code: 'unknown', message: '' }
    const { receiver } = await tell(
      [
        [500, { type: 'run_resume', resumed_at, paused_ms: 59_500, version: '0.1.0' }],
        [510, ended('settled', { status: 'interrupted', error })],
        [520, started('again', 2)],
        [600, ended('again', OK)],
        end,
      ],
      { recalled: [ready('settled', { tool: 'settled' }), ready('again', { tool: 'again' })] },
    )
    expect(receiver.spans.map(({ name }) => name)).toEqual(['execute_tool again', 'invoke_agent agent'])
    expect(receiver.span('invoke_agent agent')).toMatchObject({
      startMs: STARTED + 60_000,
      endMs: STARTED + 60_400,
      attributes: { 'gen_ai.conversation.id': RUN_ID },
    })
    expect(receiver.span('execute_tool again').startMs).toBe(STARTED + 60_020)
  })

  it('sum up the tokens of the run, those of messages that were dropped as well', async () => {
    const usage = { input_tokens: 10, output_tokens: 3, cache_read_input_tokens: 4, cache_creation_input_tokens: 1 }
    const message = { id: 'msg_1', model: 'm-1', content: [], stop_reason: 'end_turn', usage, raw_inputs: {} }
    const { receiver } = await tell([
      start,
      [100, { type: 'turn_retry', turn: 1, attempt: 1, reason: { code: 'stalled', message: '' }, delay_ms: 0, usage }],
      [200, { type: 'message_end', turn: 1, message, first_token_ms: 150 }],
      [900, { ...end[1], usage: { ...NO_USAGE, output_tokens: 2 } } as EventBody], // still a run_end
    ])
    expect(receiver.span('invoke_agent agent').attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 30,
      'gen_ai.usage.output_tokens': 8,
      'gen_ai.usage.cache_read.input_tokens': 8,
      'gen_ai.usage.cache_write.input_tokens': 2,
      'gen_ai.response.model': 'm-1',
      'gen_ai.response.finish_reasons': ['end_turn'],
    })
  })

  it('hold what was said only where that is wanted, cut to size and without half characters', async () => {
    const output = `\ud800${SECRET}${'x'.repeat(200_000)}`
    const events: Timed[] = [
      start,
      [100, ready('a')],
      [110, started('a')],
      [200, ended('a', { ...OK, output })],
      [201, ready('b', { tool: 'other' })],
      [202, ended('b', { status: 'failed', error: { code: 'E_ODD', message: `went wrong: ${SECRET}` } })],
      end,
    ]
    const plain = await tell(events)
    const sent = plain.receiver.requests.map(({ text }) => text).join('')
    for (const part of ['Lima', 'the question', 'the answer', 'went wrong', 'xxx']) expect(sent).not.toContain(part)
    expect(plain.receiver.span('execute_tool other').attributes['error.type']).toBe('E_ODD')

    const { receiver } = await tell(events, { content: true })
    const { attributes } = receiver.span('execute_tool look')
    expect(attributes['gen_ai.tool.call.arguments']).toBe('{"place":"Lima"}')
    expect(String(attributes['gen_ai.tool.call.result'])).toMatch(
      /^\ufffd\[redacted\]x+\n\[\.\.\. \d+ of 200013 bytes left out/,
    )
    expect(receiver.span('execute_tool other').attributes['agent_ask.tool.error_message']).toBe(
      'went wrong: [redacted]',
    )
    expect(receiver.span('invoke_agent agent').attributes['gen_ai.input.messages']).toContain('the question [redacted]')
    expect(receiver.requests.map(({ text }) => text).join('')).not.toContain(SECRET)
  })

  it('lose their secrets, whoever has put them in', async () => {
    const { receiver } = await tell([start, [100, ready('a', { tool: `look ${SECRET}` })], end], {
      before: (provider) => {
        // `as`: what the model's client sees of it.
        const { getTracer } = provider as { getTracer: (name: string) => import('@opentelemetry/api').Tracer }
        const span = getTracer('client').startSpan(`asks ${SECRET}`, { attributes: { a: SECRET, b: [SECRET, 'x'] } })
        span.addEvent('e', { c: `${SECRET}!` })
        span.setStatus({ code: 2, message: SECRET }).end()
      },
    })
    expect(receiver.span('asks [redacted]')).toMatchObject({
      attributes: { a: '[redacted]', b: ['[redacted]', 'x'] },
      events: [{ attributes: { c: '[redacted]!' } }],
      status: 'error',
      message: '[redacted]',
    })
    expect(receiver.requests.map(({ text }) => text).join('')).not.toContain(SECRET)
  })

  it('are sent while the run goes on, and all of them', async () => {
    const calls = Array.from({ length: 1_200 }, (_, index) => `call_${index}`)
    const { receiver, fault } = await tell([
      start,
      ...calls.map((id): Timed => [10, ready(id)]),
      ...calls.map((id): Timed => [20, started(id)]),
      ...calls.map((id): Timed => [30, ended(id, OK)]),
      end,
    ])
    expect(fault).toBeNull()
    expect(receiver.spans).toHaveLength(1_201)
    expect(receiver.requests.length).toBeGreaterThan(1)
    expect(new Set(receiver.spans.map(({ spanId }) => spanId)).size).toBe(1_201)
  })
})
