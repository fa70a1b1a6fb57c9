/**
 * The tool calls of a run as spans: each begins with its first attempt and ends with its outcome, and its
 * attempts are events in it. A call that never ran has a span from when it was asked for.
 */
import type { EventOf } from '../contract/event.ts'
import { isToolError } from '../contract/outcome.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import type { OpenSpan, Otel } from './otel.ts'
import type { SpanContent } from './span-attributes.ts'
import { errorType } from './span-attributes.ts'

export type CallSpansOptions = {
  otel: Otel
  context: TraceContext
  runId: string
  provider: string
  content: SpanContent
  /** Milliseconds since 1970 of an event. */
  timeOf: (atMs: number) => number
}

export interface CallSpans {
  /** @param recalled  it was known before the run was resumed */
  ready(event: EventOf<'call_ready'>, recalled: boolean): void
  attemptStarted(event: EventOf<'call_start'>): void
  attemptEnded(event: EventOf<'attempt_end'>): void
  pending(event: EventOf<'call_pending'>): void
  ended(event: EventOf<'call_end'>): void
  /** Ends those that the run has left behind. */
  close(atMs: number): void
}

type KnownCall = {
  ready: EventOf<'call_ready'>
  /** Whence its span's id is made: the same under whatever id it goes on. */
  key: string
  recalled: boolean
  span: OpenSpan | null
}

export function openCallSpans({ otel, context, runId, provider, content, timeOf }: CallSpansOptions): CallSpans {
  const calls = new Map<string, KnownCall>()

  function begun(call: KnownCall, atMs: number): OpenSpan {
    const { tool, source, effect, priority, turn, call_id, input, raw_input } = call.ready
    call.span ??= otel.startBelow(`execute_tool ${tool}`, context.spanIdOf(call.key), timeOf(atMs), {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.provider.name': provider,
      'gen_ai.conversation.id': runId,
      'gen_ai.tool.name': tool,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.id': call_id,
      'agent_ask.turn': turn,
      'agent_ask.tool.priority': priority,
      ...(source !== null && { 'agent_ask.tool.source': source }),
      ...(effect !== null && { 'agent_ask.tool.effect': effect }),
      ...content('gen_ai.tool.call.arguments', () => raw_input ?? input),
    })
    return call.span
  }

  return {
    ready(event, recalled) {
      const { call_id, takes_over, turn } = event
      const taken = takes_over === null ? undefined : calls.get(takes_over)
      if (takes_over !== null) calls.delete(takes_over)
      taken?.span?.set({ 'gen_ai.tool.call.id': call_id, 'agent_ask.turn': turn })
      const known = taken ?? { key: `${runId}/${call_id}`, recalled, span: null }
      calls.set(call_id, { ...known, ready: event })
    },
    attemptStarted({ call_id, attempt, at_ms, queued_by }) {
      const call = calls.get(call_id)
      if (call === undefined) return
      const queuedMs = Object.values(queued_by).reduce((sum, ms) => sum + ms, 0)
      const attributes = { 'agent_ask.attempt': attempt, 'agent_ask.queued_ms': queuedMs }
      begun(call, at_ms).event('agent_ask.tool.attempt', timeOf(at_ms), attributes)
    },
    attemptEnded({ call_id, attempt, at_ms, error, backoff_ms }) {
      const call = calls.get(call_id)
      if (call === undefined) return
      begun(call, at_ms).event('agent_ask.tool.attempt_end', timeOf(at_ms), {
        'agent_ask.attempt': attempt,
        ...(error !== null && { 'error.type': error.code }),
        ...(backoff_ms !== null && { 'agent_ask.backoff_ms': backoff_ms }),
      })
    },
    pending({ call_id, at_ms }) {
      calls.get(call_id)?.span?.event('agent_ask.tool.pending', timeOf(at_ms), {})
    },
    ended({ call_id, outcome, at_ms }) {
      const call = calls.get(call_id)
      calls.delete(call_id)
      // It had its span in the process that began it; this one has only decided what becomes of it.
      if (call === undefined || (call.recalled && call.span === null)) return
      const span = begun(call, call.ready.at_ms)
      span.set({ 'agent_ask.tool.outcome': outcome.status })
      if (outcome.status === 'ok') {
        span.set({
          'agent_ask.tool.output_bytes': outcome.output_bytes,
          ...content('gen_ai.tool.call.result', () => outcome.output),
        })
        span.end(timeOf(at_ms), null)
        return
      }
      const { code, message } = outcome.error
      span.set({ 'agent_ask.tool.error_code': code, ...content('agent_ask.tool.error_message', () => message) })
      span.end(timeOf(at_ms), isToolError(outcome.status) ? errorType(outcome.status, code) : null)
    },
    close(atMs) {
      for (const { span } of calls.values()) span?.end(timeOf(atMs), 'interrupted')
      calls.clear()
    },
  }
}
