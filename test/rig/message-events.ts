/**
 * The events of a streamed message in the API's own shape: what each block becomes on the wire.
 * Pure; when they are sent, and how they break, is reply.ts and wire.ts.
 */
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { Usage } from '../../src/contract/message.ts'
import type { WireStep } from './wire.ts'

/** An event of the stream, something else on its way, or a step of the wire. */
export type Part = { type: 'event'; name: string; data: JsonObject } | { type: 'comment'; text: string } | WireStep

export type BlockOptions = {
  /** How the text or the input's JSON is cut into deltas; joined they are sent as they stand. */
  pieces?: readonly string[]
  /** The time that the block's deltas take, in ms, evenly spread; the block stops at its end. */
  overMs?: number
  /** False: no content_block_stop follows. */
  stopped?: boolean
}

const PIECE_CHARACTERS = 12
const MAX_PIECES = 1000

export function eventPart(data: JsonObject & { type: string }): Part {
  return { type: 'event', name: data.type, data }
}

export function messageStart(message: { id: string; model: string; usage: Usage }): Part {
  return eventPart({
    type: 'message_start',
    message: {
      id: message.id,
      type: 'message',
      role: 'assistant',
      model: message.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...message.usage, output_tokens: Math.min(message.usage.output_tokens, 1) },
    },
  })
}

/** The end of a message; `usage` is that of the whole message, as the API counts it. */
export function messageEnd(stopReason: string | null, usage: Usage): Part[] {
  const stop_details =
    stopReason === 'refusal'
      ? { type: 'refusal', category: null, explanation: 'this was refused by a scripted reply' }
      : null
  return [
    eventPart({
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null, stop_details },
      usage: { ...usage },
    }),
    eventPart({ type: 'message_stop' }),
  ]
}

export function textBlock(index: number, text: string, options: BlockOptions): Part[] {
  const deltas = (options.pieces ?? pieces(text)).map((piece) => ({ type: 'text_delta', text: piece }))
  return block(index, { type: 'text', text: '' }, deltas, options)
}

/** @param rawInput  the input's JSON as it is streamed; may be cut, or no JSON at all */
export function toolUseBlock(
  index: number,
  call: { id: string; name: string },
  rawInput: string,
  options: BlockOptions,
): Part[] {
  const split = options.pieces ?? (rawInput === '' ? [] : ['', ...pieces(rawInput)])
  const deltas = split.map((piece) => ({ type: 'input_json_delta', partial_json: piece }))
  return block(index, { type: 'tool_use', id: call.id, name: call.name, input: {} }, deltas, options)
}

export function thinkingBlock(index: number, thinking: string, signature: string, options: BlockOptions): Part[] {
  const deltas = [
    ...(options.pieces ?? pieces(thinking)).map((piece) => ({ type: 'thinking_delta', thinking: piece })),
    { type: 'signature_delta', signature },
  ]
  return block(index, { type: 'thinking', thinking: '', signature: '' }, deltas, options)
}

/** Any block, whole in its start event unless deltas are given: those yet to come, and server tools. */
export function block(index: number, start: JsonObject, deltas: readonly JsonObject[], options: BlockOptions): Part[] {
  const pauseMs = (options.overMs ?? 0) / (deltas.length + 1)
  const paused = (part: Part): Part[] => (options.overMs === undefined ? [part] : [{ type: 'wait', ms: pauseMs }, part])
  return [
    eventPart({ type: 'content_block_start', index, content_block: start }),
    ...deltas.flatMap((delta) => paused(eventPart({ type: 'content_block_delta', index, delta }))),
    ...(options.stopped === false ? [] : paused(eventPart({ type: 'content_block_stop', index }))),
  ]
}

export function errorEvent(type: string, message: string): Part {
  const error: { [key: string]: JsonValue } = { type, message }
  return eventPart({ type: 'error', error })
}

/** By code points, so that no delta holds half a character; few and large where the text is large. */
function pieces(text: string): string[] {
  const characters = [...text]
  const size = Math.max(PIECE_CHARACTERS, Math.ceil(characters.length / MAX_PIECES))
  const result: string[] = []
  for (let at = 0; at < characters.length; at += size) result.push(characters.slice(at, at + size).join(''))
  return result
}
