/**
 * What a failed call means for the run. Pure; who acts on it is the scheduler (nothing starts any
 * more) and the run (which ends).
 */
import type { OnError } from '../contract/config.ts'
import type { Outcome } from '../contract/outcome.ts'
import { isToolError } from '../contract/outcome.ts'
import type { Tool } from '../contract/tool.ts'

/** The call that ends the run: the first one that failed, or a critical one. */
export type RunFailure = {
  callId: string
  tool: string
  /** What it failed with. */
  reason: string
  why: 'critical' | 'no-new' | 'fail-fast'
}

/**
 * What a call that failed is to the run; null: the model is told, and the run goes on. With `no-new`
 * running calls finish and none starts, else they are canceled.
 */
export function runFailure(
  { id, name, tool }: { id: string; name: string; tool: Tool | undefined },
  outcome: Outcome,
  mode: OnError,
): RunFailure | null {
  // Canceled, or kept from starting: something else has decided that already.
  const { status } = outcome
  if (status === 'ok' || !isToolError(status) || status === 'canceled' || status === 'not_started') return null
  const why = tool?.policy.priority === 'critical' ? 'critical' : mode
  return why === 'collect' ? null : { callId: id, tool: name, reason: outcome.error.message, why }
}
