/**
 * Which failures of a turn with many calls are told by a line of their own, and what is said of the
 * others: the same tool with the same code is one reason, and is counted.
 */
import type { FailedOutcome, Outcome } from '../contract/outcome.ts'
import { endingOf } from './progress-tally.ts'

/** Lines for one turn. */
const MAX_TOLD = 10
/** Of one reason, so that a tool that always fails does not take the place of another one's. */
const MAX_ALIKE = 5

export type Reason = { text: string; count: number }

export interface Failures {
  /** Whether it is to be told by a line of its own; a failure that is not is counted. */
  tells(tool: string, outcome: Outcome): boolean
  /** Those that were not told, the commonest reason first. */
  untold(): { count: number; reasons: readonly Reason[] }
}

export function openFailures(): Failures {
  const seen = new Map<string, { told: number; untold: number }>()
  let told = 0
  let untold = 0
  return {
    tells: (tool, outcome) => {
      // what a run's end has cut off did not fail of its own, and the turn's last line counts it
      if (outcome.status === 'ok' || endingOf(outcome.status) !== 'failed') return false
      const text = reasonText(tool, outcome)
      const reason = seen.get(text) ?? { told: 0, untold: 0 }
      seen.set(text, reason)
      const tells = told < MAX_TOLD && reason.told < MAX_ALIKE
      if (tells) {
        told += 1
        reason.told += 1
      } else {
        untold += 1
        reason.untold += 1
      }
      return tells
    },
    untold: () => {
      const reasons = [...seen].map(([text, reason]) => ({ text, count: reason.untold }))
      return { count: untold, reasons: reasons.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count) }
    },
  }
}

/** `get_weather timed out`, `get_weather failed (exit)` */
function reasonText(tool: string, { status, error }: FailedOutcome): string {
  const code = error.code === '' || error.code === status ? '' : ` (${error.code})`
  return `${tool} ${status.replaceAll('_', ' ')}${code}`
}
