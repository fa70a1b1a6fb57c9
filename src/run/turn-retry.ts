/**
 * Asks a turn's message again when it failed: a fault that may pass, a call that max_tokens cut off,
 * two calls under one id. Reads that have started are kept; where the new message holds the same
 * tool with the same input, that call takes the execution over, the rest are cancelled.
 */
import { sleep } from '../contract/clock.ts'
import type { AssistantMessage, Usage } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'
import type { ModelFault, ModelRequest } from '../contract/model.ts'
import type { CallError } from '../contract/outcome.ts'
import { backoffMs } from '../policies/backoff.ts'
import type { Call } from '../schedule/call.ts'
import { MAX_MODEL_ATTEMPTS, MAX_RETRY_AFTER_MS, MODEL_BACKOFF } from './limits.ts'
import type { AttemptEnd, KeptCalls, TurnDeps } from './turn.ts'
import { attemptTurn } from './turn.ts'

export type TurnEnd =
  | { type: 'message'; message: AssistantMessage; calls: Call[] }
  /** `cut`: the message that max_tokens ended, where asking for more was refused. */
  | { type: 'fault'; fault: ModelFault; cut: AssistantMessage | null }

export async function askTurn(
  deps: TurnDeps,
  turn: number,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<TurnEnd> {
  const kept: KeptCalls = []
  const all = new Set<Call>()
  let current = request
  let cut: AssistantMessage | null = null
  let conflicts = 0
  let faults = 0
  for (let attempt = 1; ; attempt += 1) {
    const end = await attemptTurn(deps, turn, current, kept, signal)
    for (const call of end.calls) all.add(call)
    const again = whatNext(end)
    if (again === null) return await finish(end)
    keepStarted(end)
    deps.emit({ type: 'turn_retry', turn, attempt, ...again })
    if (again.delay_ms > 0) await sleep(deps.clock, again.delay_ms, signal)
  }

  /** null: the attempt stands. Else why it is asked again, and after what pause. */
  function whatNext(end: AttemptEnd): { reason: CallError; delay_ms: number; usage: Usage | null } | null {
    if (signal.aborted) return null
    switch (end.type) {
      case 'message': {
        const { message } = end
        if (message.stop_reason !== 'max_tokens' || cut !== null || !message.content.some(isToolUseBlock)) return null
        const maxTokens = Math.min(current.maxTokens * 2, deps.model.maxOutputTokens)
        if (maxTokens <= current.maxTokens) return null
        cut = message
        current = { ...current, maxTokens }
        const reason = { code: 'max_tokens', message: `a tool call was cut off; asked again for ${maxTokens} tokens` }
        return { reason, delay_ms: 0, usage: message.usage }
      }
      case 'conflict': {
        conflicts += 1
        if (conflicts > 1) return null
        const reason = { code: 'duplicate_id', message: `two different calls have the id "${end.id}"` }
        return { reason, delay_ms: 0, usage: end.message.usage }
      }
      default:
        return afterFault(end.fault)
    }
  }

  function afterFault(fault: ModelFault): { reason: CallError; delay_ms: number; usage: Usage | null } | null {
    faults += 1
    if (!fault.retryable || faults >= MAX_MODEL_ATTEMPTS) return null
    if (fault.retryAfterMs !== null && fault.retryAfterMs > MAX_RETRY_AFTER_MS) return null
    const delay = fault.retryAfterMs ?? backoffMs(faults, MODEL_BACKOFF, deps.clock.random())
    return { reason: { code: fault.code, message: fault.message }, delay_ms: delay, usage: fault.usage }
  }

  /** Started reads wait for the next message; everything else of a dropped one ends here. */
  function keepStarted({ calls, gate }: AttemptEnd): void {
    gate.end('void')
    for (const call of calls) {
      if (call.hasStarted && call.tool?.effect === 'read') kept.push(call)
      else call.cancel(new Error('its message was asked for again'))
    }
  }

  async function finish(end: AttemptEnd): Promise<TurnEnd> {
    const dropped = [...all].filter((call) => !end.calls.includes(call))
    for (const call of dropped) call.cancel(new Error('its message was asked for again and does not hold it'))
    if (end.type === 'message' && !signal.aborted) {
      const { message, calls, gate, firstTokenMs } = end
      deps.emit({ type: 'message_end', turn, message, first_token_ms: firstTokenMs })
      gate.end(message.stop_reason === 'tool_use' ? 'asked' : 'void')
      if (message.stop_reason !== 'tool_use') cancelAll(calls, `the message ended with ${message.stop_reason}`)
      await Promise.all(dropped.map((call) => call.done))
      return { type: 'message', message, calls }
    }
    end.gate.end('void')
    cancelAll(end.calls, 'the message did not arrive whole')
    await Promise.all([...all].map((call) => call.done))
    return { type: 'fault', fault: faultOf(end, faults), cut }
  }
}

function cancelAll(calls: readonly Call[], reason: string): void {
  for (const call of calls) call.cancel(new Error(reason))
}

function faultOf(end: AttemptEnd, attempts: number): ModelFault {
  if (end.type === 'fault') return sayHow(end.fault, attempts)
  const aborted = end.type === 'message'
  return {
    kind: aborted ? 'aborted' : 'rejected',
    code: aborted ? 'aborted' : 'duplicate_id',
    message: aborted ? 'the run was ended' : `the model answered with two different calls under one id, twice`,
    hint: null,
    retryable: false,
    retryAfterMs: null,
    status: null,
    requestId: null,
    usage: end.message.usage,
  }
}

/** After how many attempts; and a pause too long to wait for is named, so that who called can come back then. */
function sayHow(fault: ModelFault, attempts: number): ModelFault {
  if (fault.kind === 'unavailable' && attempts > 1) {
    return sayHow({ ...fault, message: `${fault.message}, ${attempts} times` }, 1)
  }
  if (fault.retryAfterMs === null || fault.retryAfterMs <= MAX_RETRY_AFTER_MS) return fault
  const seconds = Math.ceil(fault.retryAfterMs / 1_000)
  return { ...fault, message: `${fault.message}; the server asks to come back in ${seconds} s` }
}
