/**
 * Says whether a call may start, as far as its message goes. Pure: given the tool's effect and what is
 * known of the message that asks for it, it answers `now`, `later` or `never`. It knows no queues: a call
 * that may start can still wait for a slot, its rate limit or a key; see policies/admission.ts.
 */
import type { Effect } from '../contract/tool.ts'

/** `asked`: the message has ended with `tool_use` and is in the journal. `void`: it ended otherwise. */
export type MessageState = 'streaming' | 'asked' | 'void'

export function mayStart(effect: Effect, message: MessageState): 'now' | 'later' | 'never' {
  if (message === 'void') return 'never'
  if (message === 'asked' || effect === 'read') return 'now'
  return 'later'
}
