/** Servers that are reached over HTTP: a real one from npm, and ones whose answers the test decides. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { EVERYTHING } from './mcp-rig.ts'

/** Ended after the test. */
export async function startEverything(): Promise<{ url: string; kill: () => Promise<void> }> {
  const port = await freePort()
  const server = spawn(process.execPath, [EVERYTHING, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(server, 'exit')
  const kill = async () => {
    server.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  let said = ''
  for await (const chunk of server.stderr) {
    said += String(chunk)
    if (said.includes('listening on port')) return { url: `http://127.0.0.1:${port}/mcp`, kill }
  }
  throw new Error(`the server did not start: ${said}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // What listens on a port has such an address.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export type HttpRequest = { method: string; headers: IncomingMessage['headers']; message: JsonObject }
export type HttpServer = { url: string; requests: HttpRequest[]; methods(): string[]; close(): void }

/**
 * Speaks the protocol as far as tools go, unless `answer` takes a request over by returning true.
 * Closed after the test.
 */
export async function openHttpServer(
  answer: (request: HttpRequest, response: ServerResponse) => boolean = () => false,
): Promise<HttpServer> {
  const requests: HttpRequest[] = []
  const server = createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    const message: JsonObject = body === '' ? {} : JSON.parse(body)
    const request = { method: incoming.method ?? '', headers: incoming.headers, message }
    requests.push(request)
    if (!answer(request, response)) answerWell(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  onTestFinished(close)
  // As above.
  const { port } = server.address() as AddressInfo
  const methods = () => requests.map(({ method, message }) => String(message['method'] ?? method))
  return { url: `http://127.0.0.1:${port}/mcp`, requests, methods, close }
}

function answerWell({ method, message }: HttpRequest, response: ServerResponse): void {
  const { id } = message
  if (method !== 'POST') return void response.writeHead(method === 'DELETE' ? 200 : 405).end()
  if (id === undefined) return void response.writeHead(202).end()
  const result = resultOf(String(message['method']))
  response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'session-1' })
  response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
}

function resultOf(method: string): JsonObject {
  if (method === 'initialize') {
    return { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } }
  }
  if (method !== 'tools/list') return { content: [{ type: 'text', text: 'called' }] }
  const inputSchema = { type: 'object' }
  return {
    tools: [
      { name: 'look', inputSchema, annotations: { readOnlyHint: true } },
      { name: 'change', inputSchema },
    ],
  }
}
