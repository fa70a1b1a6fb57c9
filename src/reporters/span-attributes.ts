/**
 * What GenAI conventions call things: tokens, messages, errors. Pure. Tokens are named as the model's
 * client names them on its own spans.
 */
import type { JsonValue } from '../contract/json.ts'
import type { AssistantMessage, ContentBlock, Usage } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'
import type { FailureStatus } from '../contract/outcome.ts'
import { redactJson } from '../contract/redact.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'

/** Of one attribute; a collector takes a few MiB at once. */
const MAX_CONTENT_BYTES = 64 * 1024

/** An attribute that holds content; none where content is not wanted. */
export type SpanContent = (name: string, value: () => JsonValue) => Record<string, string>

/** Cut to size after its secrets are out of it: what is left of a cut secret nobody recognises. */
export function spanContent(wanted: boolean, redact: (text: string) => string): SpanContent {
  return (name, value) => {
    if (!wanted) return {}
    const clean = redactJson(value(), redact)
    return { [name]: keepHeadAndTail(typeof clean === 'string' ? clean : JSON.stringify(clean), MAX_CONTENT_BYTES) }
  }
}

/** Input tokens are all of them, those from and for the cache included. */
export function usageAttributes(usage: Usage): Record<string, number> {
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage
  return {
    'gen_ai.usage.input_tokens': input_tokens + cache_read_input_tokens + cache_creation_input_tokens,
    'gen_ai.usage.output_tokens': output_tokens,
    'gen_ai.usage.cache_read.input_tokens': cache_read_input_tokens,
    'gen_ai.usage.cache_write.input_tokens': cache_creation_input_tokens,
  }
}

/** Of a call that failed, its code says more than its outcome does; any other outcome says it best. */
export function errorType(status: FailureStatus, code: string): string {
  return status === 'failed' ? code : status
}

/** One message of text, as the conventions write messages. */
export function textMessage(role: 'user' | 'assistant', content: string): JsonValue {
  return [{ role, parts: [{ type: 'text', content }] }]
}

export function modelMessage({ content, stop_reason }: AssistantMessage): JsonValue {
  return [{ role: 'assistant', parts: content.map(partOf), finish_reason: stop_reason }]
}

function partOf(block: ContentBlock): JsonValue {
  if (isToolUseBlock(block)) return { type: 'tool_call', id: block.id, name: block.name, arguments: block.input }
  if (block.type === 'text' && 'text' in block) return { type: 'text', content: block.text }
  if (block.type === 'thinking' && 'thinking' in block) return { type: 'reasoning', content: block.thinking }
  return { type: block.type }
}
