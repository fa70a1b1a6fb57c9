import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { ApiServerOptions } from './api-server.ts'
import { openApiServer, refusedUrl } from './api-server.ts'
import type { Reply } from './reply.ts'
import { openGate, reply } from './reply.ts'

const HEADERS = {
  'content-type': 'application/json',
  'anthropic-version': '2026-10-21',
  authorization: 'Bearer sk-test',
}
const BODY = JSON.stringify({
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  stream: true,
  messages: [{ role: 'user', content: 'hi' }],
})

type Answer = {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  chunks: number
  error: string | null
}

function post(url: string): Promise<Answer> {
  return new Promise((resolve) => {
    const request = httpRequest(
      `${url}/v1/messages`,
      { method: 'POST', headers: HEADERS, agent: false },
      (response) => {
        const answer: Answer = {
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: '',
          chunks: 0,
          error: null,
        }
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          answer.text += chunk
          answer.chunks += 1
        })
        response.on('error', (error) => {
          answer.error = error.message
        })
        response.on('close', () => resolve(answer))
      },
    )
    request.on('error', (error) => resolve({ status: 0, headers: {}, text: '', chunks: 0, error: error.message }))
    request.end(BODY)
  })
}

async function answerOf(...replies: Reply[]): Promise<Answer> {
  await using api = await openApiServer({ replies })
  return await post(api.url)
}

function events(text: string): { type: string; [key: string]: unknown }[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)))
}

describe('a reply', () => {
  it('is a whole message in the real wire format', async () => {
    const { status, headers, text } = await answerOf(
      reply.text('Looking.').toolUse('get_weather', { location: 'Tokyo' }, 'toolu_a'),
    )
    expect(status).toBe(200)
    expect(headers['content-type']).toContain('text/event-stream')
    expect(headers['request-id']).toBe('req_0001')
    const seen = events(text)
    expect(seen[0]).toMatchObject({
      type: 'message_start',
      message: { role: 'assistant', model: 'claude-sonnet-5-5', content: [] },
    })
    expect(seen.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'tool_use' },
      usage: { output_tokens: 20 },
    })
    expect(seen.at(-1)).toEqual({ type: 'message_stop' })
    const input = seen.flatMap((event) =>
      event.index === 1 && event.type === 'content_block_delta' ? [event.delta] : [],
    )
    // partial_json stands in every input_json_delta.
    expect(input.map((delta) => (delta as { partial_json: string }).partial_json).join('')).toBe('{"location":"Tokyo"}')
  })

  it('can be split at every byte, with CRLF and comments, and says the same', async () => {
    const message = reply.id('msg_same').comment('a proxy was here').text('Grüße 👋').ping()
    const whole = await answerOf(message)
    const split = await answerOf(message.crlf().split(1))
    expect(events(split.text)).toEqual(events(whole.text))
    expect(split.text).toContain('\r\n\r\n: a proxy was here\r\n\r\n')
  })

  it('can be cut after any byte and after any event', async () => {
    const message = reply.id('msg_cut').text('Hello')
    const whole = await answerOf(message)
    const bytes = await answerOf(message.endAfter({ bytes: 57 }, 'cut'))
    expect(bytes).toMatchObject({ status: 200, text: whole.text.slice(0, 57), error: 'aborted' })
    const counted = await answerOf(message.endAfter({ events: 2 }, 'reset'))
    expect(counted.error).not.toBeNull()
    const ended = await answerOf(message.endAfter({ events: 2 }, 'eof'))
    expect(ended.error).toBeNull()
    expect(events(ended.text).map(({ type }) => type)).toEqual(['message_start', 'content_block_start'])
  })

  it('ends where it is told to in the middle of a block', async () => {
    const { text, error } = await answerOf(reply.toolUse('rm', {}, { rawInput: '{"path":"/tm', stopped: false }).cut())
    expect(error).toBe('aborted')
    expect(events(text).at(-1)).toMatchObject({ delta: { type: 'input_json_delta' } })
  })

  it('ends after an error event', async () => {
    const { text, error } = await answerOf(reply.text('Hel').errorEvent('overloaded_error'))
    expect(error).toBeNull()
    expect(events(text).at(-1)).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } })
  })

  it('waits at a gate until the test opens it', async () => {
    const gate = openGate()
    await using api = await openApiServer({ replies: [reply.text('a').gate(gate.opened).text('b')] })
    const answered = post(api.url)
    const request = await api.request(0)
    expect(request.connection).toBe('open')
    gate.open()
    expect(await request.ended).toBe('sent')
    expect((await answered).text).toContain('message_stop')
  })

  it('can be no message at all', async () => {
    expect(await answerOf(reply.status(529, { headers: { 'retry-after': '3' } }))).toMatchObject({
      status: 529,
      headers: { 'retry-after': '3', 'content-type': 'application/json' },
      text: '{"type":"error","error":{"type":"overloaded_error","message":"a scripted 529"},"request_id":"req_0001"}',
    })
    expect(await answerOf(reply.html(502))).toMatchObject({
      status: 502,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    expect(await answerOf(reply.redirect('http://127.0.0.1:9/'))).toMatchObject({
      status: 307,
      headers: { location: 'http://127.0.0.1:9/' },
    })
    expect(await answerOf(reply.http(200))).toMatchObject({ status: 200, text: '' })
    expect((await answerOf(reply.reset())).error).toContain('ECONNRESET')
    expect((await answerOf(reply.hangUp())).error).toContain('socket hang up')
    expect((await post(await refusedUrl())).error).toContain('ECONNREFUSED')
  })
})

describe('a connection', () => {
  const endless: [string, Reply][] = [
    ['before the headers', reply.silence()],
    ['inside text', reply.text('Hel', { stopped: false }).stall()],
    ['behind a gate that never opens', reply.gate(new Promise(() => {}))],
    ['with pings for ever', reply.pings()],
  ]
  it.each(endless)('stalls %s until the client leaves', async (_where, endlessReply) => {
    await using api = await openApiServer({ replies: [endlessReply] })
    const request = httpRequest(`${api.url}/v1/messages`, { method: 'POST', headers: HEADERS })
    request.on('error', () => {})
    request.end(BODY)
    const arrived = await api.request(0)
    expect(arrived.connection).toBe('open')
    request.destroy()
    expect(await arrived.ended).toBe('client_gone')
  })

  it('does not keep the server from closing', async () => {
    const api = await openApiServer({ replies: [reply.silence()] })
    const answered = post(api.url)
    await api.request(0)
    await api.close()
    expect((await answered).error).not.toBeNull()
  })
})

describe('the server', () => {
  it('answers 400 to what the API would refuse, and remembers it', async () => {
    await using api = await openApiServer({ replies: [reply.text('hi')], key: null })
    const { status, text } = await post(api.url)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error' },
      request_id: 'req_0001',
    })
    expect(api.violations).toEqual(['request 1: authorization: sent to a server that needs no key'])
  })

  it('counts a request that the script does not know of as a violation', async () => {
    await using api = await openApiServer({ replies: [] })
    expect((await post(api.url)).status).toBe(400)
    expect(api.violations).toEqual(['request 1: the script has only 0 replies'])
  })

  it('answers by request where the script is a function', async () => {
    const replies: ApiServerOptions['replies'] = (request, index) =>
      reply.text(`${index}: ${String(request.body.max_tokens)}`)
    await using api = await openApiServer({ replies })
    await post(api.url)
    expect((await post(api.url)).text).toContain('1: 100')
    expect(api.requests).toHaveLength(2)
  })
})
