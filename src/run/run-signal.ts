/**
 * What ends a run at once: whoever asked (Ctrl-C), `--timeout`, a failed call. All calls end with it,
 * and none starts after it; each says why.
 */
import { cancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import { AgentError, isAgentError } from '../contract/error.ts'
import type { EventBody } from '../contract/event.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import { timeoutError } from './limits.ts'

export interface RunSignal {
  readonly signal: AbortSignal
  abort(error: AgentError): void
  /** What it was aborted with. */
  reason(): AgentError
  close(): void
}

export function openRunSignal(
  outer: AbortSignal,
  timeoutMs: number | null,
  { clock, emit, scheduler }: { clock: Clock; emit: (event: EventBody) => void; scheduler: Scheduler },
): RunSignal {
  const controller = new AbortController()
  const { signal } = controller
  const reason = () => {
    if (isAgentError(signal.reason)) return signal.reason
    return new AgentError('interrupted', 'the run was aborted', { exit: 'sigint', cause: signal.reason })
  }
  const endCalls = () => scheduler.cancelAll(cancelReason(reason()))
  const forward = () => controller.abort(outer.reason)
  signal.addEventListener('abort', endCalls, { once: true })
  if (outer.aborted) forward()
  else outer.addEventListener('abort', forward, { once: true })
  // Counted from the start of the run: opening it has taken its part.
  const stopTimer = timeoutMs === null ? () => {} : clock.timer(timeoutMs - clock.now(), () => expire(timeoutMs))

  function expire(afterMs: number): void {
    const error = timeoutError(afterMs)
    emit({ type: 'limit', limit: 'timeout', message: error.message })
    controller.abort(error)
  }

  return {
    signal,
    abort: (error) => controller.abort(error),
    reason,
    close: () => {
      stopTimer()
      outer.removeEventListener('abort', forward)
    },
  }
}
