/** Servers that are reached over HTTP, and what becomes of calls when they are not reached. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { AgentError } from '../../src/contract/error.ts'
import { type HttpRequest, openHttpServer, startEverything } from './mcp-http.ts'
import { ended, openMcp } from './mcp-rig.ts'

const isCall = ({ message }: HttpRequest) => message['method'] === 'tools/call'

async function startMistake(texts: string[]): Promise<AgentError> {
  return openMcp(texts, { requireMcp: true }).then(
    () => Promise.reject(new Error('it opened')),
    (thrown) => thrown,
  )
}

it('calls tools of a real server, with progress, and ends its session', async () => {
  const { url } = await startEverything()
  const mcp = await openMcp([url])
  expect(mcp.tools.map(({ source }) => source)).toContain('mcp:127_0_0_1')
  expect(await ended(mcp.call('echo', { message: 'over HTTP' }))).toBe('Echo: over HTTP')
  const long = mcp.call('trigger-long-running-operation', { duration: 0.3, steps: 3 })
  expect(await ended(long)).toContain('completed')
  expect(long.clock.slice(0, 3)).toEqual(['started', 'progress', 'progress'])
  await mcp.close()
})

it('T11 ends its calls within a second where a real server is killed, and later ones at once', async () => {
  const { url, kill } = await startEverything()
  const mcp = await openMcp([url])
  const call = mcp.call('trigger-long-running-operation', { duration: 60, steps: 2 })
  await call.said('started')
  await mcp.call('echo', { message: 'so that the stream is open' }).outcome
  await kill()
  expect(await ended(call)).toEqual(['failed', 'server_unreachable', expect.any(String)])
  expect(await ended(mcp.call('echo', { message: 'x' }))).toContain('the connection was refused')
})

it('sends the headers of the file, and nothing of ours', async () => {
  const server = await openHttpServer()
  const directory = mkdtempSync(join(tmpdir(), 'agent-mcp-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const file = join(directory, 'servers.json')
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the file
  const entry = { type: 'http', url: server.url, headers: { Authorization: 'Bearer ${T}' } }
  writeFileSync(file, JSON.stringify({ mcpServers: { remote: entry } }))
  const mcp = await openMcp([file], { variables: { T: 'the-token' } })
  expect(await ended(mcp.call('mcp__remote__look'))).toBe('called')
  await mcp.close()
  expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer the-token']))
  expect(server.methods().at(-1)).toBe('DELETE')
})

it('says why a server was not reached, and what can be done', async () => {
  const status = (code: number, text: string) => (_request: HttpRequest, response: ServerResponse) => {
    response.writeHead(code, { 'content-type': 'text/html' }).end(text)
    return true
  }
  const reasons: [number, string, string, string | null][] = [
    [401, '', 'it answered with status 401: it wants to know who asks', 'headers'],
    [403, '', 'it answered with status 403: it does not let us in', 'headers'],
    [404, '<html>\n</html>', 'it answered with status 404: there is no MCP server at this path', '/mcp'],
    [500, 'a fault\nof many lines', 'it answered with status 500: a fault', null],
    [200, '<html>', 'Unexpected content type: text/html', null],
  ]
  for (const [code, text, message, hint] of reasons) {
    const { url } = await openHttpServer(status(code, text))
    const error = await startMistake([url])
    expect([error.exitCode, error.message]).toEqual([3, `the MCP server "127_0_0_1" did not start: ${message}`])
    if (hint === null) expect(error.hint).toBeNull()
    else expect(error.hint).toContain(hint)
  }
  const { url, close } = await openHttpServer()
  close()
  expect((await startMistake([url])).message).toContain('the connection was refused')
  expect((await startMistake(['http://host.invalid/mcp'])).message).toMatch(/the host is not known/)
})

it('T11 opens a session anew, once, where the server has ended it', async () => {
  let over = 0
  const server = await openHttpServer((request, response) => {
    if (!isCall(request) || over === 0) return false
    over -= 1
    response.writeHead(404).end('no such session')
    return true
  })
  const mcp = await openMcp([server.url])
  over = 2
  const calls = [mcp.call('look'), mcp.call('change')]
  expect([await ended(calls[0] ?? mcp.call('look')), await ended(calls[1] ?? mcp.call('look'))]).toEqual([
    'called',
    'called',
  ])
  expect(calls[1]?.clock).toEqual(['started', 'startedAnew'])
  expect(server.methods().filter((method) => method === 'initialize').length).toBe(2)
  over = 1
  expect(await ended(mcp.call('look'))).toContain('server_crashed')
  expect(await ended(mcp.call('look'))).toContain('server_crashed')
})

it('tells a write that may have happened from one that did not', async () => {
  const server = await openHttpServer((request, response) => {
    if (!isCall(request)) return false
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': begun\n\n', () => response.destroy())
    return true
  })
  const mcp = await openMcp([server.url])
  expect(await ended(mcp.call('change'))).toEqual([
    'interrupted',
    'server_unreachable',
    'may have happened: the connection ended before the answer came',
  ])
  expect(await ended(mcp.call('look'))).toContain('failed')
  server.close()
  expect(await ended(mcp.call('change'))).toEqual(['failed', 'server_unreachable', 'the connection was refused'])
})

it('T11 reads no more than one message may hold', async () => {
  const server = await openHttpServer((request, response) => {
    if (!isCall(request)) return false
    response.writeHead(200, { 'content-type': 'application/json' })
    const more = () => void (response.destroyed || response.write('x'.repeat(1024 * 1024), more))
    more()
    return true
  })
  const mcp = await openMcp([server.url])
  expect(await ended(mcp.call('look'))).toEqual(['failed', expect.any(String), expect.stringContaining('64 MiB')])
})

it('tells the server of a canceled call', async () => {
  const server = await openHttpServer((request, response) => {
    if (isCall(request)) response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    return isCall(request)
  })
  const mcp = await openMcp([server.url])
  const call = mcp.call('look')
  await call.said('started')
  call.abort()
  expect(await ended(call)).toContain('canceled')
  await expect.poll(() => server.methods(), { timeout: 20_000 }).toContain('notifications/cancelled')
})
