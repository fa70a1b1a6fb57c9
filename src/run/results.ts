/**
 * Tells the model of its calls: the event, and the user message that the next request sends. Calls
 * that have not ended are answered as still running, and owed; what was owed and has ended since
 * goes along.
 */
import { appendUser } from '../contract/conversation.ts'
import type { EventBody } from '../contract/event.ts'
import type { Message } from '../contract/message.ts'
import type { AnsweredCall } from '../contract/tool-result.ts'
import { resultsMessage } from '../contract/tool-result.ts'
import type { Call } from '../schedule/call.ts'
import type { PendingCalls } from './pending-calls.ts'

export type Telling = {
  emit: (event: EventBody) => void
  /** The conversation; grows. */
  messages: Message[]
  pending: PendingCalls
}

/**
 * @param calls  those of the message, in the model's order
 * @param note   text of ours behind the results, or null
 */
export function tellResults(
  { emit, messages, pending }: Telling,
  turn: number,
  calls: readonly Call[],
  note: string | null,
): void {
  const late = pending.takeEnded()
  if (calls.length === 0 && late.length === 0 && note === null) return
  const running = calls.filter(({ outcome }) => outcome === null)
  for (const call of running) emit({ type: 'call_pending', turn, call_id: call.id })
  pending.add(running)
  const ids = { call_ids: calls.map(idOf), pending_ids: running.map(idOf), late_ids: late.map(idOf) }
  emit({ type: 'results', turn, ...ids, note })
  appendUser(messages, resultsMessage({ calls: calls.map(answered), late: late.map(answered), note }).content)
}

function idOf({ id }: Call): string {
  return id
}

function answered({ id, name, outcome, rawInput }: Call): AnsweredCall {
  return { id, tool: name, outcome, raw_input: rawInput }
}
