/**
 * Decides whether a tool call may start. Pure: given the tool's effect and what is known of the
 * message that asks for it, it answers `now`, `later` or `never`. It knows no queues; see
 * scheduler.ts.
 */
import type { Effect } from '../contract/tool.ts'

/** `asked`: the message has ended with `tool_use` and is in the journal. `void`: it ended otherwise. */
export type MessageState = 'streaming' | 'asked' | 'void'

export function admission(effect: Effect, message: MessageState): 'now' | 'later' | 'never' {
  if (message === 'void') return 'never'
  if (message === 'asked' || effect === 'read') return 'now'
  return 'later'
}
