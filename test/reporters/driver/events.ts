/**
 * Events by hand: stamps `seq` and `at_ms`, fills in what a test does not care about.
 */
import type { AgentEvent, EventBody, EventOf } from '../../../src/contract/event.ts'
import type { JsonObject } from '../../../src/contract/json.ts'
import { NO_USAGE } from '../../../src/contract/message.ts'
import type { Outcome } from '../../../src/contract/outcome.ts'
import type { Transcript } from '../../../src/contract/transcript.ts'
import { openTranscriptFold } from '../../../src/contract/transcript-fold.ts'

export type Story = {
  readonly events: AgentEvent[]
  /** Stamps an event and adds it; `at` moves the time on, ms. */
  add(body: EventBody, at?: number): AgentEvent
  transcript(): Transcript
}

export function openStory(): Story {
  const events: AgentEvent[] = []
  let now = 0
  return {
    events,
    add: (body, at = now) => {
      now = at
      // the stamp makes a body an event; the compiler does not see that through the union
      const event = { ...body, seq: events.length, at_ms: now } as AgentEvent
      events.push(event)
      return event
    },
    transcript: () => {
      const fold = openTranscriptFold()
      for (const event of events) fold.add(event)
      return fold.transcript()
    },
  }
}

export function runStart(question = 'weather in SF, NYC, Tokyo'): EventBody {
  return {
    type: 'run_start',
    run_id: '01J',
    started_at: '2026-11-22T07:00:00.000Z',
    version: '0.1.0',
    question,
    model: 'claude-sonnet-5-5',
    messages: [{ role: 'user', content: [{ type: 'text', text: question }] }],
  }
}

export function textDelta(turn: number, text: string): EventBody {
  return { type: 'text_delta', turn, text }
}

export function callReady(
  turn: number,
  call_id: string,
  tool: string,
  input: JsonObject,
  takes_over: string | null = null,
): EventBody {
  return {
    type: 'call_ready',
    turn,
    call_id,
    tool,
    source: 'builtin',
    effect: 'read',
    priority: 'normal',
    input,
    raw_input: null,
    takes_over,
  }
}

export function callStart(turn: number, call_id: string): EventBody {
  const queued_by = {
    message_ms: 0,
    permission_ms: 0,
    slots_ms: 0,
    breaker_ms: 0,
    rate_limit_ms: 0,
    exclusive_ms: 0,
    host_ms: 0,
  }
  return { type: 'call_start', turn, call_id, attempt: 1, queued_by }
}

export function callEnd(turn: number, call_id: string, outcome: Outcome = ok('sunny')): EventBody {
  return { type: 'call_end', turn, call_id, outcome }
}

export function ok(output: string): Outcome {
  return { status: 'ok', output, output_bytes: output.length, truncated: false }
}

export function messageEnd(turn: number, text: string, stop_reason = 'end_turn'): EventBody {
  return {
    type: 'message_end',
    turn,
    message: {
      id: `msg_${turn}`,
      model: 'claude-sonnet-5-5',
      content: text === '' ? [] : [{ type: 'text', text }],
      stop_reason,
      usage: { ...NO_USAGE, input_tokens: 650, output_tokens: 95 },
      raw_inputs: {},
    },
    first_token_ms: 10,
  }
}

export function turnRetry(turn: number, message: string, attempt = 1, delay_ms = 10): EventBody {
  return { type: 'turn_retry', turn, attempt, reason: { code: 'overloaded', message }, delay_ms, usage: null }
}

export function runEnd(answer: string | null, status: EventOf<'run_end'>['status'] = 'completed'): EventBody {
  const exit_code = status === 'completed' ? 0 : 7
  return { type: 'run_end', status, exit_code, answer, structured: null, error: null, usage: null }
}
