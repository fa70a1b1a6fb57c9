/**
 * What the model is told of an answer that does not fit the schema, and how a reader of the conversation
 * knows that this is what it was told. Pure.
 */
import type { ContentBlock } from './message.ts'
import { isTextBlock } from './message.ts'

const UNFIT = 'Your last message was taken for the answer, and it does not fit the schema:'

export function unfitNote(reasons: readonly string[]): string {
  const list = reasons.map((reason) => `- ${reason}`).join('\n')
  return `${UNFIT}\n${list}\nPlease answer again, with one JSON document that fits the schema and nothing else.`
}

export function isUnfitNote(block: ContentBlock): boolean {
  return isTextBlock(block) && block.text.startsWith(UNFIT)
}
