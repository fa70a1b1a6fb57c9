/**
 * What the signal of an attempt says: whether its call was canceled or its time is over, and in which
 * words a tool is told. What follows from either is the matter of the source that runs it.
 */

/** Whether the call was canceled, and its attempt not given up because the time was over. */
export function isCanceled({ aborted, reason }: AbortSignal): boolean {
  return aborted && !isTimeout(reason)
}

/** Whether an attempt was given up because its time was over. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError'
}

/** What a tool finds as its signal's reason. */
export function reasonText(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason ?? 'aborted')
}

/** What is awaited, or `aborted` as soon as the signal is; it must not be so already. */
export function orAborted<T, A>(awaited: Promise<T>, signal: AbortSignal, aborted: A): Promise<T | A> {
  return new Promise((resolve) => {
    const onAbort = () => resolve(aborted)
    signal.addEventListener('abort', onAbort, { once: true })
    void awaited.then((value) => {
      signal.removeEventListener('abort', onAbort)
      resolve(value)
    })
  })
}
