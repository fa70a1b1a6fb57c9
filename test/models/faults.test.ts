import { describe, expect, it } from 'vitest'
import { ABORTED_FAULT } from '../../src/contract/model.ts'
import { openApiServer } from '../rig/api-server.ts'
import { openGate, reply } from '../rig/reply.ts'
import { faultAfter, faultOf, messageOf, modelRequest, openModelRig } from './model-rig.ts'

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
    while (!rig.notes.some((note) => note.includes('was answered 200'))) await rig.clock.settle()
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

describe('the caller’s signal', () => {
  it('ends an attempt that waits for its headers', async () => {
    const gate = openGate()
    await using api = await openApiServer({ replies: [reply.text('late').headersAfter(gate.opened)] })
    await using rig = openModelRig(api.url)
    const asked = rig.ask()
    const request = await api.request(0)
    rig.abort()
    expect(faultOf(await asked)).toEqual(ABORTED_FAULT)
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

  it('that a listener aborts gets no further part', async () => {
    await using api = await openApiServer({
      replies: [reply.text('Looking.').toolUse('get_weather', { location: 'Tokyo' })],
    })
    const rig = openModelRig(api.url)
    const controller = new AbortController()
    let parts = 0
    const asked = rig.model.ask(
      modelRequest(),
      () => {
        parts += 1
        controller.abort()
      },
      controller.signal,
    )
    expect(faultOf(await asked)).toMatchObject({ kind: 'aborted' })
    await (await api.request(0)).ended
    expect(parts).toBe(1)
    await rig.model.close()
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
    modelRequest(),
    () => {
      throw new Error('a bug')
    },
    new AbortController().signal,
  )
  await expect(broken).rejects.toThrow('a bug')
})

it('an error that comes under no name is an error', async () => {
  const body = 'data: {"error":{"type":"api_error","message":"out of memory"}}\n\n'
  const { fault } = await faultAfter(reply.http(200, { headers: { 'content-type': 'text/event-stream' }, body }))
  expect(fault).toMatchObject({ kind: 'unavailable', code: 'api_error', retryable: true })
})

it('a body that stays open behind its message holds nothing up', async () => {
  await using api = await openApiServer({
    replies: [reply.text('whole').endAfter({ events: 1000 }, 'stall'), reply.text('next')],
  })
  const rig = openModelRig(api.url)
  messageOf(await rig.ask())
  messageOf(await rig.ask())
  await rig.model.close()
  expect(await (await api.request(0)).ended).not.toBe('open')
  expect(rig.clock.due).toEqual([])
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
