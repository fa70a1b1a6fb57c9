/**
 * One connection to a server, in our words. The only door to the client of the protocol's authors. It
 * checks nothing of what servers say but the frame of it, and knows no time limits of its own: who
 * calls has a signal.
 */
import {
  Client,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client'
import * as z from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import { thrownMessage } from '../contract/error.ts'
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { TraceHeaders } from '../contract/trace-context.ts'
import type { HttpEntry } from './mcp-entry.ts'
import type { McpFault } from './mcp-fault.ts'
import { boundedFetch } from './mcp-fetch.ts'
import type { MessagePipe } from './mcp-process.ts'

/** The client's own time-out is 60 s; setTimeout takes no more than this. */
const NEVER_MS = 2 ** 31 - 1
/** A broken stream is taken up again at once or not at all: a call's outcome is due within a second. */
const RECONNECTION = {
  initialReconnectionDelay: 100,
  maxReconnectionDelay: 200,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: 2,
}
/** Of an error that we make where an answer can no longer come; those of servers are below zero. */
const STREAM_LOST = 1
/** Of one that we make of an answer that is neither a result nor an error. */
const BAD_ANSWER = 2

/** Results are foreign and may be of a later protocol: their parts are looked at where they are used. */
const anyObject = z.custom<JsonObject>(isJsonObject, 'is no object')

export type ConnectionHandlers = {
  toolsChanged(): void
  /** What the server wants to be known, and faults that belong to no call. */
  told(text: string): void
}

export interface McpConnection {
  /** Whether the server says that it has tools at all. */
  readonly hasTools: boolean
  listTools(cursor: string | null, signal: AbortSignal): Promise<JsonObject>
  /** The request is on its way when this returns. An abort tells the server, and rejects at once. */
  callTool(name: string, input: JsonObject, how: CallOptions): SentCall
  /** Ends the session at the server, where there is one; never rejects. */
  terminate(): Promise<void>
  close(): Promise<void>
}

export type CallOptions = {
  signal: AbortSignal
  progress: () => void
  /** Goes along in `_meta`, as the protocol says for every transport; null: nothing does. */
  trace: TraceHeaders | null
}

export type SentCall = {
  result: Promise<JsonObject>
  /** Tells the server that nobody needs the answer, which is awaited all the same. */
  cancel(reason: string): void
}

export function connectPipe(pipe: MessagePipe, handlers: ConnectionHandlers, signal: AbortSignal) {
  return connect(pipeTransport(pipe), handlers, signal)
}

export function connectHttp({ url, headers }: HttpEntry, handlers: ConnectionHandlers, signal: AbortSignal) {
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    fetch: boundedFetch,
    reconnectionOptions: RECONNECTION,
  })
  return connect(transport, handlers, signal, () => transport.terminateSession())
}

async function connect(
  transport: Transport,
  handlers: ConnectionHandlers,
  signal: AbortSignal,
  terminateSession: () => Promise<void> = () => Promise.resolve(),
): Promise<McpConnection> {
  const client = new Client(
    { name: packageJson.name, version: packageJson.version },
    // Else a validator is made that compiles the patterns of foreign schemas.
    { capabilities: {}, jsonSchemaValidator: acceptAll },
  )
  client.onerror = ({ message }) => handlers.told(message.slice(0, 500))
  client.setNotificationHandler('notifications/tools/list_changed', handlers.toolsChanged)
  client.setNotificationHandler('notifications/message', ({ params }) => handlers.told(logText(params.data)))
  const lastId = watchRequests(transport)
  await client.connect(transport, { signal, timeout: NEVER_MS })
  return {
    hasTools: client.getServerCapabilities()?.tools !== undefined,
    listTools(cursor, listSignal) {
      const params = cursor === null ? {} : { cursor }
      return client.request({ method: 'tools/list', params }, anyObject, { signal: listSignal, timeout: NEVER_MS })
    },
    callTool(name, input, { signal: callSignal, progress, trace }) {
      const params = { name, arguments: input, ...(trace !== null && { _meta: { ...trace } }) }
      const request = { method: 'tools/call', params }
      const result = client.request(request, anyObject, { signal: callSignal, timeout: NEVER_MS, onprogress: progress })
      const requestId = lastId()
      return {
        result,
        cancel: (reason) => {
          const notification = { method: 'notifications/cancelled' as const, params: { requestId, reason } }
          client.notification(notification).catch(() => undefined)
        },
      }
    },
    terminate: () => terminateSession().catch(() => undefined),
    close: () => client.close().catch(() => undefined),
  }
}

/**
 * Notes the ids of requests, and answers those whose stream ends without an answer: the client leaves
 * them to its time-out.
 *
 * @returns the id of the latest request
 */
function watchRequests(transport: Transport): () => string | number {
  let latest: string | number = ''
  const send = transport.send.bind(transport)
  transport.send = (message, options) => {
    if (!('method' in message && 'id' in message)) return send(message, options)
    const { id } = message
    latest = id
    const error = { code: STREAM_LOST, message: 'the connection ended before the answer came' }
    const onRequestStreamEnd = () => transport.onmessage?.({ jsonrpc: '2.0', id, error })
    return send(message, { ...options, onRequestStreamEnd })
  }
  return () => latest
}

type Received = Parameters<NonNullable<Transport['onmessage']>>[0]

/** An answer that the client would pass over as none, and its call would wait for ever. */
function readable(message: JsonObject): JsonObject {
  const { id, method, result, error } = message
  if (id === undefined || method !== undefined || isJsonObject(result)) return message
  if (isJsonObject(error) && Number.isSafeInteger(error['code']) && typeof error['message'] === 'string') return message
  const shown = JSON.stringify(error ?? result ?? null).slice(0, 500)
  return { jsonrpc: '2.0', id, error: { code: BAD_ANSWER, message: `the answer is none: ${shown}` } }
}

function pipeTransport(pipe: MessagePipe): Transport {
  const transport: Transport = {
    start: () => {
      pipe.listen({
        // The client looks at every message itself, and passes over what is none.
        message: (message) => transport.onmessage?.(readable(message) as Received),
        closed: () => transport.onclose?.(),
      })
      return Promise.resolve()
    },
    send: (message) => {
      pipe.send(message)
      return Promise.resolve()
    },
    close: () => Promise.resolve(transport.onclose?.()),
  }
  return transport
}

const acceptAll = {
  // `never` fits every type that a validator promises; nobody asks ours.
  getValidator: () => (input: unknown) => ({ valid: true as const, data: input as never, errorMessage: undefined }),
}

function logText(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data as JsonValue)
}

/** What the client has rejected with, in our words. */
export function faultOf(error: unknown): McpFault {
  if (error instanceof SdkHttpError) return { type: 'http', status: error.status, text: String(error.data.text ?? '') }
  if (error instanceof ProtocolError) {
    const { code, message } = error
    if (code === STREAM_LOST) return { type: 'stream_lost' }
    return code === BAD_ANSWER ? { type: 'other', message } : { type: 'answered', code, message }
  }
  if (error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed) return { type: 'closed' }
  // Asked for in the very tick in which the connection ended; the client has no code for it.
  if (error instanceof Error && error.message === 'Not connected') return { type: 'closed' }
  const cause = error instanceof Error ? error.cause : null
  if (error instanceof TypeError && cause instanceof Error) {
    return { type: 'network', code: 'code' in cause ? String(cause.code) : null, message: cause.message }
  }
  return { type: 'other', message: thrownMessage(error) }
}
