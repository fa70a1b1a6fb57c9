/**
 * What the model has said, as the client should have put it together: the API signs thinking and
 * refuses it when it comes back changed; we want every block back as it was sent.
 */
import type { JsonObject } from '../../src/contract/json.ts'
import { canonicalJson, isJsonObject } from '../../src/contract/json.ts'
import type { Part } from './message-events.ts'

/** `exact` is false where deltas of the future, or bytes by hand, leave open what the block became. */
export type SentBlock = { block: JsonObject; exact: boolean }

/** The blocks of a reply, whole or cut. */
export function sentBlocks(parts: readonly Part[]): SentBlock[] {
  const open = new Map<unknown, SentBlock & { rawInput: string }>()
  for (const part of parts) {
    if (part.type !== 'event') continue
    const { index, content_block: start, delta } = part.data
    if (isJsonObject(start)) open.set(index, { block: { ...start }, exact: true, rawInput: '' })
    const current = open.get(index)
    if (current !== undefined && isJsonObject(delta)) grow(current, delta)
  }
  return [...open.values()].map(({ block, exact, rawInput }) => ({
    block: rawInput === '' ? block : { ...block, input: inputOf(rawInput) },
    exact,
  }))
}

function grow(current: SentBlock & { rawInput: string }, delta: JsonObject): void {
  const { block } = current
  if (delta.type === 'text_delta') block.text = String(block.text) + String(delta.text)
  else if (delta.type === 'thinking_delta') block.thinking = String(block.thinking) + String(delta.thinking)
  else if (delta.type === 'signature_delta') block.signature = delta.signature ?? ''
  else if (delta.type === 'input_json_delta') current.rawInput += String(delta.partial_json)
  else current.exact = false
}

/** Input that is no JSON object goes back as `{}`; its result tells the model why. */
function inputOf(rawInput: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(rawInput)
    return isJsonObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

export interface Memory {
  add(blocks: readonly SentBlock[]): void
  /** Where in the request stands something in the model's name that it never said; null: nowhere. */
  findForeign(messages: unknown): string | null
}

export function openMemory(): Memory {
  const exact = new Set<string>()
  const types = new Set<unknown>()
  const knows = (block: unknown): boolean => {
    if (!isJsonObject(block)) return false
    const { cache_control: _ours, ...said } = block
    return types.has(said.type) || exact.has(canonicalJson(said))
  }
  return {
    add(blocks) {
      for (const sent of blocks) {
        if (sent.exact) exact.add(canonicalJson(sent.block))
        else types.add(sent.block.type)
      }
    },
    findForeign(messages) {
      if (!Array.isArray(messages)) return null
      for (const [index, message] of messages.entries()) {
        if (!isJsonObject(message) || message.role !== 'assistant' || !Array.isArray(message.content)) continue
        const at = message.content.findIndex((block) => !knows(block))
        if (at !== -1) return `messages.${index}.content.${at}: blocks of the model cannot be modified`
      }
      return null
    },
  }
}
