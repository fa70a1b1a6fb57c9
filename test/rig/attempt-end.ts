/** How an attempt is told to end, of one that a test begins itself with a signal. */
import type { AttemptContext } from '../../src/contract/tool.ts'

export function attemptEnd(signal: AbortSignal): Pick<AttemptContext, 'signal' | 'abortReason' | 'onAbort'> {
  return {
    signal,
    get abortReason() {
      return signal.aborted ? signal.reason : null
    },
    onAbort: (listener) => {
      signal.addEventListener('abort', listener, { once: true })
      return () => signal.removeEventListener('abort', listener)
    },
  }
}
