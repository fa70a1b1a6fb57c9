/**
 * From the events of one answer to parts and the whole message. A pure state machine: it knows no
 * sockets and no time. It refuses to guess: a message is whole only after `message_stop`, and a
 * call is ready only when its raw input is one whole JSON object. An empty input counts as `{}`
 * only once the model has moved on, because `content_block_stop` also closes what `max_tokens` cut.
 */
import type { JsonObject } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { AssistantMessage, ContentBlock, ToolUseBlock, Usage } from '../contract/message.ts'
import { NO_USAGE } from '../contract/message.ts'
import type { ModelPart } from '../contract/model.ts'
import { BlockBuilder, isCallable } from './block-builder.ts'

/** What ends a stream; null goes on. */
export type StreamEnd =
  | { type: 'message'; message: AssistantMessage }
  | { type: 'error'; code: string; message: string; requestId: string | null }
  | { type: 'malformed'; message: string }

export interface MessageStream {
  /** Takes one event: its data, and the name that it was sent under. */
  read(data: string, name: string | null): StreamEnd | null
  /** As far as it was told; null before `message_start`. */
  usage(): Usage | null
}

const EVENTS = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'error',
])

export function openMessageStream(onPart: (part: ModelPart) => void): MessageStream {
  let start: JsonObject | null = null
  let stopReason: string | null = null
  let usage: Usage | null = null
  const content: ContentBlock[] = []
  const open = new Map<number, BlockBuilder>()
  /** Closed with an empty input, not yet known to be calls. */
  let unconfirmed: ToolUseBlock[] = []
  // Without a prototype: the ids are the server's words, and `__proto__` must be one of them.
  const rawInputs: { [id: string]: string } = Object.create(null)

  function read(data: string, name: string | null): StreamEnd | null {
    const event = parse(data)
    if (!isJsonObject(event)) {
      // Only what we know has to be readable: a stranger's event may hold anything.
      return name !== null && !EVENTS.has(name) ? null : malformed(`an event that is no JSON object: ${quote(data)}`)
    }
    const type = typeof event['type'] === 'string' ? event['type'] : name
    if (type === 'content_block_delta') return blockDelta(event)
    // Some servers send the error under no name.
    if (type === 'error' || (type === null && isJsonObject(event['error']))) return errorOf(event)
    if (type === 'message_start') return messageStart(event)
    if (type === null || !EVENTS.has(type)) return null
    if (start === null) return malformed(`"${type}" before "message_start"`)
    if (type === 'content_block_start') return blockStart(event)
    if (type === 'content_block_stop') return blockStop(event)
    if (type === 'message_delta') return messageDelta(event)
    return messageStop(start)
  }

  function messageStart(event: JsonObject): StreamEnd | null {
    if (start !== null) return malformed('a second "message_start"')
    if (!isJsonObject(event['message'])) return malformed('"message_start" without a message')
    start = event['message']
    usage = overwriteUsage(NO_USAGE, start['usage'])
    return null
  }

  function blockStart({ index, content_block: block }: JsonObject): StreamEnd | null {
    if (typeof index !== 'number' || open.has(index)) return malformed('a content block without an index of its own')
    if (!isBlock(block)) return malformed('a content block without a type')
    if (block.type === 'tool_use' && !isCallable(block)) return malformed('a "tool_use" without id or name')
    confirm()
    if (content.length === 0) onPart({ type: 'first_token' })
    content.push(block)
    open.set(index, new BlockBuilder(block))
    if (block.type === 'text' && 'text' in block) tellText(block.text)
    return null
  }

  function blockDelta({ index, delta }: JsonObject): StreamEnd | null {
    const builder = typeof index === 'number' ? open.get(index) : undefined
    if (builder === undefined) return malformed('a delta for a content block that is not open')
    if (!isJsonObject(delta)) return malformed('an empty "content_block_delta"')
    builder.add(delta)
    if (delta['type'] === 'text_delta') tellText(delta['text'])
    return null
  }

  function blockStop({ index }: JsonObject): StreamEnd | null {
    const builder = typeof index === 'number' ? open.get(index) : undefined
    if (builder === undefined || typeof index !== 'number') return malformed('the end of a block that is not open')
    open.delete(index)
    const { block } = builder
    const input = builder.close()
    if (!isCallable(block)) return null
    if (input === 'whole') tellCall(block)
    else if (input === 'unreadable') rawInputs[block.id] = builder.rawInput
    else unconfirmed.push(block)
    return null
  }

  function messageDelta({ delta, usage: counted }: JsonObject): StreamEnd | null {
    usage = overwriteUsage(usage ?? NO_USAGE, counted)
    if (isJsonObject(delta) && typeof delta['stop_reason'] === 'string') stopReason = delta['stop_reason']
    if (stopReason === 'tool_use') confirm()
    return null
  }

  function messageStop(message: JsonObject): StreamEnd {
    if (open.size > 0) return malformed('"message_stop" inside a content block')
    for (const block of unconfirmed) rawInputs[block.id] = ''
    return {
      type: 'message',
      message: {
        id: typeof message['id'] === 'string' ? message['id'] : '',
        model: typeof message['model'] === 'string' ? message['model'] : '',
        content,
        stop_reason: stopReason,
        usage: usage ?? NO_USAGE,
        raw_inputs: rawInputs,
      },
    }
  }

  /** The model has moved on: what closed with an empty input was a call without arguments. */
  function confirm(): void {
    for (const block of unconfirmed) tellCall(block)
    unconfirmed = []
  }

  function tellCall({ id, name, input }: ToolUseBlock): void {
    onPart({ type: 'call_ready', call: { id, name, input } })
  }

  function tellText(text: unknown): void {
    if (typeof text === 'string' && text !== '') onPart({ type: 'text_delta', text })
  }

  return { read, usage: () => usage }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

function isBlock(value: unknown): value is ContentBlock {
  return isJsonObject(value) && typeof value['type'] === 'string'
}

function errorOf(event: JsonObject): StreamEnd {
  const error = isJsonObject(event['error']) ? event['error'] : event
  return {
    type: 'error',
    code: typeof error['type'] === 'string' ? error['type'] : 'error',
    message: typeof error['message'] === 'string' ? error['message'] : '',
    requestId: typeof event['request_id'] === 'string' ? event['request_id'] : null,
  }
}

/** Counts are cumulative and left out where they do not apply: overwrite, never add. */
function overwriteUsage(usage: Usage, counted: unknown): Usage {
  if (!isJsonObject(counted)) return usage
  const count = (key: keyof Usage) => {
    const value = counted[key]
    return typeof value === 'number' ? value : usage[key]
  }
  return {
    input_tokens: count('input_tokens'),
    output_tokens: count('output_tokens'),
    cache_read_input_tokens: count('cache_read_input_tokens'),
    cache_creation_input_tokens: count('cache_creation_input_tokens'),
  }
}

function malformed(message: string): StreamEnd {
  return { type: 'malformed', message }
}

function quote(data: string): string {
  return JSON.stringify(data.length > 80 ? `${data.slice(0, 80)}...` : data)
}
