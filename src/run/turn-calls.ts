/**
 * How long calls are waited for: until all have ended, but for optional ones, which hold nobody up,
 * and no longer than until an early answer is due. It ends no call but those whose grace is over.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import { within } from '../contract/clock.ts'
import type { Call } from '../schedule/call.ts'
import { cancelCalls } from '../schedule/call.ts'

export type Patience = {
  clock: Clock
  /** What optional calls have once all others are done. */
  optionalGraceMs: number
  /** Where all are optional: whether their grace counts from the end of the first, or from now. */
  allOptionalFrom: 'first_end' | 'now'
  /** After this, those that still run are left to themselves; null: never. */
  earlyMs: number | null
  /** Asked when `earlyMs` is over: whether they are waited for all the same. */
  staysAnyway: () => boolean
}

export async function waitForCalls(calls: readonly Call[], patience: Patience): Promise<void> {
  const { clock, earlyMs, staysAnyway } = patience
  let leave = () => {}
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const ended = endAll(calls, patience, left)
  if (earlyMs === null || (await within(earlyMs, ended, clock)) || staysAnyway()) await ended
  leave()
}

/** @param left  resolves when nobody waits any more: then there is no grace that could be over */
async function endAll(calls: readonly Call[], patience: Patience, left: Promise<void>): Promise<void> {
  const { clock, optionalGraceMs, allOptionalFrom } = patience
  const optional = calls.filter(isOptional)
  const others = calls.filter((call) => !isOptional(call))
  await allEnded(others)
  if (optional.length === 0) return
  if (others.length === 0 && allOptionalFrom === 'first_end') await Promise.race(optional.map(({ done }) => done))
  const ended = allEnded(optional)
  if (optional.every(hasEnded)) return await ended
  if (!(await within(optionalGraceMs, Promise.race([ended, left]), clock))) {
    cancelCalls(
      optional.filter((call) => !hasEnded(call)),
      SKIPPED,
    )
  }
  await ended
}

const SKIPPED = new CancelReason(
  'optional_grace',
  'the call is optional, and was not waited for: all others were done',
  'skipped',
)

function isOptional({ tool }: Call): boolean {
  return tool?.policy.priority === 'optional'
}

function hasEnded({ outcome }: Call): boolean {
  return outcome !== null
}

async function allEnded(calls: readonly Call[]): Promise<void> {
  await Promise.all(calls.map(({ done }) => done))
}
