/**
 * What a failed call means for the run. Pure; who acts on it is the scheduler (nothing starts any
 * more) and the run (which ends).
 */
import type { OnError } from '../contract/config.ts'
import type { Outcome } from '../contract/outcome.ts'
import { isToolError } from '../contract/outcome.ts'
import type { Priority } from '../contract/tool.ts'

/** The call that ends the run: the first one that failed, or a critical one. */
export type RunFailure = {
  callId: string
  tool: string
  /** What it failed with. */
  reason: string
  why: 'critical' | 'no-new' | 'fail-fast'
}

/** `go_on`: the model is told. `no_new`: running calls finish, none starts. `stop`: they are canceled. */
export type Consequence = 'go_on' | 'no_new' | 'stop'

export function consequence(mode: OnError, priority: Priority, outcome: Outcome): Consequence {
  // Canceled, or kept from starting: something else has decided that already.
  const { status } = outcome
  if (!isToolError(status) || status === 'canceled' || status === 'not_started') return 'go_on'
  if (priority === 'critical' || mode === 'fail-fast') return 'stop'
  return mode === 'no-new' ? 'no_new' : 'go_on'
}
