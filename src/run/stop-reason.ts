/**
 * What a whole message means for the run, by its stop reason. Pure. A message that was cut, refused
 * or ended in a way that nobody knows never passes for a whole answer.
 */
import { unfitNote } from '../contract/answer-note.ts'
import type { AssistantMessage } from '../contract/message.ts'
import { messageText } from '../contract/message.ts'
import { NO_FIT_STOP_REASON, NO_PLAN_STOP_REASON, UNREADABLE_CALLS_STOP_REASON } from '../contract/model.ts'
import type { RunEnd } from './limits.ts'
import { completed, incomplete, NUDGE, refused, unreadableNote } from './limits.ts'

export type Verdict =
  /** The results go back, and the loop goes on. */
  | { type: 'results' }
  /** The same conversation is sent again, as the API wants it after `pause_turn`. */
  | { type: 'again' }
  /** There is nothing in the message: the model is asked to say something. */
  | { type: 'empty' }
  /** It has nothing more to do, and results are owed to it: they are waited for. What it says is no answer yet. */
  | { type: 'wait' }
  /** It was meant to hold calls: the model is told why they cannot be read, and writes them again. */
  | { type: 'unreadable'; reason: string }
  /** It answered, and the answer does not fit the schema: it is told why, and answers again. */
  | { type: 'unfit'; reasons: readonly string[]; answer: string }
  | { type: 'end'; end: RunEnd }

export type Situation = {
  /** How many calls the message holds. */
  calls: number
  /** Text of the messages that paused before this one; the answer begins with it. */
  before: string
  /** Whether results of earlier calls are owed to the model. */
  pending: boolean
}

export function verdictOn(message: AssistantMessage, { calls, before, pending }: Situation): Verdict {
  const { stop_reason, content } = message
  const text = before + messageText(content)
  const answer = text.trim() === '' ? null : text
  const cut = (code: string, reason: string, hint: string | null): Verdict => ({
    type: 'end',
    end: incomplete(code, `the answer is incomplete: ${reason}`, answer, hint),
  })
  switch (stop_reason) {
    case 'tool_use':
    case 'end_turn':
    case 'stop_sequence':
      // Calls in a message that ended otherwise than with tool_use did not run, and the model is told so:
      // what it wrote beside them is no answer yet.
      if (calls > 0) return { type: 'results' }
      if (pending) return { type: 'wait' }
      return answer === null ? { type: 'empty' } : { type: 'end', end: completed(answer) }
    case 'pause_turn':
      return { type: 'again' }
    case 'max_tokens':
      return cut('max_tokens', 'it was cut off at the token limit', 'give it more with --max-tokens')
    case 'model_context_window_exceeded':
      return cut('context_window', 'the conversation no longer fits into the model', null)
    case 'refusal':
      return { type: 'end', end: refused() }
    case UNREADABLE_CALLS_STOP_REASON:
      return { type: 'unreadable', reason: message.unreadable ?? 'they are not JSON' }
    case NO_PLAN_STOP_REASON:
      return {
        type: 'end',
        end: incomplete('no_plan', 'no answer: the offline model found no tool for this question', answer),
      }
    case NO_FIT_STOP_REASON:
      return {
        type: 'end',
        end: incomplete('no_fit', 'no answer: the offline model cannot fill the schema from tool results', answer),
      }
    default:
      return cut('unknown_stop_reason', `the message ended with ${JSON.stringify(stop_reason)}`, null)
  }
}

/** What is said to the model of its message, or null. */
export function noteOn(verdict: Verdict): string | null {
  if (verdict.type === 'unreadable') return unreadableNote(verdict.reason)
  if (verdict.type === 'unfit') return unfitNote(verdict.reasons)
  return verdict.type === 'empty' ? NUDGE : null
}
