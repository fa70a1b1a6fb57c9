/**
 * Why a call is ended before its time. It is what the tool finds as its signal's reason, and what the
 * call's outcome says: `code` for scripts, the message for the model and for people.
 */

import { isAgentError, thrownMessage } from './error.ts'

export class CancelReason extends Error {
  readonly code: string
  /** `skipped`: nobody waits for it any more, so that it is settled at once, whatever its effect. */
  readonly status: 'canceled' | 'skipped'

  constructor(code: string, message: string, status: 'canceled' | 'skipped' = 'canceled') {
    super(message)
    this.name = 'AbortError'
    this.code = code
    this.status = status
  }
}

/** The reason that an AbortSignal was aborted with, as that of the calls it ends. */
export function cancelReason(reason: unknown): CancelReason {
  if (reason instanceof CancelReason) return reason
  const code = isAgentError(reason) ? reason.code : 'canceled'
  return new CancelReason(code, thrownMessage(reason))
}
