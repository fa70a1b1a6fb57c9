/**
 * A run as spans, told from its events: one for the run, below it one for each tool call (call-spans.ts)
 * and those of the model's client, which learn here how their message ended. Their times are those of the
 * events, whenever this is told of them. What was asked, answered and returned is in them only where that
 * was asked for. How spans are made and sent is otel.ts's matter.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/gen-ai/
 */
import { unreachable } from '../contract/error.ts'
import type { AgentEvent, EventOf } from '../contract/event.ts'
import type { Usage } from '../contract/message.ts'
import { addUsage, NO_USAGE } from '../contract/message.ts'
import type { Reporter } from '../contract/reporter.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import { openCallSpans } from './call-spans.ts'
import type { OpenSpan, Otel, SpanAttributes } from './otel.ts'
import { modelMessage, spanContent, textMessage, usageAttributes } from './span-attributes.ts'

export type SpansOptions = {
  otel: Otel
  context: TraceContext
  runId: string
  agent: { version: string; model: string; provider: string }
  /** Whether questions, answers, inputs and outputs are in the spans. */
  content: boolean
  redact: (text: string) => string
}

export function openSpans({ otel, context, runId, agent, ...options }: SpansOptions): Reporter {
  /** Milliseconds since 1970 when `at_ms` was 0. */
  let origin = 0
  let run: OpenSpan | null = null
  let usage = NO_USAGE
  const timeOf = (atMs: number) => origin + atMs
  const content = spanContent(options.content, options.redact)
  const calls = openCallSpans({ otel, context, runId, provider: agent.provider, content, timeOf })

  function begin(startedAtMs: number): void {
    const ofAll = { 'gen_ai.conversation.id': runId }
    run = otel.startRun('invoke_agent agent', startedAtMs, ofAll, {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': agent.provider,
      'gen_ai.agent.name': 'agent',
      'gen_ai.agent.version': agent.version,
      'gen_ai.request.model': agent.model,
    })
  }

  function spend(more: Usage | null): SpanAttributes {
    if (more === null) return {}
    usage = addUsage(usage, more)
    return usageAttributes(more)
  }

  function messageEnded({ at_ms, message, first_token_ms }: EventOf<'message_end'>): void {
    const { id, model, stop_reason } = message
    const about: SpanAttributes = {
      ...(model !== '' && { 'gen_ai.response.model': model }),
      ...(stop_reason !== null && { 'gen_ai.response.finish_reasons': [stop_reason] }),
    }
    run?.set(about)
    otel.messageEnded({
      atMs: timeOf(at_ms),
      firstTokenAtMs: first_token_ms === null ? null : timeOf(first_token_ms),
      attributes: {
        ...(id !== '' && { 'gen_ai.response.id': id }),
        ...about,
        ...spend(message.usage),
        ...content('gen_ai.output.messages', () => modelMessage(message)),
      },
      errorType: null,
    })
  }

  function messageRetried({ at_ms, turn, attempt, reason, delay_ms, usage: spent }: EventOf<'turn_retry'>): void {
    const about = { 'agent_ask.turn': turn, 'agent_ask.attempt': attempt, 'agent_ask.delay_ms': delay_ms }
    run?.event('agent_ask.model.retry', timeOf(at_ms), { ...about, 'error.type': reason.code })
    const end = { atMs: timeOf(at_ms), firstTokenAtMs: null }
    otel.messageEnded({
      ...end,
      attributes: spend(spent),
      errorType: reason.code,
    })
  }

  function ended({ at_ms, status, exit_code, error, answer, usage: spent }: EventOf<'run_end'>): void {
    const end = { atMs: timeOf(at_ms), firstTokenAtMs: null }
    otel.messageEnded({
      ...end,
      attributes: spend(spent),
      errorType: error?.code ?? null,
    })
    calls.close(at_ms)
    run?.set({
      'agent_ask.run.status': status,
      'agent_ask.run.exit_code': exit_code,
      ...usageAttributes(usage),
      ...(answer !== null && content('gen_ai.output.messages', () => textMessage('assistant', answer))),
      ...(error !== null && content('agent_ask.run.error_message', () => error.message)),
    })
    run?.end(timeOf(at_ms), error?.code ?? null)
  }

  function report(event: AgentEvent): void {
    switch (event.type) {
      case 'run_start':
        origin = Date.parse(event.started_at)
        begin(origin)
        run?.set(content('gen_ai.input.messages', () => textMessage('user', event.question)))
        return
      case 'run_resume':
        origin = Date.parse(event.resumed_at) - event.at_ms
        begin(timeOf(event.at_ms))
        run?.event('agent_ask.run.resume', timeOf(event.at_ms), { 'agent_ask.paused_ms': event.paused_ms })
        return
      case 'call_ready':
        calls.ready(event, false)
        return
      case 'call_start':
        calls.attemptStarted(event)
        return
      case 'attempt_end':
        calls.attemptEnded(event)
        return
      case 'call_pending':
        calls.pending(event)
        return
      case 'call_end':
        calls.ended(event)
        return
      case 'message_end':
        messageEnded(event)
        return
      case 'turn_retry':
        messageRetried(event)
        return
      case 'policy_change':
        run?.event(`agent_ask.policy.${event.policy}`, timeOf(event.at_ms), {
          'gen_ai.tool.name': event.tool,
          'agent_ask.policy.state': event.state,
          'agent_ask.policy.failures': event.failures,
        })
        return
      case 'limit':
        run?.event('agent_ask.run.limit', timeOf(event.at_ms), { 'agent_ask.run.limit': event.limit })
        return
      case 'run_end':
        ended(event)
        return
      case 'turn_start':
      case 'text_delta':
      case 'call_admitted':
      case 'results':
        return
      default:
        unreachable(event)
    }
  }

  return {
    report,
    recall: (event) => calls.ready(event, true),
    // What waits for them to be sent is not the run; see open-tracing.ts.
    close: () => Promise.resolve(),
  }
}
