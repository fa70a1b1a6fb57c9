import { createServer as createHttpServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { openMessageStream } from '../../src/models/message-stream.ts'
import { openProxyTransport } from '../../src/models/proxy-fetch.ts'
import type { BodyEnd } from '../../src/models/read-body.ts'
import { readBody } from '../../src/models/read-body.ts'
import { openApiServer } from '../rig/api-server.ts'
import { reply } from '../rig/reply.ts'
import { faultOf, openModelRig } from './model-rig.ts'
import { CERTIFICATE_PEM, KEY_PEM } from './self-signed.ts'

async function listen(server: Server): Promise<{ port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a server that listens on TCP has one
  return { port, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
}

function openSecureServer() {
  const seen: string[] = []
  const server = createSecureServer({ key: KEY_PEM, cert: CERTIFICATE_PEM }, (request, response) => {
    seen.push(request.url ?? '')
    response.end()
  })
  return { server, seen }
}

/** A proxy that tunnels whatever is asked for to one port, or answers with `status`. */
function openProxy({ to, status }: { to: number; status: number }) {
  const asked: string[] = []
  const server = createHttpServer()
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} no\r\n\r\n`)
    const upstream = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  return { server, asked }
}

it('M7 a certificate that is not trusted is rejected at once, and nothing is sent', async () => {
  const { server, seen } = openSecureServer()
  await using secure = await listen(server)
  await using rig = openModelRig(`https://localhost:${secure.port}`)
  const fault = faultOf(await rig.ask())
  expect(fault).toMatchObject({ kind: 'rejected', code: 'tls_error', retryable: false })
  expect(fault.message).toContain(`localhost:${secure.port}`)
  expect(fault.hint).toContain('NODE_EXTRA_CA_CERTS')
  expect(seen).toEqual([])
})

it('M7 a server without TLS behind an https address is rejected at once', async () => {
  await using plain = await listen(createHttpServer((_request, response) => response.end()))
  await using rig = openModelRig(`https://localhost:${plain.port}`)
  expect(faultOf(await rig.ask())).toMatchObject({ kind: 'rejected', code: 'tls_error', retryable: false })
})

it('HTTPS_PROXY is a tunnel: the certificate behind it is checked too', async () => {
  const { server, seen } = openSecureServer()
  await using secure = await listen(server)
  const { server: proxyServer, asked } = openProxy({ to: secure.port, status: 200 })
  await using proxy = await listen(proxyServer)
  await using rig = openModelRig('https://api.example.test', { proxyUrl: `http://127.0.0.1:${proxy.port}` })
  expect(faultOf(await rig.ask())).toMatchObject({ kind: 'rejected', code: 'tls_error', retryable: false })
  expect(asked).toEqual(['api.example.test:443'])
  expect(seen).toEqual([])
})

it('HTTPS_PROXY that refuses the tunnel is named', async () => {
  const { server, asked } = openProxy({ to: 0, status: 407 })
  await using proxy = await listen(server)
  await using rig = openModelRig('https://api.example.test', { proxyUrl: `http://127.0.0.1:${proxy.port}` })
  const fault = faultOf(await rig.ask())
  expect(fault).toMatchObject({ kind: 'rejected', code: 'proxy_refused', retryable: false })
  expect(fault.message).toBe('the proxy answered 407 to the connection to api.example.test')
  expect(asked).toHaveLength(1)
})

it.each([
  ['a host that NO_PROXY names', 'https://api.example.invalid', 'example.invalid'],
  ['loopback', 'https://localhost:1', null],
  ['plain http', 'http://api.example.invalid', null],
])('HTTPS_PROXY is not used for %s', async (_name, baseUrl, noProxy) => {
  const { server, asked } = openProxy({ to: 0, status: 407 })
  await using proxy = await listen(server)
  await using rig = openModelRig(baseUrl, { proxyUrl: `http://127.0.0.1:${proxy.port}`, noProxy })
  expect(faultOf(await rig.ask())).toMatchObject({ kind: 'unavailable', retryable: true })
  expect(asked).toEqual([])
})

it('HTTPS_PROXY hands the answer out as the plain transport does', async () => {
  await using api = await openApiServer({ replies: [reply.text('Zürich 東京'), reply.status(529)], validate: false })
  const transport = openProxyTransport('http://127.0.0.1:9', null)
  const send = () =>
    transport.fetch(`${api.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: new AbortController().signal,
    })
  const { incoming, headers } = await send()
  expect(headers.get('Content-Type')).toContain('text/event-stream')
  const end = await new Promise<BodyEnd>((resolve, reject) => {
    readBody(
      incoming,
      openMessageStream(() => {}),
      { onAlive: () => {}, onEnd: resolve, onBug: reject },
    )
  })
  expect(end).toMatchObject({ type: 'message', message: { content: [{ type: 'text', text: 'Zürich 東京' }] } })
  const refusal = await send()
  expect(refusal.ok).toBe(false)
  expect(await refusal.text()).toContain('a scripted 529')
  transport.close()
})

it('HTTPS_PROXY that is no address is a fault, not a crash', async () => {
  await using rig = openModelRig('https://api.example.test', { proxyUrl: 'no address' })
  expect(faultOf(await rig.ask())).toMatchObject({ kind: 'rejected', code: 'bad_url', retryable: false })
})

it('a base URL that is no address is a fault, not a crash', async () => {
  await using rig = openModelRig('no address')
  expect(faultOf(await rig.ask())).toMatchObject({ kind: 'rejected', code: 'bad_url', retryable: false })
})
