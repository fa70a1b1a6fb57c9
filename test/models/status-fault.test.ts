import { describe, expect, it } from 'vitest'
import { openApiServer, refusedUrl } from '../rig/api-server.ts'
import { reply } from '../rig/reply.ts'
import { faultAfter, faultOf, KEY, openModelRig } from './model-rig.ts'

describe('M7 an answer that may get better', () => {
  it.each([408, 409, 429, 500, 502, 503, 504, 529])('%d may be asked again', async (status) => {
    const { fault } = await faultAfter(reply.status(status))
    expect(fault).toMatchObject({ kind: 'unavailable', status, retryable: true, requestId: 'req_0001' })
  })

  it.each([
    [529, 'false', false],
    [400, 'true', true],
  ])('%d with x-should-retry: %s is obeyed', async (status, value, retryable) => {
    const { fault } = await faultAfter(reply.status(status, { headers: { 'x-should-retry': value } }))
    expect(fault.retryable).toBe(retryable)
  })

  it('a refused connection may be asked again, and the hint names --base-url', async () => {
    await using rig = openModelRig(await refusedUrl())
    const fault = faultOf(await rig.ask())
    expect(fault).toMatchObject({ kind: 'unavailable', code: 'refused', retryable: true })
    expect(fault.hint).toContain('--base-url')
  })

  it('an unknown host may be asked again', async () => {
    await using rig = openModelRig('http://no-such-host.invalid')
    const fault = faultOf(await rig.ask())
    expect(fault).toMatchObject({ kind: 'unavailable', code: 'unknown_host', retryable: true })
    expect(fault.message).toContain('no-such-host.invalid')
  })
})

describe('M8 an answer that stays as it is', () => {
  it.each([
    [400, 'rejected', 'invalid_request_error'],
    [401, 'account', 'authentication_error'],
    [402, 'account', 'billing_error'],
    [403, 'account', 'permission_error'],
    [404, 'rejected', 'not_found_error'],
    [413, 'rejected', 'request_too_large'],
    [422, 'rejected', 'invalid_request_error'],
  ])('%d is %s, with type, message and request id', async (status, kind, code) => {
    const { fault } = await faultAfter(reply.status(status))
    expect(fault).toMatchObject({ kind, code, status, retryable: false, requestId: 'req_0001' })
    expect(fault.message).toMatch(
      new RegExp(`answered ${status} ${code}: a scripted ${status} \\(request req_0001\\)$`),
    )
  })

  it.each([
    ['HTML', reply.html(403), /answered 403 permission_error: 502 Bad Gateway/],
    ['nothing', reply.http(400), /answered 400 invalid_request_error \(request/],
    ['plain text', reply.http(418, { body: 'short and\nstout' }), /answered 418 http_418: short and stout/],
    ['JSON of another kind', reply.http(404, { body: { error: 'model "x" not found' } }), /model "x" not found/],
    ['JSON that is no object', reply.http(400, { body: '[1]' }), /answered 400 invalid_request_error: \[1\]/],
  ])('a body of %s is quoted as far as it can be read', async (_name, scripted, message) => {
    const { fault } = await faultAfter(scripted)
    expect(fault.message).toMatch(message)
    expect(fault.retryable).toBe(false)
  })

  it('a server that quotes the key does not get it into the message', async () => {
    const { fault } = await faultAfter(reply.status(401, { message: `the key ${KEY} is unknown` }))
    expect(fault.message).toContain('the key [key] is unknown')
    expect(fault.hint).toBe('check ANTHROPIC_API_KEY')
  })
})

describe('M9 nonsense', () => {
  const stream = { 'content-type': 'text/event-stream' }
  it.each([
    ['HTML', reply.html(200), 'no_event_stream'],
    [
      'truncated JSON',
      reply.http(200, { body: '{"type":"mess', headers: { 'content-type': 'application/json' } }),
      'no_event_stream',
    ],
    ['an empty body', reply.http(200), 'no_event_stream'],
    ['an empty event stream', reply.http(200, { headers: stream }), 'empty_answer'],
    ['no content', reply.http(204), 'no_event_stream'],
    ['another content type', reply.text('hi').headers({ 'content-type': 'text/plain' }), 'no_event_stream'],
    [
      'events that are no JSON',
      reply.http(200, { headers: stream, body: 'event: message_start\ndata: {"ty\n\n' }),
      'malformed_stream',
    ],
    ['events out of order', reply.bare().event({ type: 'message_stop' }), 'malformed_stream'],
  ])('200 with %s is rejected', async (_name, scripted, code) => {
    const { fault } = await faultAfter(scripted)
    expect(fault).toMatchObject({ kind: 'rejected', code, retryable: false })
  })

  it.each([301, 302, 303, 307, 308])('a redirect by %d is never followed', async (status) => {
    await using elsewhere = await openApiServer({ replies: [reply.text('stolen')], validate: false })
    await using api = await openApiServer({ replies: [reply.redirect(`${elsewhere.url}/v1/messages`, status)] })
    await using rig = openModelRig(api.url)
    expect(faultOf(await rig.ask())).toMatchObject({ kind: 'rejected', code: 'redirect', status, retryable: false })
    expect(elsewhere.requests).toEqual([])
  })

  it('a server that speaks no HTTP is rejected', async () => {
    const { createServer } = await import('node:net')
    const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    await using rig = openModelRig(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    expect(faultOf(await rig.ask())).toMatchObject({ kind: 'rejected', code: 'not_http' })
    server.close()
  })
})
