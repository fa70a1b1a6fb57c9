/**
 * The conversation in the Messages API's own words. Blocks that we do not know are kept as they
 * came and go back untouched, so nothing here is a closed list.
 */
import type { JsonObject, JsonValue } from './json.ts'

export type TextBlock = { type: 'text'; text: string }
export type ToolUseBlock = { type: 'tool_use'; id: string; name: string; input: JsonObject }
export type ToolResultBlock = {
  type: 'tool_result'
  tool_use_id: string
  content: string | ContentBlock[]
  is_error?: boolean
}
/** Any other block: thinking, images, documents, server tools, and those yet to come. */
export type OtherBlock = { type: string; [key: string]: JsonValue }
export type ContentBlock = TextBlock | ToolUseBlock | ToolResultBlock | OtherBlock

export type Message = { role: 'user' | 'assistant'; content: ContentBlock[] }

/** Tokens, as the API counts them; `message_delta` overwrites, it never adds. */
export type Usage = {
  input_tokens: number
  output_tokens: number
  cache_read_input_tokens: number
  cache_creation_input_tokens: number
}

/** A whole message of the model: it was closed by `message_stop`. */
export type AssistantMessage = {
  id: string
  model: string
  content: ContentBlock[]
  /** The API's word, unknown ones untouched; null where the server sent none. */
  stop_reason: string | null
  usage: Usage
  /** Raw input of each tool_use that was no JSON object, by id; its block holds `{}` instead. */
  raw_inputs: { [id: string]: string }
  /**
   * Why the calls that the message was meant to make cannot be read; only beside our own stop reason
   * `unreadable_calls`, which only the text protocol gives. The model is told it.
   */
  unreadable?: string
}

export const NO_USAGE: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
}

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cache_read_input_tokens: a.cache_read_input_tokens + b.cache_read_input_tokens,
    cache_creation_input_tokens: a.cache_creation_input_tokens + b.cache_creation_input_tokens,
  }
}

export function isTextBlock(block: ContentBlock): block is TextBlock {
  return block.type === 'text' && 'text' in block && typeof block.text === 'string'
}

export function isToolUseBlock(block: ContentBlock): block is ToolUseBlock {
  return block.type === 'tool_use' && 'id' in block && typeof block.id === 'string'
}

export function isToolResultBlock(block: ContentBlock): block is ToolResultBlock {
  return block.type === 'tool_result' && 'tool_use_id' in block
}

/** The text of a message: its text blocks, joined as they stand. */
export function messageText(content: readonly ContentBlock[]): string {
  return content
    .filter(isTextBlock)
    .map((block) => block.text)
    .join('')
}
