/** Answers that are no message: statuses, errors inside the stream, nonsense, redirects, dead connections. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { refusedUrl } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { CANARY_KEY, runAgent } from '../rig/run-agent.ts'
import { askFaulty, expectOneLine, FULL, inParallel } from './faulty-model.ts'

const TEST_MS = FULL ? 300_000 : 60_000
const answer = reply.text('The whole answer.')
/** So short a pause that four attempts take no time. */
const soon = { 'retry-after-ms': '1' }
const page = '<html><head><title>502 Bad Gateway</title></head><body><h1>Bad\u001b[31m Gateway</h1></body></html>'

describe('M5 an error in the middle of the stream', () => {
  const broken = (type: string) => reply.text('Dropped words.').errorEvent(type, 'told by the server')

  it.each(['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error'])('%s is asked again', async (type) => {
    const { result } = await askFaulty([broken(type), answer], { format: 'json' })
    expect(result.json()).toMatchObject({ answer: 'The whole answer.', turns: [{ attempts: 2 }] })
    expect(result.json().usage.input_tokens).toBe(200)
    expect(result.stdout).not.toContain('Dropped')
  })

  it.each([
    ['invalid_request_error', 5],
    ['authentication_error', 4],
    ['permission_error', 4],
    ['unheard_of_error', 5],
  ])('%s is not: exit %i', async (type, code) => {
    const { result, api } = await askFaulty(broken(type))
    expect([result.stdout, result.code, api.requests.length]).toEqual(['', code, 1])
    expectOneLine(result, new RegExp(`broke the answer off with ${type}: told by the server \\(request req_0001\\)$`))
  })

  it('four times ends with exit 6', async () => {
    const { result } = await askFaulty(() => broken('overloaded_error'), { format: 'json' })
    const { error, usage } = result.json()
    expect([result.code, error?.code, usage.input_tokens]).toEqual([6, 'overloaded_error', 400])
    expectOneLine(result, /overloaded_error: told by the server/)
  })
})

describe('M6 429 with a time to come back', () => {
  const limited = (headers: Record<string, string>) => reply.status(429, { headers })
  const backoff = { min: 0, max: 500 }
  const inTwoSeconds = () => new Date(Date.now() + 2_000).toUTCString()

  const obeyed: [name: string, headers: () => Record<string, string>, delay: { min: number; max: number }][] = [
    ['milliseconds', () => ({ 'retry-after-ms': '23' }), { min: 23, max: 23 }],
    ['seconds', () => ({ 'retry-after': '0.05' }), { min: 50, max: 50 }],
    ['milliseconds before seconds', () => ({ 'retry-after-ms': '7', 'retry-after': '99999999' }), { min: 7, max: 7 }],
    ['a date', () => ({ 'retry-after': inTwoSeconds() }), { min: 0, max: 2_000 }],
    ['a date in the past', () => ({ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }), backoff],
    ['garbage', () => ({ 'retry-after': 'soon 5' }), backoff],
    ['a negative time', () => ({ 'retry-after': '-5' }), backoff],
    ['zero', () => ({ 'retry-after': '0' }), backoff],
    ['nothing', () => ({}), backoff],
  ]

  it('is obeyed where it can be read, else the usual pause kept', { timeout: TEST_MS }, async () => {
    await inParallel(obeyed, async ([, headers, { min, max }]) => {
      const { result } = await askFaulty([limited(headers()), answer], { format: 'jsonl' })
      const retries = result.jsonLines().filter((event) => event.type === 'turn_retry')
      expect(retries).toMatchObject([{ reason: { code: 'rate_limit_error' } }])
      expect(retries[0]?.delay_ms).toBeGreaterThanOrEqual(min)
      expect(retries[0]?.delay_ms).toBeLessThanOrEqual(max)
      expect(result.jsonLines().at(-1)).toMatchObject({ exit_code: 0, answer: 'The whole answer.' })
    })
  })

  it('of a minute is obeyed', async () => {
    const asking = { format: 'jsonl', args: ['--timeout', '5s'] } as const
    const { result } = await askFaulty(limited({ 'retry-after': '60' }), asking)
    expect(result.jsonLines().filter(({ type }) => type === 'turn_retry')).toMatchObject([{ delay_ms: 60_000 }])
    expect(result.code).toBe(124)
  })

  it.each(['61', '99999999'])('of %s seconds ends with exit 6 at once, naming the time', async (seconds) => {
    const { result, api } = await askFaulty(limited({ 'retry-after': seconds }))
    expect([result.stdout, result.code, api.requests.length]).toEqual(['', 6, 1])
    expectOneLine(result, new RegExp(`429 rate_limit_error: .*; the server asks to come back in ${seconds} s$`))
  })
})

describe('M7 a service that is not there for now', () => {
  const passing = [408, 409, 429, 500, 502, 503, 504, 529]
  const cases = passing.flatMap((status) => [
    { status, html: false },
    { status, html: true },
  ])

  it('is asked four times, then exit 6 with its own words', { timeout: TEST_MS }, async () => {
    await inParallel(
      FULL ? cases : cases.filter(({ html, status }) => !html || status > 500),
      async ({ status, html }) => {
        const headers = html ? { ...soon, 'content-type': 'text/html' } : soon
        const scripted = html ? reply.http(status, { body: page, headers }) : reply.status(status, { headers })
        const { result, api } = await askFaulty(() => scripted, { format: html ? 'prose' : 'json' })
        expect([result.code, api.requests.length]).toEqual([6, 4])
        expectOneLine(
          result,
          html ? /: 502 Bad Gateway \(request req_0004\), 4 times$/ : /: a scripted \d+ \(request req_0004\), 4 times$/,
        )
        expect(result.stderr).toContain(` answered ${status} `)
        if (html) expect(result.stdout).toBe('')
        else expect(result.json()).toMatchObject({ status: 'failed', answer: null, turns: [{ attempts: 4 }] })
      },
    )
  })

  it('answers after three failures of any kind', { timeout: TEST_MS }, async () => {
    const replies = [reply.status(503, { headers: soon }), reply.status(529, { headers: soon }), reply.reset(), answer]
    const { result } = await askFaulty(replies, { format: 'json' })
    expect(result.json()).toMatchObject({ answer: 'The whole answer.', turns: [{ attempts: 4 }] })
    expect(result.stderr).toBe('')
  })

  it('once a write has run does not run it again, and its call is told', { timeout: TEST_MS }, async () => {
    const away = reply.status(503, { headers: soon })
    const write = reply.text('Dropped words.').toolUse('save', { path: 'a' })
    const replies = [away, write, away, away, away, away]
    const { result, saved } = await askFaulty(replies, { format: 'json' })
    expect([result.code, saved]).toEqual([6, [{ path: 'a' }]])
    const { turns, answer: told } = result.json()
    expect(told).toBeNull()
    expect(turns).toMatchObject([
      { attempts: 2, tool_calls: [{ status: 'ok', output: 'saved a' }] },
      { attempts: 4, stop_reason: null, tool_calls: [] },
    ])
    expect((await askFaulty(replies)).result.stdout).toBe('')
  })

  it.each([
    ['reset', reply.reset(), /connection/],
    ['closed', reply.hangUp(), /connection/],
  ])('whose connection is %s is asked four times, then exit 6', { timeout: TEST_MS }, async (_how, scripted, line) => {
    const { result, api } = await askFaulty(() => scripted)
    expect([result.stdout, result.code, api.requests.length]).toEqual(['', 6, 4])
    expectOneLine(result, line, /^hint: check that the server runs, and that --base-url/)
  })

  it('that refuses the connection is exit 6, and the hint names --base-url', { timeout: TEST_MS }, async () => {
    const result = await runAgent(['ask', '--json', '--base-url', await refusedUrl(), 'q'])
    expect(result.json()).toMatchObject({ exit_code: 6, error: { code: 'refused' }, turns: [{ attempts: 4 }] })
    expectOneLine(result, /127\.0\.0\.1:\d+ refused the connection, 4 times$/, /--base-url/)
    await endToEnd(result)
  })

  it.skipIf(!FULL)('whose host is unknown is exit 6', { timeout: TEST_MS }, async () => {
    const result = await runAgent(['ask', '--base-url', 'http://nowhere.invalid', 'q'], { giveUpAfterMs: 120_000 })
    expect([result.stdout, result.code]).toEqual(['', 6])
    expectOneLine(result, /the host nowhere\.invalid cannot be found/)
    await endToEnd(result)
  })

  it('that speaks no TLS behind https is exit 5 at once', async () => {
    const result = await runAgent(['ask', '--base-url', (await refusingTls()).replace('http:', 'https:'), 'q'])
    expect([result.stdout, result.code]).toEqual(['', 5])
    expectOneLine(result, /^agent: no trusted connection to 127/, /./)
    await endToEnd(result)
  })

  it('is obeyed when it says whether to come back', async () => {
    const no = await askFaulty(reply.status(500, { headers: { 'x-should-retry': 'false' } }))
    expect([no.result.code, no.api.requests.length]).toEqual([6, 1])
    const yes = await askFaulty([reply.status(400, { headers: { ...soon, 'x-should-retry': 'true' } }), answer])
    expect([yes.result.stdout, yes.result.code]).toEqual(['The whole answer.\n', 0])
  })
})

describe('M8 a refusal', () => {
  const refusals = [
    ...[400, 404, 413, 422].map((status) => ({ status, code: 5 })),
    ...[401, 402, 403].map((status) => ({ status, code: 4 })),
  ]

  it('is not asked again; its type, words and request id are on stderr', { timeout: TEST_MS }, async () => {
    const cases = refusals.flatMap((one) => [
      { ...one, html: true },
      { ...one, html: false },
    ])
    await inParallel(cases, async ({ status, code, html }) => {
      const headers = { 'content-type': 'text/html' }
      const scripted = html ? reply.http(status, { body: page, headers }) : reply.status(status)
      const { result, api } = await askFaulty(scripted, { format: html ? 'prose' : 'json' })
      expect([result.code, api.requests.length]).toEqual([code, 1])
      const words = html ? '502 Bad Gateway' : `a scripted ${status}`
      expectOneLine(result, new RegExp(`answered ${status} \\w+_\\w+: ${words} \\(request req_0001\\)$`))
      if (html) expect(result.stdout).toBe('')
      else expect(result.json().error?.message).toContain(words)
    })
  })
})

describe('M9 nonsense', () => {
  const stream = { 'content-type': 'text/event-stream' }
  const json = { 'content-type': 'application/json' }
  const nonsense: [
    name: string,
    status: number,
    headers: Record<string, string>,
    body: string | JsonObject,
    line: RegExp,
  ][] = [
    ['a page', 200, { 'content-type': 'text/html' }, page, /text\/html instead of an event stream \(502 Bad Gateway\)/],
    ['truncated JSON', 200, json, '{"type": "message", "cont', /application\/json instead of an event stream/],
    ['a message that is not streamed', 200, json, { type: 'message', content: [] }, /application\/json instead/],
    ['nothing', 200, {}, '', /no content type instead of an event stream and an empty body/],
    ['nothing for a stream', 200, stream, '', /an empty body/],
    ['an event that is no JSON', 200, stream, 'event: message_start\ndata: {"type": "mess\n\n', /no JSON object/],
    [
      'an event out of order',
      200,
      stream,
      'data: {"type":"message_stop"}\n\n',
      /"message_stop" before "message_start"/,
    ],
    ['no content', 204, {}, '', /instead of an event stream/],
  ]

  it('is exit 5, whatever it looks like', { timeout: TEST_MS }, async () => {
    await inParallel(nonsense, async ([, status, headers, body, line]) => {
      const { result, api } = await askFaulty(reply.http(status, { headers, body }))
      expect([result.stdout, result.code, api.requests.length]).toEqual(['', 5, 1])
      expectOneLine(result, line, /^hint: .*--base-url/)
    })
  })

  it.each([301, 302, 303, 307, 308])('a redirect (%i) is exit 5, and the key goes nowhere', async (status) => {
    const called: string[] = []
    const elsewhere = await listening((headers) => called.push(JSON.stringify(headers)))
    const { result, api } = await askFaulty(reply.redirect(`${elsewhere}/v1/messages`, status), { format: 'json' })
    expect(called).toEqual([])
    expect([result.code, api.requests.length]).toEqual([5, 1])
    expectOneLine(
      result,
      new RegExp(`answered ${status}, a redirect to ${elsewhere}/v1/messages, which is not followed`),
    )
    expect(result.json().error?.code).toBe('redirect')
  })
})

/** A server that would tell of any request. */
async function listening(onRequest: (headers: object) => void): Promise<string> {
  const server = createServer((request, response) => {
    onRequest(request.headers)
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  // A server that listens on TCP has an AddressInfo.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function refusingTls(): Promise<string> {
  return listening((headers) => expect(JSON.stringify(headers)).not.toContain(CANARY_KEY))
}
