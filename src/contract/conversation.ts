/**
 * How the conversation grows. The run sends what these functions build and the transcript rebuilds
 * the same from events, so "exactly as it was sent" holds by construction.
 */
import type { AssistantMessage, ContentBlock, Message } from './message.ts'
import { isTextBlock } from './message.ts'

/** Appends the model's message as it goes back: untouched, but for empty text, which the API refuses. */
export function appendAssistant(messages: Message[], message: AssistantMessage): void {
  const content = message.content.filter((block) => !isTextBlock(block) || block.text.trim() !== '')
  if (content.length > 0) messages.push({ role: 'assistant', content })
}

/** Appends a user message; after another user message (nothing of the model's came between) it joins that. */
export function appendUser(messages: Message[], content: readonly ContentBlock[]): void {
  const last = messages.at(-1)
  if (last?.role === 'user') messages[messages.length - 1] = { role: 'user', content: [...last.content, ...content] }
  else messages.push({ role: 'user', content: [...content] })
}
