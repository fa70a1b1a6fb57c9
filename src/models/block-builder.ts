/**
 * Builds one content block from its start and its deltas. What we do not know is kept: unknown
 * blocks as they came, unknown deltas by the fields that they carry. The input of a tool call is
 * collected as text and parsed strictly, once, when the block closes: a cut input never passes.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject, isTooDeep } from '../contract/json.ts'
import type { ContentBlock, ToolUseBlock } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'

/**
 * How the input of a tool_use stands when its block has closed. `empty` may be a call without
 * arguments or one that was cut before the first; only what follows can tell.
 */
export type InputState = 'whole' | 'empty' | 'unreadable'

export class BlockBuilder {
  /** As it came with the start event; it is grown in place. */
  readonly block: ContentBlock
  /** The input as it came, before any parser saw it. */
  rawInput = ''
  // A block is a JSON object whose fields depend on its type; this file treats all alike.
  readonly #fields: JsonObject

  constructor(block: ContentBlock) {
    this.block = block
    this.#fields = block as JsonObject
  }

  add(delta: JsonObject): void {
    const fields = this.#fields
    for (const key of Object.keys(delta)) {
      const value = delta[key]
      if (key === 'type' || key === '__proto__' || value === undefined) continue
      const former = fields[key]
      if (key === 'partial_json') this.rawInput += String(value)
      else if (key === 'citation') this.#addCitation(value)
      else if (key !== 'signature' && typeof former === 'string' && typeof value === 'string')
        fields[key] = former + value
      else fields[key] = value
    }
  }

  #addCitation(citation: JsonValue): void {
    const fields = this.#fields
    if (Array.isArray(fields['citations'])) fields['citations'].push(citation)
    else fields['citations'] = [citation]
  }

  /** Parses the input; the state means something for tool_use only. */
  close(): InputState {
    const { block } = this
    const fields = this.#fields
    if (this.rawInput.trim() === '') {
      // Some servers send the whole input with the start of the block, and no delta.
      const input = fields['input']
      if (isJsonObject(input) && Object.keys(input).length > 0) {
        if (!isTooDeep(input)) return 'whole'
        if (isToolUseBlock(block)) block.input = {}
        this.rawInput = '(nested too deep)'
        return 'unreadable'
      }
      if (isToolUseBlock(block)) block.input = {}
      return 'empty'
    }
    const input = parseObject(this.rawInput)
    if (input !== null) fields['input'] = input
    else if (isToolUseBlock(block)) block.input = {}
    return input === null ? 'unreadable' : 'whole'
  }
}

/** A tool_use that can be called: the API promises id and name, other servers may not keep it. */
export function isCallable(block: ContentBlock): block is ToolUseBlock {
  return isToolUseBlock(block) && block.id !== '' && typeof block.name === 'string'
}

/** Input that is nested beyond reason counts as unreadable: our own walks, and others', would not survive it. */
function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) && !isTooDeep(value, undefined, text.length) ? value : null
  } catch {
    return null
  }
}
