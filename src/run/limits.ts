/**
 * The limits of a run, and what a run that met one says. Words for scripts (`code`) and for people.
 */

import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT, unreachable } from '../contract/error.ts'
import type { EventBody, RunError, RunStatus } from '../contract/event.ts'
import type { AssistantMessage, Usage } from '../contract/message.ts'
import { messageText } from '../contract/message.ts'
import type { FaultKind, ModelFault } from '../contract/model.ts'

export const MAX_MODEL_ATTEMPTS = 4
export const MODEL_BACKOFF = { baseMs: 500, factor: 2, maxMs: 8_000 }
/** A server may ask for a longer pause than this; then the run ends and says so. */
export const MAX_RETRY_AFTER_MS = 60_000
/** Of one turn's message, all attempts and pauses together. */
export const MAX_TURN_MS = 600_000
export const MAX_PAUSES = 5
export const MAX_NUDGES = 1
export const MAX_UNREADABLE = 1
export const MAX_UNFIT = 1
export const NUDGE = 'Your last message was empty. Please answer the question, or call a tool.'

/** What the model is told of a message whose calls could not be read. */
export function unreadableNote(reason: string): string {
  return `Your last message was read as tool calls, and they cannot be read: ${reason}. Please write it again.`
}

/** `--timeout` has passed, wherever the run is. */
export function timeoutError(timeoutMs: number): AgentError {
  const message = `the run took longer than ${timeoutMs} ms`
  return new AgentError('timeout', message, { exit: 'timeout', hint: 'give it more with --timeout' })
}

/** How a run ends. */
export type RunEnd = Omit<Extract<EventBody, { type: 'run_end' }>, 'type'>

export function completed(answer: string): RunEnd {
  return runEnd('completed', EXIT.ok, answer, null)
}

/** Nothing is decided of the question: the run can go on with what it has come to. */
export function isCutShort({ status, exit_code }: Pick<RunEnd, 'status' | 'exit_code'>): boolean {
  return status === 'interrupted' || status === 'timed_out' || exit_code === EXIT.unavailable
}

/** There may be an answer, but it must not pass for a whole one. */
export function incomplete(code: string, message: string, answer: string | null, hint: string | null = null): RunEnd {
  return runEnd('incomplete', EXIT.incomplete, answer, { code, message, hint })
}

export function unreadableEnd(reason: string): RunEnd {
  return incomplete('unreadable_calls', `the model wrote tool calls that cannot be read, twice: ${reason}`, null)
}

/** @param why  none is asked for any more: `twice`, `and no turn is left` */
export function unfitEnd(reasons: readonly string[], why: string, answer: string, hint: string | null = null): RunEnd {
  return incomplete('answer_unfit', `the answer does not fit the schema, ${why}: ${firstOf(reasons)}`, answer, hint)
}

/** Of reasons that stand in one line; all of them were told to the model. */
const MAX_TOLD_REASONS = 3

export function firstOf(reasons: readonly string[]): string {
  const more = reasons.length - MAX_TOLD_REASONS
  return `${reasons.slice(0, MAX_TOLD_REASONS).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

export function refused(): RunEnd {
  return runEnd('refused', EXIT.refused, null, { code: 'refused', message: 'the model refused to answer', hint: null })
}

/** Ended by its time-out, by a failed call, or by whoever asked. */
export function aborted(error: AgentError): RunEnd {
  const { code, message, hint, exitCode } = error
  return runEnd(abortStatus(exitCode), exitCode, null, { code, message, hint })
}

/** `--fail-on-tool-error`: an answer stands, but is not taken for success. @param errors  calls that failed */
export function failedBy(errors: number, end: RunEnd): RunEnd {
  if (errors === 0 || end.exit_code !== EXIT.ok) return end
  const message = `${errors} tool ${errors === 1 ? 'call' : 'calls'} failed (--fail-on-tool-error)`
  return { ...end, exit_code: EXIT.tool, error: { code: 'tool_error', message, hint: null } }
}

/** It has ended as it has, and what was to be kept of it could not be written. */
export function unkept(end: RunEnd, { code, message, hint, exitCode }: AgentError): RunEnd {
  return { ...end, exit_code: exitCode, error: { code, message, hint } }
}

function abortStatus(exitCode: ExitCode): RunStatus {
  if (exitCode === EXIT.timeout) return 'timed_out'
  return exitCode === EXIT.tool || exitCode === EXIT.rejected ? 'failed' : 'interrupted'
}

/** @param answer  what messages that only paused have said of it */
export function outOfTurns(maxTurns: number, answer: string | null): RunEnd {
  const message = `no answer within ${maxTurns} ${maxTurns === 1 ? 'turn' : 'turns'}`
  return incomplete('max_turns', message, answer, 'give it more with --max-turns')
}

/** @param cut  the message that max_tokens ended, where asking for more was refused */
export function endOfFault(fault: ModelFault, cut: AssistantMessage | null): RunEnd {
  if (cut === null || fault.status !== 400) return faulted(fault)
  // More tokens than before were refused: what is wrong is the limit, not the request.
  const message = 'the answer is incomplete: a tool call was cut off at the token limit of the model'
  return incomplete('max_tokens', message, messageText(cut.content) || null)
}

function faulted({ kind, code, message, hint, usage }: ModelFault): RunEnd {
  return { ...runEnd('failed', faultExit(kind), null, { code, message, hint }), usage }
}

function faultExit(kind: FaultKind): ExitCode {
  switch (kind) {
    case 'account':
      return EXIT.account
    case 'rejected':
      return EXIT.rejected
    case 'unavailable':
    case 'aborted':
      return EXIT.unavailable
    default:
      return unreachable(kind)
  }
}

export function runEnd(status: RunStatus, exit: ExitCode, answer: string | null, error: RunError | null): RunEnd {
  const usage: Usage | null = null
  return { status, exit_code: exit, answer, structured: null, error, usage }
}
