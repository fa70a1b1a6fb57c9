/** A model behind a proxy: the one path of the built command that goes through undici. */
import { writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { CERTIFICATE_PEM, KEY_PEM } from '../models/self-signed.ts'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { runAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

const HOST = 'https://api.example.test'

async function listen(listener: Server): Promise<number> {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void listener.close())
  return (listener.address() as AddressInfo).port // a server that listens on TCP has one
}

/** Takes TLS off and hands on what is left. */
function openSecureDoor(to: number): Promise<number> {
  const door = createSecureServer({ key: KEY_PEM, cert: CERTIFICATE_PEM })
  door.removeAllListeners('secureConnection')
  door.on('secureConnection', (socket) => {
    const inner = connect(to, '127.0.0.1')
    socket.pipe(inner).pipe(socket)
    inner.on('error', () => socket.destroy())
    socket.on('error', () => inner.destroy())
  })
  return listen(door)
}

/** A proxy that tunnels all to one port; null: it refuses. */
async function openProxy(to: number | null): Promise<{ env: Record<string, string>; asked: string[] }> {
  const asked: string[] = []
  const proxy = createHttpServer()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    if (to === null) return socket.end('HTTP/1.1 407 no\r\n\r\n')
    const upstream = connect(to, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  return { env: { HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}` }, asked }
}

it('answers through the proxy, calls and all', async () => {
  const { api } = await server(reply.toolUse('greet', {}).split(3), reply.text('Grüße 👋').split(1))
  const { env, asked } = await openProxy(await openSecureDoor(Number(new URL(api.url).port)))
  const { dir } = withTool(toolSource('greet', `return 'hello'`))
  const trusted = join(dir, 'certificate.pem')
  writeFileSync(trusted, CERTIFICATE_PEM)
  const args = ['ask', '--base-url', HOST, '-t', 'tool.mjs', 'q']
  const result = await runAgent(args, { dir, env: { ...env, NODE_EXTRA_CA_CERTS: trusted } })
  expect([result.stdout, result.stderr, result.code]).toEqual(['Grüße 👋\n', '', 0])
  expect([...new Set(asked)]).toEqual(['api.example.test:443'])
  expect(api.violations).toEqual([])
  await endToEnd(result)
})

it('M7 trusts no certificate because of the proxy: exit 5', async () => {
  const { api } = await server()
  const { env } = await openProxy(await openSecureDoor(Number(new URL(api.url).port)))
  const result = await runAgent(['ask', '--base-url', HOST, 'q'], { env })
  expect([result.code, result.stderr]).toEqual([5, expect.stringContaining('NODE_EXTRA_CA_CERTS')])
  expect(api.requests).toEqual([])
  await endToEnd(result)
})

it('M7 names a proxy that refuses: exit 5', async () => {
  const { env } = await openProxy(null)
  const result = await runAgent(['ask', '--base-url', HOST, 'q'], { env })
  expect([result.code, result.stderr]).toEqual([5, expect.stringContaining('the proxy answered 407')])
  await endToEnd(result)
})
