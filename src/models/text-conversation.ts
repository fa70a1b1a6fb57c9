/**
 * The conversation as a model without native tool use is sent it: text only. Its own messages go back
 * exactly as it wrote them where that is remembered, calls of other runs in the spelling that it was
 * asked for; results become text, one block a call. Images stay images. The run's own conversation is
 * left as it is.
 */
import { unreachable } from '../contract/error.ts'
import type { ContentBlock, Message, ToolResultBlock, ToolUseBlock } from '../contract/message.ts'
import { isTextBlock, isToolUseBlock, messageText } from '../contract/message.ts'
import { isPendingResult } from '../contract/pending-result.ts'

/** What the model wrote, by what the run made of it. */
export interface WrittenMessages {
  remember(content: readonly ContentBlock[], written: readonly ContentBlock[]): void
  /** undefined: not written in this process. */
  recall(content: readonly ContentBlock[]): readonly ContentBlock[] | undefined
}

export function openWrittenMessages(): WrittenMessages {
  const written = new Map<string, readonly ContentBlock[]>()
  return {
    remember: (content, blocks) => void written.set(keyOf(content), blocks),
    recall: (content) => written.get(keyOf(content)),
  }
}

/** Ids of calls are unique in a run; a message without calls is told by its text. */
function keyOf(content: readonly ContentBlock[]): string {
  const call = content.find(isToolUseBlock)
  return call === undefined ? `text ${messageText(content)}` : `call ${call.id}`
}

export function textConversation(messages: readonly Message[], written: WrittenMessages): Message[] {
  const names = new Map(
    messages.flatMap(({ content }) => content.filter(isToolUseBlock)).map(({ id, name }) => [id, name]),
  )
  return messages.map(({ role, content }) => {
    switch (role) {
      case 'assistant':
        return { role, content: (written.recall(content) ?? spellCalls(content)).filter(isNotEmpty) }
      case 'user':
        return { role, content: tellResults(content, names) }
      default:
        return unreachable(role)
    }
  })
}

/** The API refuses empty text. */
function isNotEmpty(block: ContentBlock): boolean {
  return !isTextBlock(block) || block.text.trim() !== ''
}

/** Calls come before text: text in front of calls would teach the model to write what is read as an answer. */
function spellCalls(content: readonly ContentBlock[]): ContentBlock[] {
  const calls = content.filter(isToolUseBlock)
  if (calls.length === 0) return [...content]
  const texts = content.filter(isTextBlock)
  const others = content.filter((block) => !isTextBlock(block) && !isToolUseBlock(block))
  return [...others, { type: 'text', text: spelled(calls) }, ...texts]
}

function spelled(calls: readonly ToolUseBlock[]): string {
  const objects = calls.map(({ name, input }) => JSON.stringify({ tool: name, inputs: input }))
  return objects.length === 1 ? objects.join('') : `[${objects.join(',\n')}]`
}

function tellResults(content: readonly ContentBlock[], names: ReadonlyMap<string, string>): ContentBlock[] {
  const count = content.filter(isToolResultBlock).length
  let number = 0
  return content.flatMap((block) => {
    if (!isToolResultBlock(block)) return [block]
    number += 1
    return tellResult(block, names.get(block.tool_use_id) ?? 'a tool', count === 1 ? '' : ` ${number} of ${count}`)
  })
}

function tellResult(result: ToolResultBlock, name: string, place: string): ContentBlock[] {
  const { content } = result
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  const said = blocks.filter((block) => !isSeen(block)).map((block) => (isTextBlock(block) ? block.text : spell(block)))
  const seen = blocks.filter(isSeen)
  const text = said.join('\n').trim() === '' ? (seen.length > 0 ? '(what follows)' : '(empty)') : said.join('\n')
  const head = `Result${place}: ${name} ${howItWent(result, name)}`
  return [{ type: 'text', text: `${head}\n${text}` }, ...seen]
}

function howItWent(result: ToolResultBlock, name: string): string {
  if (isPendingResult(result, name)) return 'has not ended'
  return result.is_error === true ? 'failed' : 'succeeded'
}

/** What is no text, and may stand in a message of the user's. */
function isSeen({ type }: ContentBlock): boolean {
  return type === 'image' || type === 'document'
}

function spell(block: ContentBlock): string {
  return JSON.stringify(block)
}

function isToolResultBlock(block: ContentBlock): block is ToolResultBlock {
  return block.type === 'tool_result' && 'tool_use_id' in block
}
