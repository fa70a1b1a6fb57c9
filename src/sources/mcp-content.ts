/**
 * The content blocks of a server's result in the two forms that they are needed in: for the model, and
 * for the transcript. A kind that is not known is told, never dropped.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { ContentBlock } from '../contract/message.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import { binaryBytes, visibleBlock } from './mcp-binary.ts'

/** No result in earnest has more. */
const MAX_BLOCKS = 200
/** Of a kind that is not known. */
const MAX_QUOTED_BYTES = 2 * 1024

/** @returns the text where nothing but text came */
export function textOnly(blocks: readonly JsonObject[]): string | null {
  const texts = blocks.map((block) => (block['type'] === 'text' ? block['text'] : null))
  return texts.every((text) => typeof text === 'string') ? texts.join('\n') : null
}

/** At least one block; none with a text that the API refuses as empty. */
export function forModel(blocks: readonly JsonObject[], maxTextBytes: number): ContentBlock[] {
  const shown = blocks.slice(0, MAX_BLOCKS).map(blockForModel)
  if (blocks.length > MAX_BLOCKS) shown.push(note(`${blocks.length - MAX_BLOCKS} more blocks left out`))
  const told = shown.filter((block) => !isText(block) || block.text.trim() !== '')
  if (told.length === 0) return [{ type: 'text', text: '(empty)' }]
  const each = Math.floor(maxTextBytes / told.length)
  const isTooLong = told.reduce((bytes, block) => bytes + (isText(block) ? block.text.length : 0), 0) > maxTextBytes
  if (!isTooLong) return told
  return told.map((block) => (isText(block) ? { type: 'text', text: keepHeadAndTail(block.text, each) } : block))
}

/** All that can be said in words, for a result that is an error. */
export function inWords(blocks: readonly JsonObject[]): string {
  return blocks
    .slice(0, MAX_BLOCKS)
    .map(blockForModel)
    .map((block) => (isText(block) ? block.text : `[${block.type}]`))
    .join('\n')
}

/** As they came, but for binary data: null stands for it, with its size. */
export function withoutData(blocks: readonly JsonObject[]): JsonValue[] {
  return blocks.map((block) => {
    const resource = block['resource']
    if (isJsonObject(resource)) return { ...block, resource: withoutMember(resource, 'blob') }
    return withoutMember(block, 'data')
  })
}

function withoutMember(object: JsonObject, key: 'data' | 'blob'): JsonObject {
  const value = object[key]
  return typeof value === 'string' ? { ...object, [key]: null, bytes: binaryBytes(value) } : object
}

type Text = { type: 'text'; text: string }

function blockForModel(block: JsonObject): ContentBlock {
  switch (block['type']) {
    case 'text':
      return { type: 'text', text: word(block, 'text') ?? '' }
    case 'image':
    case 'audio':
      return ofData(block, 'data', String(block['type']))
    case 'resource':
      return isJsonObject(block['resource']) ? ofResource(block['resource']) : unknownBlock(block)
    case 'resource_link':
      return { type: 'text', text: linkText(block) }
    default:
      return unknownBlock(block)
  }
}

function ofResource(resource: JsonObject): ContentBlock {
  const uri = word(resource, 'uri') ?? 'resource'
  const text = word(resource, 'text')
  return text === null ? ofData(resource, 'blob', uri) : { type: 'text', text: `${uri}:\n${text}` }
}

function ofData(holder: JsonObject, key: 'data' | 'blob', what: string): ContentBlock {
  const data = word(holder, key) ?? ''
  const bytes = binaryBytes(data)
  return visibleBlock(data) ?? note(`${what}: ${word(holder, 'mimeType') ?? 'unknown type'}, ${bytes} bytes, not shown`)
}

function linkText(link: JsonObject): string {
  const name = word(link, 'title') ?? word(link, 'name')
  const beside = [word(link, 'mimeType'), word(link, 'description')].filter((text) => text !== null)
  const uri = word(link, 'uri') ?? 'no URI'
  return `${name === null ? '' : `${name}: `}${uri}${beside.length === 0 ? '' : ` (${beside.join('; ')})`}`
}

function unknownBlock(block: JsonObject): Text {
  const kind = JSON.stringify(block['type'] ?? null)
  return note(`a block of the unknown kind ${kind}: ${keepHeadAndTail(JSON.stringify(block), MAX_QUOTED_BYTES)}`)
}

function note(text: string): Text {
  return { type: 'text', text: `[${text}]` }
}

function isText(block: ContentBlock): block is Text {
  return block.type === 'text'
}

function word(object: JsonObject, key: string): string | null {
  const value = object[key]
  return typeof value === 'string' ? value : null
}
