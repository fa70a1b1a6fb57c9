import { describe, expect, it } from 'vitest'
import { openApiServer, refusedUrl } from '../rig/api-server.ts'
import type { Reply } from '../rig/reply.ts'
import { openGate, reply } from '../rig/reply.ts'
import { faultOf, KEY, messageOf, openModelRig } from './model-rig.ts'

/** Asks once for a scripted reply. */
async function faultAfter(scripted: Reply) {
  await using api = await openApiServer({ replies: [scripted] })
  await using rig = openModelRig(api.url)
  const fault = faultOf(await rig.ask())
  expect(JSON.stringify(fault)).not.toContain(KEY)
  return { fault, parts: rig.parts }
}

const toolUse = reply.text('Looking.').toolUse('get_weather', { location: 'Tokyo' })

describe('M3 silence', () => {
  it('before the headers ends the attempt after the idle time', async () => {
    await using api = await openApiServer({ replies: [reply.silence()] })
    await using rig = openModelRig(api.url)
    const asked = rig.ask()
    const request = await api.request(0)
    await rig.clock.advance(89_999)
    expect(rig.clock.due.length).toBeGreaterThan(0)
    await rig.clock.advance(1)
    expect(faultOf(await asked)).toMatchObject({
      kind: 'unavailable',
      code: 'stalled',
      retryable: true,
      message: 'the model was silent for 90 s',
    })
    expect(await request.ended).not.toBe('whole')
    expect(rig.clock.due).toEqual([])
  })

  it.each([
    ['inside text', reply.text('Half a sent').endAfter({ events: 3 }, 'stall'), 2],
    ['inside input', toolUse.endAfter({ events: 6 }, 'stall'), 2],
  ])('%s ends the attempt, and says what was paid for', async (_where, scripted, told) => {
    await using api = await openApiServer({ replies: [scripted] })
    await using rig = openModelRig(api.url)
    const asked = rig.ask()
    await rig.told(told)
    await rig.clock.advance(90_000)
    const fault = faultOf(await asked)
    expect(fault).toMatchObject({ code: 'stalled', retryable: true, usage: { input_tokens: 100 } })
    await (await api.request(0)).ended
  })

  it('of a body that is an error ends the attempt too', async () => {
    await using api = await openApiServer({ replies: [reply.bare().headers({ 'content-type': 'text/html' }).stall()] })
    await using rig = openModelRig(api.url)
    const asked = rig.ask()
    await api.request(0)
    while (!rig.notes.some((note) => note.includes('succeeded'))) await rig.clock.settle()
    await rig.clock.advance(90_000)
    expect(faultOf(await asked)).toMatchObject({ code: 'stalled' })
  })

  it('is not what a message that only ever pings can hide behind', async () => {
    await using api = await openApiServer({ replies: [reply.text('Looking').pings()] })
    await using rig = openModelRig(api.url, { idleTimeoutMs: 700_000 })
    const asked = rig.ask()
    await rig.told(2)
    await rig.clock.advance(600_000)
    expect(faultOf(await asked)).toMatchObject({ code: 'stalled', message: 'the message took more than 600 s' })
    await (await api.request(0)).ended
  })
})

describe('M4 a stream that ends before its message', () => {
  const bytes = 900
  it.each([
    ['a cut socket', 'cut'],
    ['a reset', 'reset'],
    ['an end in order', 'eof'],
  ] as const)('%s is worth asking again, wherever it happens', async (_name, ending) => {
    for (const at of [1, 100, 300, 500, 700, bytes]) {
      const { fault } = await faultAfter(toolUse.endAfter({ bytes: at }, ending))
      expect(fault).toMatchObject({ kind: 'unavailable', retryable: true })
    }
  })

  it('is a cut stream even when all but message_stop is there', async () => {
    const { fault, parts } = await faultAfter(toolUse.endAfter({ events: 9 }, 'eof'))
    expect(fault).toMatchObject({ code: 'stream_cut', usage: { input_tokens: 100 } })
    expect(parts.at(0)).toEqual({ type: 'first_token' })
  })

  it.each([
    ['closed', reply.hangUp()],
    ['reset', reply.reset()],
  ])('M7 is worth asking again when the connection is %s before the answer', async (_name, scripted) => {
    const { fault } = await faultAfter(scripted)
    expect(fault).toMatchObject({ kind: 'unavailable', code: 'network_error', retryable: true })
  })
})

describe('M5 an error event in mid-stream', () => {
  it.each([
    ['overloaded_error', 'unavailable', true],
    ['api_error', 'unavailable', true],
    ['rate_limit_error', 'unavailable', true],
    ['timeout_error', 'unavailable', true],
    ['invalid_request_error', 'rejected', false],
    ['authentication_error', 'account', false],
    ['billing_error', 'account', false],
    ['something_new', 'rejected', false],
  ])('%s is %s', async (code, kind, retryable) => {
    const { fault } = await faultAfter(reply.text('Half').errorEvent(code))
    expect(fault).toMatchObject({ kind, code, retryable, requestId: expect.stringMatching(/^req_/) })
    expect(fault.message).toContain(`broke the answer off with ${code}: a scripted ${code} (request req_`)
    expect(fault.usage).toMatchObject({ input_tokens: 100 })
  })
})

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

describe('the caller’s signal', () => {
  it('ends an attempt that waits for its headers', async () => {
    const gate = openGate()
    await using api = await openApiServer({ replies: [reply.text('late').headersAfter(gate.opened)] })
    await using rig = openModelRig(api.url)
    const asked = rig.ask()
    const request = await api.request(0)
    rig.abort()
    expect(faultOf(await asked)).toMatchObject({ kind: 'aborted', retryable: false })
    expect(await request.ended).not.toBe('whole')
    gate.open()
  })

  it('ends an attempt in the middle of its message, and cuts the connection', async () => {
    await using api = await openApiServer({ replies: [reply.text('Half').stall()] })
    await using rig = openModelRig(api.url)
    const asked = rig.ask()
    await rig.told(2)
    rig.abort()
    expect(faultOf(await asked)).toMatchObject({ kind: 'aborted', usage: { input_tokens: 100 } })
    await (await api.request(0)).ended
    expect(rig.clock.due).toEqual([])
  })

  it('that is aborted already sends nothing', async () => {
    await using api = await openApiServer({ replies: [] })
    await using rig = openModelRig(api.url)
    rig.abort()
    expect(faultOf(await rig.ask())).toMatchObject({ kind: 'aborted' })
    expect(api.requests).toEqual([])
  })
})

it('an exception of the listener for parts is a bug and is not swallowed', async () => {
  await using api = await openApiServer({ replies: [reply.text('hi')] })
  await using rig = openModelRig(api.url)
  const broken = rig.model.ask(
    {
      system: '',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }],
      tools: [],
      maxTokens: 9,
      effort: null,
      toolChoice: 'auto',
      cache: false,
    },
    () => {
      throw new Error('a bug')
    },
    new AbortController().signal,
  )
  await expect(broken).rejects.toThrow('a bug')
})

it('M12 unknown events, blocks, deltas and stop reasons pass untouched', async () => {
  await using api = await openApiServer({
    replies: [
      reply
        .event({ type: 'weather_report', sunny: true })
        .block({ type: 'scroll', content: null }, [
          { type: 'scroll_delta', content: 'a' },
          { type: 'scroll_delta', content: 'b', new: 1 },
        ])
        .thinking('Hm.', 'c2ln')
        .ping()
        .stop('moonrise'),
    ],
  })
  await using rig = openModelRig(api.url)
  const message = messageOf(await rig.ask())
  expect(message.stop_reason).toBe('moonrise')
  expect(message.content).toEqual([
    { type: 'scroll', content: 'ab', new: 1 },
    { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
  ])
})
