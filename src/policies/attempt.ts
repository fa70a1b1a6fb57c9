/**
 * What the policies around an attempt have in common: each takes an attempt and gives one back, so
 * that compose.ts can put them around a tool in one order.
 */

import type { Outcome } from '../contract/outcome.ts'
import type { AttemptContext } from '../contract/tool.ts'

/** Resolves with the outcome, never rejects. */
export type Attempt = (context: AttemptContext) => Promise<Outcome>

/** The message of the error that a signal was aborted with. */
export function abortMessage(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason)
}
