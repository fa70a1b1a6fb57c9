/**
 * Which message of a conversation is which turn's. A conversation may begin with messages of runs before
 * this one, and a turn may have no message in it: it never ended, or was empty. Pure.
 */
import type { Message } from '../contract/message.ts'
import { isToolUseBlock, messageText } from '../contract/message.ts'
import type { Transcript, TurnRecord } from '../contract/transcript.ts'

/** A message of the user, or of the model with the turn that it was; of a turn without a message, the turn alone. */
export type Passage =
  | { role: 'user'; message: Message; isCopied: boolean }
  /** `turn`: null where it was a run before this one. `message`: null where the turn has none. */
  | { role: 'assistant'; message: Message | null; turn: TurnRecord | null }

/** In the order in which it happened; a turn without a message comes behind all that was said before it. */
export function passagesOf({ messages, turns }: Pick<Transcript, 'messages' | 'turns'>): Passage[] {
  const turnOf = pairedTurns(messages, turns)
  const lastBefore = messages.findLastIndex((message) => message.role === 'assistant' && !turnOf.has(message))
  const untold = [...turns]
  const silentTurns = (until: TurnRecord | null): Passage[] => {
    const end = until === null ? untold.length : untold.indexOf(until)
    return untold.splice(0, end).map((turn) => ({ role: 'assistant', message: null, turn }))
  }
  const passages = messages.flatMap((message, index): Passage[] => {
    if (message.role === 'user') return [{ role: 'user', message, isCopied: index < lastBefore }]
    const turn = turnOf.get(message) ?? null
    if (turn === null) return [{ role: 'assistant', message, turn }]
    const before = silentTurns(turn)
    untold.shift()
    return [...before, { role: 'assistant', message, turn }]
  })
  return [...passages, ...silentTurns(null)]
}

/** From the end on: nothing says how many messages stood before the run. */
function pairedTurns(messages: readonly Message[], turns: readonly TurnRecord[]): Map<Message, TurnRecord> {
  const pairs = new Map<Message, TurnRecord>()
  const said = messages.filter(({ role }) => role === 'assistant')
  for (const turn of [...turns].reverse()) {
    const message = said.at(-1)
    if (message === undefined) break
    if (turn.ended_ms === null || !isMessageOf(turn, message)) continue
    pairs.set(message, turn)
    said.pop()
  }
  return pairs
}

function isMessageOf({ text, tool_calls }: TurnRecord, { content }: Message): boolean {
  const asked = content.filter(isToolUseBlock).map(({ id }) => id)
  // Empty text of a message is not sent back, and so not in the conversation.
  const bare = (said: string) => said.replace(/\s+/g, '')
  return bare(messageText(content)) === bare(text) && asked.join() === tool_calls.map(({ id }) => id).join()
}
