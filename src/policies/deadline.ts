/**
 * Ends a call whose time is up, all its attempts, pauses and waits together. What it still does, it
 * does for nobody: it is told to end, and what it holds is given back when it has.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import { failure } from '../contract/outcome.ts'
import type { Step } from './policied.ts'

export function deadline(deadlineMs: number, clock: Clock, next: Step): Step {
  return (call, settle) => {
    let over = false
    const stop = clock.timer(deadlineMs, () => {
      over = true
      const began = call.hasStarted ? 'the tool may still be running' : 'it had not started'
      const message = `no result within its deadline of ${deadlineMs} ms; ${began}`
      settle(failure('timed_out', 'deadline', message))
      call.cancellation.cancel(new CancelReason('deadline', message))
    })
    next(call, (outcome) => {
      if (over) return
      over = true
      stop()
      settle(outcome)
    })
  }
}
