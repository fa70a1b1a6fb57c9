/**
 * The little language in which tests write what the API answers:
 *
 *     reply.text('Looking.').toolUse('get_weather', { location: 'Tokyo' })
 *     reply.text('Half of a sent').cut()
 *     reply.status(529)
 *
 * Replies are values: each word returns a new one, so one can be sent many times. Times are the
 * reply's own timeline (`afterMs`); where a test wants to hold the strings it takes a gate instead.
 */
import type { JsonObject } from '../../src/contract/json.ts'
import type { Usage } from '../../src/contract/message.ts'
import type { HttpReplies } from './http-reply.ts'
import { httpReplies } from './http-reply.ts'
import type { BlockOptions, Part } from './message-events.ts'
import { block, errorEvent, eventPart, textBlock, thinkingBlock, toolUseBlock } from './message-events.ts'
import type { MessageState, Reply, Script } from './message-script.ts'
import { EMPTY_MESSAGE, messageScript, nextId } from './message-script.ts'
import type { Ending, WireStep } from './wire.ts'
import { bytesStep, endAfter, eventText, splitEvery } from './wire.ts'

export type { Reply } from './message-script.ts'

type ToolUseOptions = BlockOptions & {
  id?: string
  /** Sent in place of the input's JSON: cut, or no JSON. */
  rawInput?: string
}

export class MessageReply implements Reply {
  readonly #state: MessageState

  constructor(state: MessageState) {
    this.#state = state
  }

  #with(change: Partial<MessageState>): MessageReply {
    return new MessageReply({ ...this.#state, ...change })
  }

  #add(...parts: Part[]): MessageReply {
    return this.#with({ parts: [...this.#state.parts, ...parts] })
  }

  #addBlock(parts: readonly Part[]): MessageReply {
    return this.#with({ parts: [...this.#state.parts, ...parts], nextIndex: this.#state.nextIndex + 1 })
  }

  text(text: string, options: BlockOptions = {}): MessageReply {
    return this.#addBlock(textBlock(this.#state.nextIndex, text, options))
  }

  /** @param idOrOptions  without an id the call gets one that is unique in the process */
  toolUse(name: string, input: JsonObject, idOrOptions: string | ToolUseOptions = {}): MessageReply {
    const options = typeof idOrOptions === 'string' ? { id: idOrOptions } : idOrOptions
    const call = { id: options.id ?? nextId('toolu'), name }
    const parts = toolUseBlock(this.#state.nextIndex, call, options.rawInput ?? JSON.stringify(input), options)
    return this.#addBlock(parts).#with({ hasToolUse: true })
  }

  thinking(thinking: string, signature = 'c2lnbmF0dXJl', options: BlockOptions = {}): MessageReply {
    return this.#addBlock(thinkingBlock(this.#state.nextIndex, thinking, signature, options))
  }

  /** A block of any type, as it stands in its start event; deltas follow as given. */
  block(start: JsonObject, deltas: readonly JsonObject[] = [], options: BlockOptions = {}): MessageReply {
    return this.#addBlock(block(this.#state.nextIndex, start, deltas, options))
  }

  /** Any event, known or not. */
  event(data: JsonObject & { type: string }): MessageReply {
    return this.#add(eventPart(data))
  }

  ping(): MessageReply {
    return this.#add(eventPart({ type: 'ping' }))
  }

  /** Pings and nothing else, until the client leaves. */
  pings(everyMs = 5): MessageReply {
    return this.#add({ type: 'forever', bytes: Buffer.from(eventText({ type: 'ping' }, 'ping', '\n')), everyMs })
  }

  /** An `error` event; the body ends after it, as the API's does. */
  errorEvent(type: string, message = `a scripted ${type}`): MessageReply {
    return this.#add(errorEvent(type, message)).end('eof')
  }

  comment(text: string): MessageReply {
    return this.#add({ type: 'comment', text })
  }

  /** Bytes as they are, whole events or not. */
  raw(bytes: string | Buffer): MessageReply {
    return this.#add(bytesStep(bytes))
  }

  /** What follows comes so much later. */
  afterMs(ms: number): MessageReply {
    return this.#add({ type: 'wait', ms })
  }

  /** What follows waits for the promise. */
  gate(gate: Promise<unknown>): MessageReply {
    return this.#add({ type: 'gate', gate })
  }

  /** The end of the reply, here: nothing that would follow is sent. */
  end(ending: Ending): MessageReply {
    return this.#add({ type: 'ending', ending })
  }

  cut(): MessageReply {
    return this.end('cut')
  }

  stall(): MessageReply {
    return this.end('stall')
  }

  /** The body ends without message_stop. */
  eof(): MessageReply {
    return this.end('eof')
  }

  /** Ends the finished reply early: after so many bytes of the body, or whole events. */
  endAfter(after: { bytes: number } | { events: number }, ending: Ending): MessageReply {
    return this.#transform((steps) => endAfter(steps, after, ending))
  }

  /** Every write holds so many bytes; Infinity sends all that is between two pauses in one write. */
  split(size: number): MessageReply {
    return this.#transform((steps) => splitEvery(steps, size))
  }

  crlf(): MessageReply {
    return this.#with({ newline: '\r\n' })
  }

  stop(stopReason: string | null): MessageReply {
    return this.#with({ stopReason })
  }

  /** Of the whole message, as `message_delta` tells it; `message_start` has the same input tokens and one output token. */
  usage(usage: Partial<Usage>): MessageReply {
    return this.#with({ usage: { ...this.#state.usage, ...usage } })
  }

  id(id: string): MessageReply {
    return this.#with({ id })
  }

  headers(headers: Record<string, string>): MessageReply {
    return this.#with({ headers: { ...this.#state.headers, ...headers } })
  }

  /** The headers wait so long, or for the promise. */
  headersAfter(wait: number | Promise<unknown>): MessageReply {
    const step: WireStep = typeof wait === 'number' ? { type: 'wait', ms: wait } : { type: 'gate', gate: wait }
    return this.#with({ before: [...this.#state.before, step] })
  }

  /** Only what is written here: neither message_start nor the end of a message is added. */
  bare(): MessageReply {
    return this.#with({ framed: false })
  }

  #transform(transform: (steps: readonly WireStep[]) => WireStep[]): MessageReply {
    return this.#with({ transforms: [...this.#state.transforms, transform] })
  }

  script(request: { model: string }): Script {
    return messageScript(this.#state, request.model)
  }
}

/** Where every reply begins; by itself a message without content. */
export const reply: MessageReply & HttpReplies = Object.assign(new MessageReply(EMPTY_MESSAGE), httpReplies)

/** A promise that the test fulfils: `reply.gate(gate.opened)`, `gate.open()`. */
export function openGate(): { opened: Promise<void>; open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
