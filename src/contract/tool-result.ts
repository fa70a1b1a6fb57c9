/**
 * What the model is told of its calls: one `tool_result` per `tool_use`, in the model's order, all
 * in one user message, results first. A call that is still running is answered as pending; its own
 * result comes as text that names it, behind the results of a later message. Pure, so that the
 * conversation can be rebuilt from events.
 */
import { isJsonObject } from './json.ts'
import type { ContentBlock, Message, ToolResultBlock } from './message.ts'
import { isTextBlock } from './message.ts'
import type { Outcome } from './outcome.ts'
import { lateHeading, pendingText } from './pending-result.ts'
import { keepHeadAndTail } from './truncate.ts'

/** Of one result, in bytes of UTF-8. */
export const MAX_RESULT_BYTES = 64 * 1024
/** Of all results of one user message. */
export const MAX_MESSAGE_BYTES = 256 * 1024
/** Of all images and documents of one user message, as base64; a request may hold 32 MB. */
const MAX_BINARY_BYTES = 20 * 1024 * 1024
/** Of unreadable input that its error quotes. */
const MAX_QUOTED_BYTES = 2 * 1024

/** `outcome`: null while the call is still running. */
export type AnsweredCall = { id: string; tool: string; outcome: Outcome | null; raw_input: string | null }

export type Results = {
  /** Every call of the message, in the model's order. */
  calls: readonly AnsweredCall[]
  /** Calls of earlier messages that were answered as pending and have ended since. */
  late: readonly AnsweredCall[]
  /** Text of ours behind the results, or null. */
  note: string | null
}

export function resultsMessage({ calls, late, note }: Results): Message {
  const contents = withinBinaryLimit([...calls, ...late].map(contentOf))
  const share = evenShare(contents.map(textBytes), MAX_MESSAGE_BYTES, MAX_RESULT_BYTES)
  const content = (index: number) => shortened(contents[index] ?? '', share)
  const blocks: ContentBlock[] = calls.map((call, index) => toolResult(call, content(index)))
  blocks.push(...late.flatMap((call, index) => lateResult(call, content(calls.length + index))))
  if (note !== null) blocks.push({ type: 'text', text: note })
  return { role: 'user', content: blocks }
}

function toolResult({ id, outcome }: AnsweredCall, content: string | ContentBlock[]): ToolResultBlock {
  if (isFailure(outcome)) return { type: 'tool_result', tool_use_id: id, content, is_error: true }
  return { type: 'tool_result', tool_use_id: id, content }
}

/** What may stand in a user message by itself; there the API refuses empty text. */
function lateResult({ id, tool, outcome }: AnsweredCall, content: string | ContentBlock[]): ContentBlock[] {
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  const shown = blocks.filter((block) => !isTextBlock(block) || block.text.trim() !== '').map(ownBlock)
  const heading = lateHeading(tool, id, isFailure(outcome))
  const [first, ...others] = shown
  if (first === undefined) return [{ type: 'text', text: `${heading} (empty)` }]
  if (!isTextBlock(first)) return [{ type: 'text', text: heading }, ...shown]
  return [{ type: 'text', text: `${heading} ${first.text}` }, ...others]
}

/** Blocks that are known in results only are spelled. */
function ownBlock(block: ContentBlock): ContentBlock {
  if (isTextBlock(block) || ['image', 'document', 'search_result'].includes(block.type)) return block
  return { type: 'text', text: JSON.stringify(block) }
}

function isFailure(outcome: Outcome | null): boolean {
  return outcome !== null && outcome.status !== 'ok'
}

function contentOf(call: AnsweredCall): string | ContentBlock[] {
  const { outcome } = call
  return outcome?.status === 'ok' && outcome.content?.length ? outcome.content : resultText(call)
}

function textBytes(content: string | ContentBlock[]): number {
  if (typeof content === 'string') return Buffer.byteLength(content)
  return content.reduce((bytes, block) => bytes + (isTextBlock(block) ? Buffer.byteLength(block.text) : 0), 0)
}

/** @param maxBytes  of all its text; several blocks share it as evenly as several results do */
function shortened(content: string | ContentBlock[], maxBytes: number): string | ContentBlock[] {
  if (typeof content === 'string') return keepHeadAndTail(content, maxBytes)
  const share = evenShare(
    content.filter(isTextBlock).map(({ text }) => Buffer.byteLength(text)),
    maxBytes,
    maxBytes,
  )
  return content.map((block) => (isTextBlock(block) ? { ...block, text: keepHeadAndTail(block.text, share) } : block))
}

/** Those that come first are kept; a line stands for each of the others. */
function withinBinaryLimit(contents: readonly (string | ContentBlock[])[]): (string | ContentBlock[])[] {
  let left = MAX_BINARY_BYTES
  return contents.map((content) => {
    if (typeof content === 'string') return content
    return content.map((block) => {
      const bytes = binaryBytes(block)
      if (bytes <= left) {
        left -= bytes
        return block
      }
      const limit = MAX_BINARY_BYTES / 1024 / 1024
      return { type: 'text', text: `[${block.type} left out: those of one turn are larger than ${limit} MiB together]` }
    })
  })
}

function binaryBytes(block: ContentBlock): number {
  const source = 'source' in block ? block.source : null
  return isJsonObject(source) && typeof source['data'] === 'string' ? source['data'].length : 0
}

function resultText({ id, tool, outcome, raw_input }: AnsweredCall): string {
  if (outcome === null) return pendingText(tool, id)
  if (outcome.status === 'ok') {
    return typeof outcome.output === 'string' ? outcome.output || '(empty)' : JSON.stringify(outcome.output)
  }
  const told = `${outcome.status}: ${outcome.error.message}`
  if (raw_input === null) return told
  return `${told}\nThe input was:\n${keepHeadAndTail(raw_input, MAX_QUOTED_BYTES)}`
}

/**
 * The most bytes that each text may keep, so that small ones are whole and large ones share the rest.
 * @param inAll  bytes of all texts
 * @param each   bytes of one
 */
function evenShare(sizes: readonly number[], inAll: number, each: number): number {
  let left = inAll
  let share = each
  const ascending = [...sizes].sort((a, b) => a - b)
  for (const [index, size] of ascending.entries()) {
    share = Math.min(each, Math.floor(left / (ascending.length - index)))
    left -= Math.min(size, share)
  }
  return share
}
