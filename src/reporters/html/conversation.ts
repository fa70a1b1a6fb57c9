/** The conversation as it was sent: texts open, calls and results folded, as the table has them already. */
import type { JsonValue } from '../../contract/json.ts'
import type { Message } from '../../contract/message.ts'
import { formatCounted } from '../format.ts'
import type { Block, BlockStyle } from './block.ts'
import { isBlock, partsOf, shownBlock } from './block.ts'
import { textLimit } from './foreign-text.ts'
import { imageLimit } from './image.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'

/** More of one kind in a row are folded once more. */
const MAX_IN_A_ROW = 12

/** @param anchors  where the page tells of the call with this id */
export function conversation(messages: readonly Message[], anchors: ReadonlyMap<string, string>): Markup {
  const blocks = messages.flatMap((message) => blocksOf(message).flatMap((block) => [block, ...partsOf(block)]))
  const images = blocks.filter(({ type }) => type === 'image').length
  const style = { anchors, limit: textLimit(blocks.length), imageLimit: imageLimit(images) }
  return html`<section aria-labelledby="conversation-title">
<h2 id="conversation-title">Conversation</h2>
${messages.length === 0 ? html`<p class="note">Nothing was sent.</p>` : html`<ol class="conversation">${messages.map((message) => messageItem(message, style))}</ol>`}
</section>`
}

/** Content may be one text in the API's words, and anything in a document from elsewhere. */
function blocksOf(message: Message): Block[] {
  const content: JsonValue | undefined = message.content as JsonValue | undefined // blocks are JSON
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return Array.isArray(content) ? content.filter(isBlock) : []
}

function messageItem(message: Message, style: BlockStyle): Markup {
  const [name, title] = message.role === 'assistant' ? ['assistant', 'Model'] : ['user', 'User']
  return html`<li class="message ${name}"><h3>${title}</h3>
${grouped(blocksOf(message)).map((group) => blockGroup(group, style))}</li>
`
}

/** Neighbours of one type together. */
function grouped(blocks: readonly Block[]): Block[][] {
  const groups: Block[][] = []
  for (const block of blocks) {
    const last = groups.at(-1)
    if (last?.[0]?.type === block.type) last.push(block)
    else groups.push([block])
  }
  return groups
}

function blockGroup(blocks: readonly Block[], style: BlockStyle): Content {
  const shown = blocks.map((block) => shownBlock(block, style))
  if (blocks.length <= MAX_IN_A_ROW) return shown
  const type = blocks[0]?.type ?? ''
  const name = type === 'tool_use' ? 'tool call' : type.replaceAll('_', ' ')
  return html`<details class="many"><summary>${formatCounted(blocks.length, name)}</summary>${shown}</details>`
}
