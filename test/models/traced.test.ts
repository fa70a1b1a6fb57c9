/** Requests that make spans go another way to the server: what comes of them is the same. */
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import type { ModelFault } from '../../src/contract/model.ts'
import { openApiServer, refusedUrl } from '../rig/api-server.ts'
import { reply } from '../rig/reply.ts'
import { faultAfter, faultOf, messageOf, openModelRig } from './model-rig.ts'

const TRACING = { tracerProvider: new BasicTracerProvider(), content: true }
const WAYS = [
  { spans: 'no spans', tracing: null },
  { spans: 'spans', tracing: TRACING },
]

/** What each server says of itself differs. */
function comparable(fault: ModelFault) {
  const text = JSON.stringify({ ...fault, requestId: fault.requestId === null ? null : 'req_' })
  return JSON.parse(text.replace(/127\.0\.0\.1:\d+/g, 'SERVER').replace(/req_\w+/g, 'req_'))
}

describe('what a server can do', () => {
  const toolUse = reply.text('Looking.').toolUse('get_weather', { location: 'Tokyo' })
  const html = { headers: { 'content-type': 'text/html' }, body: '<title>Bad gateway</title><p>Sorry' }
  it.each([
    ['an error of the API', reply.status(400)],
    ['a wrong key', reply.status(401)],
    ['an unknown model', reply.status(404)],
    ['too many requests', reply.status(429, { headers: { 'retry-after': '7' } })],
    ['too much to do', reply.status(529)],
    ['a page instead of an error', reply.http(502, html)],
    ['an error without a word', reply.http(500, { headers: {}, body: '' })],
    ['an error of another server', reply.http(422, { headers: {}, body: '{"detail":"no such field: tools"}' })],
    ['a redirect', reply.http(307, { headers: { location: 'https://example.com/' }, body: '' })],
    ['a page instead of a stream', reply.http(200, html)],
    ['an empty stream', reply.http(200, { headers: { 'content-type': 'text/event-stream' }, body: '' })],
    ['a connection that it closes', reply.hangUp()],
    ['a connection that it resets', reply.reset()],
    ['a stream that it cuts', toolUse.endAfter({ bytes: 500 }, 'cut')],
    ['a stream that ends too early', toolUse.endAfter({ events: 6 }, 'eof')],
    ['an error in the middle of a stream', reply.text('Half').errorEvent('overloaded_error')],
  ])('%s is the same fault', async (_what, scripted) => {
    const plain = await faultAfter(scripted, null)
    const traced = await faultAfter(scripted, TRACING)
    expect(comparable(traced.fault)).toEqual(comparable(plain.fault))
    expect(traced.parts).toEqual(plain.parts)
  })

  it('a message is the same, and is asked for in the same words', async () => {
    const asked = await Promise.all(
      WAYS.map(async ({ tracing }) => {
        await using api = await openApiServer({ replies: [toolUse] })
        await using rig = openModelRig(api.url, {}, tracing)
        const { id: _, ...message } = messageOf(await rig.ask())
        const { headers, body } = await api.request(0)
        return { message, parts: rig.parts, body, headers: { ...headers, host: '' } }
      }),
    )
    expect(asked[1]).toEqual(asked[0])
  })
})

it('an address where nobody listens is the same fault', async () => {
  const url = await refusedUrl()
  const ask = async (tracing: typeof TRACING | null) => {
    await using rig = openModelRig(url, {}, tracing)
    return comparable(faultOf(await rig.ask()))
  }
  expect(await ask(TRACING)).toEqual(await ask(null))
})

it.each(WAYS)('with $spans, whoever aborts before the head of the answer cuts the connection', async ({ tracing }) => {
  await using api = await openApiServer({ replies: [reply.silence()] })
  await using rig = openModelRig(api.url, {}, tracing)
  const asked = rig.ask()
  const request = await api.request(0)
  rig.abort()
  expect(faultOf(await asked)).toMatchObject({ kind: 'aborted' })
  expect(await request.ended).not.toBe('whole')
})
