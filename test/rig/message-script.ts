/**
 * From what a test wrote (reply.ts) to what is sent: frames the blocks with the start and the end of
 * a message, spells the events, and lets the faults change the bytes.
 */
import type { Usage } from '../../src/contract/message.ts'
import type { Part } from './message-events.ts'
import { messageEnd, messageStart } from './message-events.ts'
import type { SentBlock } from './sent-blocks.ts'
import { sentBlocks } from './sent-blocks.ts'
import type { WireStep } from './wire.ts'
import { bytesStep, eventText } from './wire.ts'

/** What the server sends: `before` the headers, and after them. */
export type Script = {
  before: readonly WireStep[]
  status: number
  headers: Record<string, string>
  body: readonly WireStep[]
  /** null where this is no message. */
  stopReason: string | null
  /** The blocks that the client gets, if it gets all. */
  content: readonly SentBlock[]
}

export interface Reply {
  script(request: { model: string; requestId: string }): Script
}

export type MessageState = {
  parts: readonly Part[]
  nextIndex: number
  hasToolUse: boolean
  /** undefined: `tool_use` where there is a call, else `end_turn`. */
  stopReason: string | null | undefined
  usage: Usage
  id: string | null
  before: readonly WireStep[]
  headers: Record<string, string>
  newline: string
  framed: boolean
  transforms: readonly ((steps: readonly WireStep[]) => WireStep[])[]
}

const USAGE: Usage = {
  input_tokens: 100,
  output_tokens: 20,
  cache_read_input_tokens: 0,
  cache_creation_input_tokens: 0,
}

let lastId = 0
/** Unique in the test's process, so that scripts need no ids of their own. */
export function nextId(prefix: string): string {
  lastId += 1
  return `${prefix}_${String(lastId).padStart(4, '0')}`
}

export const EMPTY_MESSAGE: MessageState = {
  parts: [],
  nextIndex: 0,
  hasToolUse: false,
  stopReason: undefined,
  usage: USAGE,
  id: null,
  before: [],
  headers: {},
  newline: '\n',
  framed: true,
  transforms: [],
}

export function messageScript(state: MessageState, model: string): Script {
  const { parts, usage, newline, before } = state
  const stopReason = state.stopReason === undefined ? (state.hasToolUse ? 'tool_use' : 'end_turn') : state.stopReason
  const start = messageStart({ id: state.id ?? nextId('msg'), model, usage })
  const whole = state.framed ? [start, ...parts, ...messageEnd(stopReason, usage)] : parts
  const body = state.transforms.reduce<readonly WireStep[]>(
    (steps, transform) => transform(steps),
    whole.map((part) => wireStep(part, newline)),
  )
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...state.headers }
  return { before, status: 200, headers, body, stopReason, content: sentBlocks(parts) }
}

function wireStep(part: Part, newline: string): WireStep {
  if (part.type === 'event') return bytesStep(eventText(part.data, part.name, newline), true)
  if (part.type === 'comment') return bytesStep(`: ${part.text}${newline}${newline}`)
  return part
}
