/**
 * How a tool call ended. A closed union: every call gets exactly one final outcome, and each maps
 * to one tool result (tool-result.ts). A tool's failure is data here, never an exception.
 */

import type { JsonValue } from './json.ts'
import type { ContentBlock } from './message.ts'

/** `code` is stable and meant for scripts, `message` is for the model and for people. */
export type CallError = { code: string; message: string }

export type OkOutcome = {
  status: 'ok'
  output: JsonValue
  /** Bytes of the output as UTF-8 before anything was left out. */
  output_bytes: number
  /** True where `output` is head and tail of something larger. */
  truncated: boolean
  /** Content blocks for the model where text does not do (images, resources). */
  content?: ContentBlock[]
}

export const FAILURES = [
  'failed',
  'timed_out',
  'invalid_input',
  'unknown_tool',
  'circuit_open',
  'denied',
  /** had started */
  'canceled',
  'not_started',
  'skipped',
  /** may have happened */
  'interrupted',
] as const

export type FailureStatus = (typeof FAILURES)[number]
export type FailedOutcome = {
  status: FailureStatus
  error: CallError
  /** False: it cannot get better, however often it is tried. Left out: nobody knows. */
  retryable?: boolean
}
export type Outcome = OkOutcome | FailedOutcome
export type OutcomeStatus = Outcome['status']

export function failure(status: FailureStatus, code: string, message: string): FailedOutcome {
  return { status, error: { code, message } }
}

/** What `totals.tool_errors` and `--fail-on-tool-error` count. */
export function isToolError(status: OutcomeStatus): boolean {
  return status !== 'ok' && status !== 'skipped'
}

/** A failure that another attempt would only repeat. */
export function permanentFailure(code: string, message: string): FailedOutcome {
  return { status: 'failed', error: { code, message }, retryable: false }
}
