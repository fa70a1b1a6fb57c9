/**
 * Puts the policies around a tool, once for all its calls, outside in: deadline, exclusive key, retry,
 * admission (breaker, rate limit and slots in one step), cancel, timeout, tool.
 */
import type { Clock } from '../contract/clock.ts'
import { policyInForce } from '../contract/policy.ts'
import type { Tool } from '../contract/tool.ts'
import type { Admission } from './admit.ts'
import { cancel } from './cancel.ts'
import { deadline } from './deadline.ts'
import { exclusive } from './exclusive.ts'
import type { Step } from './policied.ts'
import { retry } from './retry.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { AttemptStep } from './running-attempt.ts'
import { timeout } from './timeout.ts'

export type Shared = { clock: Clock; admission: Admission; budget: RetryBudget }

export function compose(tool: Tool, { clock, admission, budget }: Shared): Step {
  const policy = policyInForce(tool.effect, tool.policy)
  const attempt = cancel(tool.effect, clock, timeout(policy.timeout_ms, clock, runTool(tool)))
  const attempts = retry(tool.effect, policy.retry, budget, clock, admission.around(tool, policy, attempt))
  const ordered = tool.exclusive === undefined ? attempts : exclusive(clock, attempts)
  return policy.deadline_ms === null ? ordered : deadline(policy.deadline_ms, clock, ordered)
}

/** The innermost step. A source never rejects: where one does, that is a bug of ours. */
function runTool(tool: Tool): AttemptStep {
  return (attempt, settle) => {
    const { call } = attempt
    tool.run(call.input, attempt).then(settle, (error) => call.bug(error))
  }
}
