/**
 * What may not go on for ever: messages in a row that pause, say nothing, or cannot be read, and answers
 * that do not fit, in a row or not. It counts verdicts (stop-reason.ts) and says when it has been too many.
 */
import type { RunEnd } from './limits.ts'
import { incomplete, MAX_NUDGES, MAX_PAUSES, MAX_UNFIT, MAX_UNREADABLE, unfitEnd, unreadableEnd } from './limits.ts'
import type { Verdict } from './stop-reason.ts'

export interface Streaks {
  /** Counts the verdict. @returns how the run ends where it was one too many */
  add(verdict: Verdict): RunEnd | null
}

export function openStreaks(): Streaks {
  let pauses = 0
  let nudges = 0
  let unreadable = 0
  let unfit = 0

  return {
    add: (verdict) => {
      pauses = verdict.type === 'again' ? pauses + 1 : 0
      nudges = verdict.type === 'empty' ? nudges + 1 : 0
      unreadable = verdict.type === 'unreadable' ? unreadable + 1 : 0
      if (pauses > MAX_PAUSES) return incomplete('pause_turn', `the model paused ${pauses} times in a row`, null)
      if (nudges > MAX_NUDGES) return incomplete('empty_answer', 'the model answered nothing, twice', null)
      if (verdict.type === 'unreadable' && unreadable > MAX_UNREADABLE) return unreadableEnd(verdict.reason)
      if (verdict.type !== 'unfit') return null
      unfit += 1
      return unfit > MAX_UNFIT ? unfitEnd(verdict.reasons, 'twice', verdict.answer) : null
    },
  }
}
