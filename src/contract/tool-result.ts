/**
 * What the model is told of its calls: one `tool_result` per `tool_use`, in the model's order, all
 * in one user message, results first. Pure, so that the conversation can be rebuilt from events.
 */
import type { ContentBlock, Message, ToolResultBlock } from './message.ts'
import type { Outcome } from './outcome.ts'
import { keepHeadAndTail } from './truncate.ts'

/** Of one result, in bytes of UTF-8. */
export const MAX_RESULT_BYTES = 64 * 1024
/** Of all results of one user message. */
export const MAX_MESSAGE_BYTES = 256 * 1024
/** Of unreadable input that its error quotes. */
const MAX_QUOTED_BYTES = 2 * 1024

export type AnsweredCall = { id: string; outcome: Outcome; raw_input: string | null }

/**
 * @param calls  every call of the message, in the model's order
 * @param note   text of ours behind the results, or null
 */
export function resultsMessage(calls: readonly AnsweredCall[], note: string | null): Message {
  const texts = calls.map(resultText)
  const share = evenShare(texts.map((text) => Buffer.byteLength(text)))
  const blocks: ContentBlock[] = calls.map((call, index) =>
    toolResult(call, keepHeadAndTail(texts[index] ?? '', share)),
  )
  if (note !== null) blocks.push({ type: 'text', text: note })
  return { role: 'user', content: blocks }
}

function toolResult({ id, outcome }: AnsweredCall, text: string): ToolResultBlock {
  if (outcome.status !== 'ok') return { type: 'tool_result', tool_use_id: id, content: text, is_error: true }
  return { type: 'tool_result', tool_use_id: id, content: outcome.content ?? text }
}

function resultText({ outcome, raw_input }: AnsweredCall): string {
  if (outcome.status === 'ok') {
    return typeof outcome.output === 'string' ? outcome.output || '(empty)' : JSON.stringify(outcome.output)
  }
  const told = `${outcome.status}: ${outcome.error.message}`
  if (raw_input === null) return told
  return `${told}\nThe input was:\n${keepHeadAndTail(raw_input, MAX_QUOTED_BYTES)}`
}

/** The most bytes that each text may keep, so that small ones are whole and large ones share the rest. */
function evenShare(sizes: readonly number[]): number {
  let left = MAX_MESSAGE_BYTES
  let share = MAX_RESULT_BYTES
  const ascending = [...sizes].sort((a, b) => a - b)
  for (const [index, size] of ascending.entries()) {
    share = Math.min(MAX_RESULT_BYTES, Math.floor(left / (ascending.length - index)))
    left -= Math.min(size, share)
  }
  return share
}
