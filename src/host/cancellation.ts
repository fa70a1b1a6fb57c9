/**
 * The host's side of a call's signal. The AbortController is made when a tool asks for the signal:
 * most never do, and one costs 10 us.
 */
export interface Cancellation {
  readonly signal: AbortSignal
  readonly aborted: boolean
  /** As `signal.reason`, without making the signal. */
  readonly reason: unknown
  abort(reason: string): void
}

export function newCancellation(): Cancellation {
  let controller: AbortController | null = null
  let reason: DOMException | null = null
  return {
    get signal() {
      controller ??= new AbortController()
      if (reason !== null) controller.abort(reason)
      return controller.signal
    },
    get aborted() {
      return reason !== null
    },
    get reason() {
      return reason
    },
    abort(text) {
      // What `signal.reason` is inside a tool: an AbortError, as fetch and node's own functions expect.
      reason ??= new DOMException(text, 'AbortError')
      controller?.abort(reason)
    },
  }
}
