/**
 * Judges the conversation of a request as the Messages API would: roles, blocks, and above all that
 * each tool_use is answered exactly once, in the next message, in the order in which it was asked.
 */
import type { JsonObject } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'
import { refuse, validateCacheControl } from './refusal.ts'

type Context = { hasTools: boolean; paused: boolean }

const NAME = /^[A-Za-z0-9_-]{1,64}$/
const ID = /^[A-Za-z0-9_-]+$/
const IMAGE_TYPES: readonly unknown[] = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']
/** What may stand in each known block; blocks of other types are the model's own and go back as they came. */
const BLOCK_KEYS = new Map([
  ['text', ['text', 'citations']],
  ['tool_use', ['id', 'name', 'input', 'caller', 'toolset_name']],
  ['tool_result', ['tool_use_id', 'content', 'is_error', 'toolset_name']],
  ['thinking', ['thinking', 'signature']],
  ['redacted_thinking', ['data']],
  ['image', ['source', 'transformations']],
  ['document', ['source', 'title', 'context', 'citations']],
])
const USER_BLOCKS = ['text', 'image', 'document', 'tool_result', 'search_result', 'container_upload']
const RESULT_BLOCKS = ['text', 'image', 'document', 'search_result', 'tool_reference']

export function validateMessages(messages: unknown, { hasTools, paused }: Context): void {
  if (!Array.isArray(messages) || messages.length === 0) refuse('messages: at least one message is required')
  const asked = new Set<string>()
  let open: string[] = []
  let lastRole: string | null = null
  for (const [index, message] of messages.entries()) {
    const path = `messages.${index}`
    if (!isJsonObject(message)) refuse(`${path}: an object is required`)
    for (const key of Object.keys(message))
      if (key !== 'role' && key !== 'content') refuse(`${path}.${key}: extra inputs are not permitted`)
    const { role } = message
    if (role !== 'user' && role !== 'assistant')
      refuse(`${path}.role: ${JSON.stringify(role)} is neither "user" nor "assistant"`)
    if (index === 0 && role !== 'user') refuse('messages: first message must use the "user" role')
    // The model's message goes back after a pause, and the rest of its turn then follows it.
    if (role === lastRole && !(role === 'assistant' && paused))
      refuse(`${path}: roles must alternate between "user" and "assistant"`)
    const blocks = contentBlocks(message.content, path)
    for (const [at, block] of blocks.entries()) validateBlock(block, role, `${path}.content.${at}`)
    if (role === 'user') {
      validateResults(blocks, open, path)
      open = []
    } else {
      if (open.length > 0) refuse(unanswered(path, open))
      open = collectCalls(blocks, asked, path)
      if (open.length > 0 && !hasTools) refuse('tools: required while the conversation holds a tool_use')
    }
    lastRole = role
  }
  if (lastRole === 'assistant') {
    if (!paused) refuse('messages: the last message must use the "user" role')
    if (open.length > 0) refuse(unanswered(`messages.${messages.length}`, open))
  }
}

function unanswered(path: string, ids: readonly string[]): string {
  return `${path}: tool_use ids were found without tool_result blocks immediately after: ${ids.join(', ')}`
}

function contentBlocks(content: unknown, path: string): JsonObject[] {
  if (typeof content === 'string') {
    if (content.trim() === '') refuse(`${path}: messages must have non-empty content`)
    return []
  }
  if (!Array.isArray(content)) refuse(`${path}.content: a string or a list of blocks is required`)
  if (content.length === 0) refuse(`${path}: messages must have non-empty content`)
  return content.map((block, at) => {
    if (!isJsonObject(block) || typeof block.type !== 'string')
      return refuse(`${path}.content.${at}: a block with a type is required`)
    return block
  })
}

function validateBlock(block: JsonObject, role: 'user' | 'assistant' | 'result', path: string): void {
  const type = String(block.type)
  const known = BLOCK_KEYS.get(type)
  if (known !== undefined) {
    for (const key of Object.keys(block)) {
      if (key !== 'type' && key !== 'cache_control' && !known.includes(key))
        refuse(`${path}.${key}: extra inputs are not permitted`)
    }
  }
  if (block.cache_control !== undefined && block.cache_control !== null)
    validateCacheControl(block.cache_control, `${path}.cache_control`)
  if (role === 'user' && !USER_BLOCKS.includes(type))
    refuse(`${path}: a ${type} block is not accepted in a user message`)
  if (role === 'result' && !RESULT_BLOCKS.includes(type))
    refuse(`${path}: a ${type} block is not accepted in a tool_result`)
  if (role === 'assistant' && ['tool_result', 'image', 'document'].includes(type))
    refuse(`${path}: a ${type} block can only be in a user message`)
  if (type === 'text') validateText(block, path)
  if (type === 'image') validateImage(block, path)
  if (type === 'document' && !isJsonObject(block.source)) refuse(`${path}.source: field required`)
  if (type === 'tool_use') validateToolUse(block, path)
  if (type === 'tool_result') validateToolResult(block, path)
  if (
    type === 'thinking' &&
    (typeof block.thinking !== 'string' || typeof block.signature !== 'string' || block.signature === '')
  ) {
    refuse(`${path}: a thinking block goes back whole, with its signature`)
  }
}

function validateText(block: JsonObject, path: string): void {
  if (typeof block.text !== 'string') refuse(`${path}.text: a string is required`)
  if (block.text.trim() === '') refuse(`${path}: text content blocks must contain non-whitespace text`)
}

function validateImage(block: JsonObject, path: string): void {
  const { source } = block
  if (!isJsonObject(source)) refuse(`${path}.source: field required`)
  if (source.type !== 'base64') return
  if (!IMAGE_TYPES.includes(source.media_type))
    refuse(`${path}.source.media_type: ${JSON.stringify(source.media_type)} is not accepted`)
  if (typeof source.data !== 'string' || source.data === '')
    refuse(`${path}.source.data: a non-empty string is required`)
}

function validateToolUse(block: JsonObject, path: string): void {
  if (typeof block.id !== 'string' || !ID.test(block.id))
    refuse(`${path}.id: string should match pattern '${ID.source}'`)
  if (typeof block.name !== 'string' || !NAME.test(block.name))
    refuse(`${path}.name: string should match pattern '${NAME.source}'`)
  if (!isJsonObject(block.input)) refuse(`${path}.input: input should be a valid dictionary`)
}

function validateToolResult(block: JsonObject, path: string): void {
  if (typeof block.tool_use_id !== 'string') refuse(`${path}.tool_use_id: field required`)
  if (block.is_error !== undefined && typeof block.is_error !== 'boolean')
    refuse(`${path}.is_error: a boolean is required`)
  const { content } = block
  if (
    block.is_error === true &&
    (content === undefined || content === '' || (Array.isArray(content) && content.length === 0))
  ) {
    refuse(`${path}: content cannot be empty if is_error is true`)
  }
  if (content === undefined || typeof content === 'string') return
  for (const [at, inner] of contentBlocks(content, path).entries())
    validateBlock(inner, 'result', `${path}.content.${at}`)
}

function collectCalls(blocks: readonly JsonObject[], asked: Set<string>, path: string): string[] {
  const ids = blocks.filter((block) => block.type === 'tool_use').map((block) => String(block.id))
  for (const id of ids) {
    if (asked.has(id)) refuse(`${path}: tool_use ids must be unique: ${id}`)
    asked.add(id)
  }
  return ids
}

/** @param open  ids of the tool_use blocks in the message before, in order */
function validateResults(blocks: readonly JsonObject[], open: readonly string[], path: string): void {
  const results = blocks.filter((block) => block.type === 'tool_result').map((block) => String(block.tool_use_id))
  const leading = blocks.slice(0, results.length).every((block) => block.type === 'tool_result')
  for (const [at, id] of results.entries()) {
    if (!open.includes(id)) refuse(`${path}: unexpected tool_use_id in tool_result blocks: ${id}`)
    if (results.indexOf(id) !== at) refuse(`${path}: each tool_use must have a single result: ${id}`)
  }
  const missing = open.filter((id) => !results.includes(id))
  if (missing.length > 0) refuse(unanswered(path, missing))
  if (!leading) refuse(`${path}: tool_result blocks must come first`)
  for (const [at, id] of open.entries())
    if (results[at] !== id) refuse(`${path}: tool_result blocks must stand in the order of their tool_use`)
}
