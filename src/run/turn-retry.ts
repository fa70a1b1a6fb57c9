/**
 * Asks a turn's message again when it failed: a fault that may pass, a call that max_tokens cut off,
 * two calls under one id. Reads that have started are kept; where the new message holds the same
 * tool with the same input, that call takes the execution over, the rest are cancelled.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import { sleep } from '../contract/clock.ts'
import { unreachable } from '../contract/error.ts'
import type { AssistantMessage, Usage } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'
import type { ModelFault, ModelRequest } from '../contract/model.ts'
import type { CallError } from '../contract/outcome.ts'
import { backoffMs } from '../policies/backoff.ts'
import type { Call } from '../schedule/call.ts'
import { cancelCalls } from '../schedule/call.ts'
import { KeptCalls } from './kept-calls.ts'
import type { RunEnd } from './limits.ts'
import { MAX_MODEL_ATTEMPTS, MAX_RETRY_AFTER_MS, MAX_TURN_MS, MODEL_BACKOFF } from './limits.ts'
import type { AttemptEnd, TurnDeps } from './turn.ts'
import { attemptTurn } from './turn.ts'

export type TurnEnd =
  | { type: 'message'; message: AssistantMessage; calls: Call[] }
  /** `cut`: the message that max_tokens ended, where asking for more was refused. */
  | { type: 'fault'; fault: ModelFault; cut: AssistantMessage | null }
  /** The run is over, so nothing is asked again. */
  | { type: 'ended'; end: RunEnd }

export type Asking = {
  /** The request of the next attempt, the first one included. */
  request(): Promise<ModelRequest>
  /**
   * How the run ends where no attempt may follow; null: it goes on.
   *
   * @param usage  of an attempt that no event has told of
   */
  over(usage: Usage | null): RunEnd | null
}

/** What a crash has left behind of the turn. */
export type Begun = {
  /** At its message; they broke off. */
  attempts: number
  /** Reads that have ended, for calls of the same kind to take over. */
  kept: readonly Call[]
}

export const NOT_BEGUN: Begun = { attempts: 0, kept: [] }

type Again = { reason: CallError; delay_ms: number; usage: Usage | null }

export async function askTurn(
  deps: TurnDeps,
  turn: number,
  asking: Asking,
  signal: AbortSignal,
  begun: Begun,
): Promise<TurnEnd> {
  const { clock } = deps
  const endsAt = clock.now() + MAX_TURN_MS
  const kept = new KeptCalls()
  for (const call of begun.kept) kept.add(call)
  const all = new Set<Call>()
  /** null: as many as the request says. */
  let maxTokens: number | null = null
  let cut: AssistantMessage | null = null
  let conflicts = 0
  let faults = 0
  for (let attempt = begun.attempts + 1; ; attempt += 1) {
    const request = await asking.request()
    const over = asking.over(null)
    if (over !== null) return await giveUp(over)
    maxTokens ??= request.maxTokens
    const asked = { ...request, maxTokens, timeLimitMs: endsAt - clock.now() }
    const end = await attemptTurn(deps, turn, asked, kept, signal)
    for (const call of end.calls) all.add(call)
    const again = asking.over(usageOf(end)) === null ? whyAgain(end, maxTokens) : null
    if (again === null) return await finish(end)
    keepStarted(end)
    deps.emit({ type: 'turn_retry', turn, attempt, ...again })
    if (again.delay_ms > 0) await sleep(clock, again.delay_ms, signal)
  }

  /** Why the message is asked for again, and after what pause; null: what came stands. */
  function whyAgain(end: AttemptEnd, askedFor: number): Again | null {
    switch (end.type) {
      case 'message':
        return afterCut(end.message, askedFor)
      case 'conflict': {
        conflicts += 1
        if (conflicts > 1) return null
        const reason = { code: 'duplicate_id', message: `two different calls have the id "${end.id}"` }
        return { reason, delay_ms: 0, usage: end.message.usage }
      }
      case 'fault':
        return afterFault(end.fault)
      default:
        return unreachable(end)
    }
  }

  function afterCut(message: AssistantMessage, askedFor: number): Again | null {
    if (message.stop_reason !== 'max_tokens' || cut !== null || !message.content.some(isToolUseBlock)) return null
    const doubled = Math.min(askedFor * 2, deps.model.maxOutputTokens)
    if (doubled <= askedFor) return null
    cut = message
    maxTokens = doubled
    const reason = { code: 'max_tokens', message: `a tool call was cut off; asked again for ${doubled} tokens` }
    return { reason, delay_ms: 0, usage: message.usage }
  }

  function afterFault({ retryable, retryAfterMs, code, message, usage }: ModelFault): Again | null {
    faults += 1
    if (!retryable || faults >= MAX_MODEL_ATTEMPTS) return null
    if (retryAfterMs !== null && retryAfterMs > MAX_RETRY_AFTER_MS) return null
    const delay = retryAfterMs ?? backoffMs(faults, MODEL_BACKOFF, clock.random())
    if (clock.now() + delay >= endsAt) return null
    return { reason: { code, message }, delay_ms: delay, usage }
  }

  /** Started reads wait for the next message; everything else of a dropped one ends here. */
  function keepStarted({ calls, gate }: AttemptEnd): void {
    const isKept = (call: Call) => call.hasStarted && call.tool?.effect === 'read'
    for (const call of calls.filter(isKept)) kept.add(call)
    const dropped = calls.filter((call) => !isKept(call))
    cancelCalls(dropped, new CancelReason('asked_again', 'its message was asked for again'))
    gate.end('void')
  }

  async function giveUp(end: RunEnd): Promise<TurnEnd> {
    cancelAll([...all], 'the message did not arrive whole')
    await Promise.all([...all].map((call) => call.done))
    return { type: 'ended', end }
  }

  async function finish(end: AttemptEnd): Promise<TurnEnd> {
    const standing = new Set(end.calls)
    const dropped = [...all].filter((call) => !standing.has(call))
    if (dropped.length > 0) cancelCalls(dropped, new CancelReason('asked_again', NOT_IN_IT))
    if (end.type === 'message' && !signal.aborted) {
      const { message, calls, gate, firstTokenMs } = end
      deps.emit({ type: 'message_end', turn, message, first_token_ms: firstTokenMs })
      // Before the gate tells them less.
      if (message.stop_reason !== 'tool_use') cancelAll(calls, `the message ended with ${message.stop_reason}`)
      gate.end(message.stop_reason === 'tool_use' ? 'asked' : 'void')
      await Promise.all(dropped.map((call) => call.done))
      return { type: 'message', message, calls }
    }
    cancelAll(end.calls, 'the message did not arrive whole')
    end.gate.end('void')
    await Promise.all([...all].map((call) => call.done))
    const over = asking.over(usageOf(end))
    if (over !== null) return { type: 'ended', end: { ...over, usage: usageOf(end) } }
    return {
      type: 'fault',
      fault: end.type === 'fault' ? withHistory(end.fault, faults) : duplicateId(end.message),
      cut,
    }
  }
}

const NOT_IN_IT = 'its message was asked for again and does not hold it'

function usageOf(end: AttemptEnd): Usage | null {
  return end.type === 'fault' ? end.fault.usage : end.message.usage
}

function cancelAll(calls: readonly Call[], reason: string): void {
  cancelCalls(calls, new CancelReason('message_void', reason))
}

function duplicateId({ usage }: AssistantMessage): ModelFault {
  return {
    kind: 'rejected',
    code: 'duplicate_id',
    message: 'the model answered with two different calls under one id, twice',
    hint: null,
    retryable: false,
    retryAfterMs: null,
    status: null,
    requestId: null,
    usage,
  }
}

/** Says how often it was tried, and names a pause too long to wait for, so that who called can come back then. */
function withHistory(fault: ModelFault, attempts: number): ModelFault {
  const often = fault.kind === 'unavailable' && attempts > 1 ? `, ${attempts} times` : ''
  const { retryAfterMs } = fault
  const pause =
    retryAfterMs !== null && retryAfterMs > MAX_RETRY_AFTER_MS
      ? `; the server asks to come back in ${Math.ceil(retryAfterMs / 1_000)} s`
      : ''
  return { ...fault, message: `${fault.message}${often}${pause}` }
}
