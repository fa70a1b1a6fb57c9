/**
 * The time by which the model is to answer. When it is over, no call goes on and none starts; what
 * is asked of the model then, and what its last message is worth, is said here, and done by run.ts.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBody } from '../contract/event.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { RunEnd } from './limits.ts'
import { incomplete } from './limits.ts'

/** Behind the results of the last request. */
export const ANSWER_NOW =
  'There is no more time. Give your answer now, from what there is, and say what is missing; no tool can be called any more.'

export interface AnswerBy {
  readonly isOver: boolean
  /** What comes of the run then: there is an answer or there is none, it is not the whole one. */
  end(answer: string | null, why?: string): RunEnd
  close(): void
}

/** @param answerByMs  from the start of the run; null: it has all the time */
export function openAnswerBy(
  answerByMs: number | null,
  { clock, emit, scheduler }: { clock: Clock; emit: (event: EventBody) => void; scheduler: Scheduler },
): AnswerBy {
  let isOver = false
  const message = `the time to answer is over after ${answerByMs} ms`

  function expire(): void {
    isOver = true
    emit({ type: 'limit', limit: 'answer_by', message })
    scheduler.cancelAll(new CancelReason('answer_by', message))
  }

  // Counted from the start of the run: opening it has taken its part.
  const close = answerByMs === null ? () => {} : clock.timer(answerByMs - clock.now(), expire)
  return {
    get isOver() {
      return isOver
    },
    end: (answer, why) => {
      const told = `the answer is incomplete: ${message}${why === undefined ? '' : `, and ${why}`}`
      return incomplete('answer_by', told, answer, 'give it more with --answer-by')
    },
    close,
  }
}
