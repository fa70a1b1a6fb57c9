/**
 * A Messages API on loopback, or on a bridge to hosts of the rig, that answers from a script. It reads every request as the real API
 * would, answers 400 to what that would refuse and remembers it in `violations`, so a test that
 * ends with `expect(api.violations).toEqual([])` has checked the whole conversation.
 */

import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'
import type { Violation } from './refusal.ts'
import type { Reply } from './reply.ts'
import { reply as replies } from './reply.ts'
import { openMemory } from './sent-blocks.ts'
import type { Rules } from './validate-request.ts'
import { validateRequest } from './validate-request.ts'
import type { Played } from './wire.ts'
import { play, playOpen } from './wire.ts'

export type ApiServerOptions = Omit<Rules, 'paused'> & {
  /** In the order of the requests, or by request; `index` counts from 0 and counts refused requests too. */
  replies: readonly Reply[] | ((request: ApiRequest, index: number) => Reply | Promise<Reply>)
  /** False: answers whatever comes; for servers that are not the API. */
  validate?: boolean
  /** False: the model's messages in a request may be others than those that were sent from here. */
  echo?: boolean
  /** Address of this machine to listen at. Default: loopback. */
  address?: string
}

export type ApiRequest = {
  index: number
  method: string
  path: string
  headers: IncomingHttpHeaders
  rawBody: Buffer
  /** {} where the body is no JSON object. */
  body: JsonObject
  /** On the axis of performance.now(), when the whole request had been read. */
  arrivedAt: number
  /** null while the reply goes on. */
  answeredAt: number | null
  connection: 'open' | Played
  /** Resolves when the reply is over, however it ended. */
  ended: Promise<Played>
  /** Port of the client's socket: the same for requests over one connection. */
  clientPort: number
}

export interface ApiServer extends AsyncDisposable {
  /** `http://ADDRESS:PORT`, as for --base-url. */
  readonly url: string
  readonly requests: readonly ApiRequest[]
  /** What the real API would have refused, one line each, with the number of the request. */
  readonly violations: readonly string[]
  /** The request with this index (from 0), as soon as it has arrived. */
  request(index: number): Promise<ApiRequest>
  /** Ends every connection at once. */
  close(): Promise<void>
}

export async function openApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const requests: ApiRequest[] = []
  const violations: string[] = []
  const waiting: { index: number; resolve: (request: ApiRequest) => void }[] = []
  const memory = openMemory()
  let paused = false

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    response.on('close', () => gone.abort())
    response.on('error', () => {}) // the client left while we were writing; `gone` tells
    const rawBody = await readAll(incoming)
    const { request, finish } = openRequest(incoming, rawBody, requests.length)
    requests.push(request)
    for (const waiter of waiting) if (waiter.index === request.index) waiter.resolve(request)
    try {
      const chosen = await choose(request)
      const requestId = `req_${String(request.index + 1).padStart(4, '0')}`
      const script = chosen.script({ model: String(request.body.model ?? ''), requestId })
      if (script.stopReason === 'pause_turn') paused = true
      memory.add(script.content)
      const endedEarly = await playOpen(script.before, response, gone.signal)
      if (endedEarly !== null) return finish(endedEarly)
      response.writeHead(script.status, { 'request-id': requestId, ...script.headers })
      response.flushHeaders()
      finish(await play(script.body, response, gone.signal))
    } catch (error) {
      violations.push(`request ${request.index + 1}: the script threw ${String(error)}`)
      response.destroy()
      finish('broken')
    }
  }

  async function choose(request: ApiRequest): Promise<Reply> {
    const violation =
      options.validate === false ? null : (validateRequest(request, { ...options, paused }) ?? foreign(request))
    if (violation !== null) {
      violations.push(`request ${request.index + 1}: ${violation.message}`)
      return replies.status(violation.status, { type: violation.type, message: violation.message })
    }
    if (typeof options.replies === 'function') return options.replies(request, request.index)
    const next = options.replies[request.index]
    if (next !== undefined) return next
    violations.push(`request ${request.index + 1}: the script has only ${options.replies.length} replies`)
    return replies.status(400, { message: 'the script has no further reply' })
  }

  function foreign(request: ApiRequest): Violation | null {
    const message = options.echo === false ? null : memory.findForeign(request.body.messages)
    return message === null ? null : { status: 400, type: 'invalid_request_error', message }
  }

  const server = createServer((incoming, response) => void answer(incoming, response).catch(() => response.destroy()))
  const url = await listen(server, options.address)
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    url,
    requests,
    violations,
    close,
    request(index) {
      const there = requests[index]
      if (there !== undefined) return Promise.resolve(there)
      return new Promise((resolve) => waiting.push({ index, resolve }))
    },
    [Symbol.asyncDispose]: close,
  }
}

/** An URL on loopback where nothing listens. */
export async function refusedUrl(): Promise<string> {
  const server = createServer()
  const url = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}

function openRequest(
  incoming: IncomingMessage,
  rawBody: Buffer,
  index: number,
): { request: ApiRequest; finish: (how: Played) => void } {
  let resolveEnded = (_how: Played) => {}
  const request: ApiRequest = {
    index,
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    rawBody,
    body: parseObject(rawBody),
    arrivedAt: performance.now(),
    answeredAt: null,
    connection: 'open',
    ended: new Promise((resolve) => {
      resolveEnded = resolve
    }),
    clientPort: incoming.socket.remotePort ?? 0,
  }
  const finish = (how: Played) => {
    request.answeredAt = performance.now()
    request.connection = how
    resolveEnded(how)
  }
  return { request, finish }
}

async function readAll(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

function parseObject(rawBody: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(rawBody.toString('utf8'))
    return isJsonObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

async function listen(server: Server, address = '127.0.0.1'): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, address, resolve))
  // A server that listens on TCP has an AddressInfo, never a path.
  const { port } = server.address() as AddressInfo
  return `http://${address}:${port}`
}
