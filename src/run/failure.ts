/**
 * What a run says that a failed call has ended. Which failures do, and what becomes of the other
 * calls, is schedule/failure-mode.ts's.
 */
import { AgentError, unreachable } from '../contract/error.ts'
import type { RunFailure } from '../schedule/failure-mode.ts'

export function failureError({ tool, reason, why }: RunFailure): AgentError {
  switch (why) {
    case 'critical':
      return new AgentError('critical_tool', `${tool} is critical and failed: ${reason}`, { exit: 'tool' })
    case 'no-new':
    case 'fail-fast': {
      const hint = 'with --on-error collect the model is told, and goes on'
      return new AgentError('on_error', `${tool} failed first: ${reason}`, { exit: 'tool', hint })
    }
    default:
      return unreachable(why)
  }
}
