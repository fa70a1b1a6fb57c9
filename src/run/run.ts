/**
 * The loop: turn after turn until the stop reason is not tool_use, or a limit is met. It gives the
 * results back in the model's order and ends the run in exactly one way; what a message means is
 * stop-reason.ts's, how a run may end limits.ts's.
 */

import { cancelReason } from '../contract/cancel-reason.ts'
import { appendAssistant, appendUser } from '../contract/conversation.ts'
import { AgentError, EXIT, isAgentError } from '../contract/error.ts'
import type { AssistantMessage, Message } from '../contract/message.ts'
import { messageText } from '../contract/message.ts'
import type { Effort, ModelFault, ModelRequest } from '../contract/model.ts'
import { isToolError } from '../contract/outcome.ts'
import type { ToolDefinition } from '../contract/tool.ts'
import { resultsMessage } from '../contract/tool-result.ts'
import type { Call } from '../schedule/call.ts'
import { cancelCalls } from '../schedule/call.ts'
import type { RunEnd } from './limits.ts'
import {
  aborted,
  faulted,
  incomplete,
  MAX_NUDGES,
  MAX_PAUSES,
  MAX_UNREADABLE,
  NUDGE,
  timeoutError,
  unreadableEnd,
  unreadableNote,
} from './limits.ts'
import type { Verdict } from './stop-reason.ts'
import { verdictOn } from './stop-reason.ts'
import type { TurnDeps } from './turn.ts'
import { askTurn } from './turn-retry.ts'

export type RunOptions = {
  runId: string
  version: string
  question: string
  messages: Message[]
  system: string
  tools: readonly ToolDefinition[]
  maxTokens: number
  effort: Effort | null
  maxTurns: number
  timeoutMs: number | null
  cache: boolean
  failOnToolError: boolean
}

/** Tells the whole run to `deps.emit`, from `run_start` to `run_end`. Rejects only for bugs. */
export async function run(deps: TurnDeps, options: RunOptions, outer: AbortSignal): Promise<void> {
  const { clock, emit, model } = deps
  const controller = new AbortController()
  const { signal } = controller
  const forward = () => controller.abort(outer.reason)
  if (outer.aborted) forward()
  else outer.addEventListener('abort', forward, { once: true })
  const stopTimer = options.timeoutMs === null ? null : startTimeout(options.timeoutMs)
  const messages = [...options.messages]
  let toolErrors = 0
  emit({
    type: 'run_start',
    run_id: options.runId,
    started_at: new Date(clock.wall() - clock.now()).toISOString(),
    version: options.version,
    question: options.question,
    model: model.name,
    messages: options.messages,
  })
  const end = await loop()
  stopTimer?.()
  outer.removeEventListener('abort', forward)
  if (end.status === 'incomplete' && end.error !== null) {
    emit({ type: 'limit', limit: end.error.code, message: end.error.message })
  }
  emit({ type: 'run_end', ...withToolErrors(end) })

  function startTimeout(timeoutMs: number): () => void {
    // Counted from the start of the run: opening it has taken its part.
    return clock.timer(timeoutMs - clock.now(), () => {
      const error = timeoutError(timeoutMs)
      emit({ type: 'limit', limit: 'timeout', message: error.message })
      controller.abort(error)
    })
  }

  async function loop(): Promise<RunEnd> {
    let pauses = 0
    let nudges = 0
    let unreadable = 0
    let pausedText = ''
    for (let turn = 1; ; turn += 1) {
      if (signal.aborted) return aborted(abortReason(signal))
      if (turn > options.maxTurns) {
        const message = `no answer within ${options.maxTurns} ${options.maxTurns === 1 ? 'turn' : 'turns'}`
        return incomplete('max_turns', message, null, 'give it more with --max-turns')
      }
      emit({ type: 'turn_start', turn })
      const asked = await askTurn(deps, turn, request(turn), signal)
      if (asked.type === 'aborted') return { ...aborted(abortReason(signal)), usage: asked.usage }
      if (asked.type === 'fault') return endOfFault(asked.fault, asked.cut)
      const { message, calls } = asked
      appendAssistant(messages, message)
      await allEnded(calls)
      if (signal.aborted) return aborted(abortReason(signal))
      const verdict = verdictOn(message, calls.length, pausedText)
      if (verdict.type === 'end') return verdict.end
      pauses = verdict.type === 'again' ? pauses + 1 : 0
      nudges = verdict.type === 'empty' ? nudges + 1 : 0
      unreadable = verdict.type === 'unreadable' ? unreadable + 1 : 0
      pausedText = verdict.type === 'again' ? pausedText + messageText(message.content) : ''
      if (pauses > MAX_PAUSES) return incomplete('pause_turn', `the model paused ${pauses} times in a row`, null)
      if (nudges > MAX_NUDGES) return incomplete('empty_answer', 'the model answered nothing, twice', null)
      if (verdict.type === 'unreadable' && unreadable > MAX_UNREADABLE) return unreadableEnd(verdict.reason)
      // A paused message goes back alone; calls in it were not run and are answered as such.
      if (verdict.type !== 'again' || calls.length > 0) {
        sendResults(turn, calls, noteOn(verdict))
      }
    }
  }

  /** Waits for the calls; they are cancelled when the run is. */
  async function allEnded(calls: readonly Call[]): Promise<void> {
    const cancelThem = () => {
      cancelCalls(calls, cancelReason(abortReason(signal)))
    }
    if (signal.aborted) cancelThem()
    else signal.addEventListener('abort', cancelThem, { once: true })
    const outcomes = await Promise.all(calls.map((call) => call.done))
    signal.removeEventListener('abort', cancelThem)
    toolErrors += outcomes.filter((outcome) => isToolError(outcome.status)).length
  }

  function sendResults(turn: number, calls: readonly Call[], note: string | null): void {
    const answered = calls.flatMap(({ id, outcome, rawInput }) =>
      outcome === null ? [] : [{ id, outcome, raw_input: rawInput }],
    )
    emit({ type: 'results', turn, call_ids: calls.map(({ id }) => id), pending_ids: [], late_ids: [], note })
    appendUser(messages, resultsMessage(answered, note).content)
  }

  function request(turn: number): ModelRequest {
    const { system, tools, maxTokens, effort, cache } = options
    return {
      system,
      messages,
      tools,
      maxTokens,
      effort,
      toolChoice: 'auto',
      cache: cache && turn > 1,
      timeLimitMs: null,
    }
  }

  function endOfFault(fault: ModelFault, cut: AssistantMessage | null): RunEnd {
    if (cut === null || fault.status !== 400) return faulted(fault)
    // More tokens than before were refused: what is wrong is the limit, not the request.
    const message = 'the answer is incomplete: a tool call was cut off at the token limit of the model'
    return incomplete('max_tokens', message, messageText(cut.content) || null)
  }

  function withToolErrors(end: RunEnd): RunEnd {
    if (!options.failOnToolError || toolErrors === 0 || end.exit_code !== EXIT.ok) return end
    const message = `${toolErrors} tool ${toolErrors === 1 ? 'call' : 'calls'} failed (--fail-on-tool-error)`
    return { ...end, exit_code: EXIT.tool, error: { code: 'tool_error', message, hint: null } }
  }
}

function noteOn(verdict: Verdict): string | null {
  if (verdict.type === 'unreadable') return unreadableNote(verdict.reason)
  return verdict.type === 'empty' ? NUDGE : null
}

function abortReason(signal: AbortSignal): AgentError {
  if (isAgentError(signal.reason)) return signal.reason
  return new AgentError('interrupted', 'the run was aborted', { exit: 'sigint', cause: signal.reason })
}
