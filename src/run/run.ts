/**
 * The loop: turn after turn until the stop reason is not tool_use, or a limit is met. It reads what
 * a message means, gives the results back in the model's order, and ends the run in exactly one way.
 */

import { appendAssistant, appendUser } from '../contract/conversation.ts'
import type { AgentError } from '../contract/error.ts'
import { EXIT, isAgentError, AgentError as RunAbort } from '../contract/error.ts'
import type { AssistantMessage, Message } from '../contract/message.ts'
import { messageText } from '../contract/message.ts'
import type { Effort, ModelRequest } from '../contract/model.ts'
import { isToolError } from '../contract/outcome.ts'
import type { ToolDefinition } from '../contract/tool.ts'
import { resultsMessage } from '../contract/tool-result.ts'
import type { Call } from '../schedule/call.ts'
import type { RunEnd } from './limits.ts'
import { aborted, completed, faulted, incomplete, MAX_NUDGES, MAX_PAUSES, NUDGE, refused } from './limits.ts'
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

export async function run(deps: TurnDeps, options: RunOptions, outer: AbortSignal): Promise<void> {
  const { clock, emit, model } = deps
  const controller = new AbortController()
  const forward = () => controller.abort(outer.reason)
  if (outer.aborted) forward()
  else outer.addEventListener('abort', forward, { once: true })
  const stopTimer = options.timeoutMs === null ? null : startTimeout(options.timeoutMs)
  const messages = [...options.messages]
  emit({
    type: 'run_start',
    run_id: options.runId,
    started_at: new Date(clock.wall() - clock.now()).toISOString(),
    version: options.version,
    question: options.question,
    model: model.name,
    messages: options.messages,
  })
  let toolErrors = 0
  const end = await loop()
  stopTimer?.()
  outer.removeEventListener('abort', forward)
  emit({ type: 'run_end', ...withToolErrors(end) })

  function startTimeout(timeoutMs: number): () => void {
    return clock.timer(timeoutMs, () => {
      const message = `the run took longer than ${timeoutMs} ms`
      emit({ type: 'limit', limit: 'timeout', message })
      controller.abort(new RunAbort('timeout', message, { exit: 'timeout', hint: 'give it more with --timeout' }))
    })
  }

  async function loop(): Promise<RunEnd> {
    let pauses = 0
    let nudges = 0
    for (let turn = 1; ; turn += 1) {
      if (controller.signal.aborted) return aborted(abortReason(controller.signal))
      if (turn > options.maxTurns)
        return limit('max_turns', `no answer within ${options.maxTurns} turns`, '--max-turns')
      emit({ type: 'turn_start', turn })
      const asked = await askTurn(deps, turn, request(turn), controller.signal)
      if (asked.type === 'fault') return endOfFault(asked.fault, asked.cut)
      const { message, calls } = asked
      appendAssistant(messages, message)
      const answered = await answer(turn, message, calls, nudges)
      if (answered !== 'go on') {
        if (answered === 'nudge') nudges += 1
        else if (answered !== 'pause') return answered
        else if (++pauses > MAX_PAUSES) return limit('pause_turn', `the model paused ${pauses} times in a row`, null)
      }
    }
  }

  /** What the message asks for: results, a nudge, the same again, or the end. */
  async function answer(
    turn: number,
    message: AssistantMessage,
    calls: Call[],
    nudges: number,
  ): Promise<RunEnd | 'go on' | 'nudge' | 'pause'> {
    const cancelCalls = () => {
      for (const call of calls) call.cancel(abortReason(controller.signal))
    }
    controller.signal.addEventListener('abort', cancelCalls, { once: true })
    if (controller.signal.aborted) cancelCalls()
    const outcomes = await Promise.all(calls.map((call) => call.done))
    controller.signal.removeEventListener('abort', cancelCalls)
    toolErrors += outcomes.filter((outcome) => isToolError(outcome.status)).length
    if (controller.signal.aborted) return aborted(abortReason(controller.signal))
    const text = messageText(message.content)
    switch (message.stop_reason) {
      case 'tool_use':
        if (calls.length > 0) {
          sendResults(turn, calls, null)
          return 'go on'
        }
        return ifText(text, completed(text))
      case 'end_turn':
      case 'stop_sequence':
        return ifText(text, completed(text))
      case 'pause_turn':
        if (calls.length > 0) sendResults(turn, calls, null)
        return 'pause'
      case 'max_tokens':
        return limit('max_tokens', 'the answer was cut off at the token limit', '--max-tokens', text || null)
      case 'model_context_window_exceeded':
        return limit('context_window', 'the conversation no longer fits into the model', null, text || null)
      case 'refusal':
        return refused()
      case 'offline_no_plan':
        return incomplete('no_plan', 'the offline model found no tool for this question', text)
      default: {
        const word = JSON.stringify(message.stop_reason)
        return incomplete('unknown_stop_reason', `the message ended with ${word}`, text || null)
      }
    }

    function ifText(text: string, end: RunEnd): RunEnd | 'nudge' {
      if (text.trim() !== '') return end
      if (nudges >= MAX_NUDGES) return limit('empty_answer', 'the model answered nothing, twice', null)
      sendResults(turn, calls, NUDGE)
      return 'nudge'
    }
  }

  function sendResults(turn: number, calls: readonly Call[], note: string | null): void {
    const answered = calls.flatMap((call) =>
      call.outcome === null ? [] : [{ id: call.id, outcome: call.outcome, raw_input: call.rawInput }],
    )
    emit({ type: 'results', turn, call_ids: calls.map((call) => call.id), pending_ids: [], late_ids: [], note })
    appendUser(messages, resultsMessage(answered, note).content)
  }

  function request(turn: number): ModelRequest {
    const { system, tools, maxTokens, effort, cache } = options
    return { system, messages, tools, maxTokens, effort, toolChoice: 'auto', cache: cache && turn > 1 }
  }

  function endOfFault(fault: Parameters<typeof faulted>[0], cut: AssistantMessage | null): RunEnd {
    if (controller.signal.aborted) return { ...aborted(abortReason(controller.signal)), usage: fault.usage }
    if (cut === null || fault.status !== 400) return faulted(fault)
    const text = messageText(cut.content)
    return limit('max_tokens', 'a tool call was cut off at the token limit of the model', null, text || null)
  }

  function limit(code: string, message: string, flag: string | null, answer: string | null = null): RunEnd {
    emit({ type: 'limit', limit: code, message })
    return incomplete(code, message, answer, flag === null ? null : `give it more with ${flag}`)
  }

  function withToolErrors(end: RunEnd): RunEnd {
    if (!options.failOnToolError || toolErrors === 0 || end.exit_code !== EXIT.ok) return end
    const message = `${toolErrors} tool ${toolErrors === 1 ? 'call' : 'calls'} failed (--fail-on-tool-error)`
    return { ...end, exit_code: EXIT.tool, error: { code: 'tool_error', message, hint: null } }
  }
}

function abortReason(signal: AbortSignal): AgentError {
  if (isAgentError(signal.reason)) return signal.reason
  return new RunAbort('interrupted', 'the run was aborted', { exit: 'sigint', cause: signal.reason })
}
