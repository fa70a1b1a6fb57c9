/**
 * Which calls go on when a run goes on that had ended: those that its end has given up, and that may run. A `write`
 * that was given up while it ran may have happened, and stays as it is. Pure.
 */
import type { EventOf } from './event.ts'
import type { Outcome } from './outcome.ts'
import type { Effect } from './tool.ts'

/** @param call  of a message that stands, and the model was not told of it */
export function isReopened(
  { error }: Pick<EventOf<'run_end'>, 'error'>,
  { outcome, effect }: { outcome: Outcome | null; effect: Effect | null },
): boolean {
  if (outcome === null || outcome.status === 'ok' || outcome.error.code !== error?.code) return false
  return outcome.status === 'not_started' || (outcome.status === 'canceled' && effect !== 'write')
}
