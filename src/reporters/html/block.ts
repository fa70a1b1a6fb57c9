/**
 * One block of the conversation. A document may bring blocks of any kind and shape: what is not as its type
 * promises is shown as the JSON that it is.
 */
import type { JsonObject, JsonValue } from '../../contract/json.ts'
import { isJsonObject } from '../../contract/json.ts'
import { textBlock, valueBlock } from './foreign-text.ts'
import { imageBlock } from './image.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'

export type Block = JsonObject & { type: string }

export type BlockStyle = {
  /** Where the page tells of the call with this id. */
  anchors: ReadonlyMap<string, string>
  /** Bytes of one text. */
  limit: number
  /** Characters of one image, as base64. */
  imageLimit: number
}

export function isBlock(value: JsonValue): value is Block {
  return isJsonObject(value) && typeof value['type'] === 'string'
}

/** What a result holds: other blocks, where it is not one text. */
export function partsOf({ type, content }: Block): Block[] {
  return type === 'tool_result' && Array.isArray(content) ? content.filter(isBlock) : []
}

export function shownBlock(block: Block, style: BlockStyle): Content {
  const { type, id, name, input, tool_use_id } = block
  if (type === 'tool_use' && typeof id === 'string' && typeof name === 'string') {
    const title = html`Call <bdi class="code">${name}</bdi>`
    return folded(title, valueBlock('Input', input ?? null, style.limit), called(id, style))
  }
  if (type === 'tool_result' && typeof tool_use_id === 'string') {
    const title = block['is_error'] === true ? 'Error result' : 'Result'
    return folded(title, resultContent(block, style), called(tool_use_id, style))
  }
  return shownPart(block, style)
}

/** A result within a result is nothing that the API knows. */
function resultContent({ content }: Block, style: BlockStyle): Content {
  if (!Array.isArray(content)) return valueBlock('Result', content ?? null, style.limit)
  return content.map((part) => (isBlock(part) ? shownPart(part, style) : valueBlock('Result', part, style.limit)))
}

function shownPart(block: Block, style: BlockStyle): Content {
  const { type, text, thinking } = block
  if (type === 'text' && typeof text === 'string') return textBlock('Text', text, style.limit)
  if (type === 'thinking' && typeof thinking === 'string') {
    return folded('Thinking', textBlock('Thinking', thinking, style.limit), null)
  }
  if (type === 'image' || type === 'document') return imageBlock(block, style.imageLimit)
  return folded(html`Block <bdi class="code">${type}</bdi>`, valueBlock('Block', block, style.limit), null)
}

type Called = { id: string; anchor: string | undefined }

function called(id: string, { anchors }: BlockStyle): Called {
  return { id, anchor: anchors.get(id) }
}

function folded(title: Content, content: Content, of: Called | null): Markup {
  const link =
    of?.anchor === undefined ? null : html`<a class="to-call" href="#${of.anchor}">its line in the table of calls</a>`
  return html`<details><summary>${title}${of === null ? null : html` <bdi class="id">${of.id}</bdi>`}</summary>${link}${content}</details>
`
}
