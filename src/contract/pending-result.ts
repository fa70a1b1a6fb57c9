/**
 * What the model is told of a call whose result it does not get yet, and how that result is headed
 * when it comes: words of ours, made of the call's name and id alone, so that they can be rebuilt
 * from events and recognised in a conversation.
 */
import type { ContentBlock, ToolResultBlock } from './message.ts'
import { isTextBlock } from './message.ts'

/** The tool_result of a call that is still running. */
export function pendingText(tool: string, id: string): string {
  return `pending: ${tool} (call ${id}) is still running; its result comes in a later message. Go on without it, or end your message to wait for it.`
}

export function isPendingResult({ content, tool_use_id }: ToolResultBlock, tool: string): boolean {
  return content === pendingText(tool, tool_use_id)
}

/** Stands before the result itself, in one text block with the first text of it. */
export function lateHeading(tool: string, id: string, failed: boolean): string {
  return `Late result of call ${id} (${tool})${failed ? ', which failed' : ''}:`
}

/** A late result as it is found in a conversation. */
export type LateResult = { id: string; text: string; failed: boolean }

/** @param names  names of the conversation's calls by id; a text about any other call is none of ours */
export function readLateResult(block: ContentBlock, names: ReadonlyMap<string, string>): LateResult | null {
  if (!isTextBlock(block)) return null
  const id = /^Late result of call (\S+) \(/.exec(block.text)?.[1] ?? ''
  const tool = names.get(id)
  if (tool === undefined) return null
  for (const failed of [false, true]) {
    const heading = lateHeading(tool, id, failed)
    if (block.text.startsWith(heading)) return { id, failed, text: block.text.slice(heading.length).trimStart() }
  }
  return null
}
