/** The model of a recording, against the model that was recorded: parts, faults, pace, differences. */
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../src/contract/cassette.ts'
import { REQUEST_KEYS } from '../../src/contract/cassette.ts'
import type { AgentError } from '../../src/contract/error.ts'
import { NO_USAGE } from '../../src/contract/message.ts'
import type { Model, ModelPart, ModelReply, ModelRequest } from '../../src/contract/model.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { recordModel } from '../../src/models/recording.ts'
import type { ReplayDeps } from '../../src/models/replay.ts'
import { replayModel } from '../../src/models/replay.ts'
import { answerForm } from '../../src/schema/answer-form.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { faultOf, messageOf, modelRequest } from './model-rig.ts'

const SECRET = 'hunter2hunter2'
const parts: ModelPart[] = [
  { type: 'first_token' },
  { type: 'text_delta', text: 'Looking it up.' },
  { type: 'call_ready', call: { id: 'toolu_1', name: 'get_weather', input: { location: 'Tokyo' } } },
]
const message: ModelReply = {
  type: 'message',
  message: {
    ...{ id: 'msg_1', model: 'claude-sonnet-5-5', stop_reason: 'tool_use', usage: NO_USAGE, raw_inputs: {} },
    content: [{ type: 'tool_use', id: 'toolu_1', name: 'get_weather', input: { location: 'Tokyo' } }],
  },
}
const overloaded: ModelReply = {
  type: 'fault',
  fault: {
    ...{ kind: 'unavailable', code: 'overloaded_error', message: 'busy', hint: null, retryable: true },
    ...{ retryAfterMs: 4_000, status: 529, requestId: null, usage: null },
  },
}

/** One part every 100 ms, and the end 100 ms after the last one. */
function slowModel(clock: ReturnType<typeof openFakeClock>, replies: ModelReply[]): Model {
  const pause = () => new Promise<void>((resolve) => void clock.timer(100, resolve))
  return {
    name: 'claude-sonnet-5-5',
    maxOutputTokens: 64_000,
    ask: async (_, onPart) => {
      const reply = replies.shift() ?? message
      for (const part of reply.type === 'fault' ? [] : parts) {
        await pause()
        onPart(part)
      }
      await pause()
      return reply
    },
    preview: () => ({}),
    close: () => Promise.resolve(),
  }
}

async function recorded(replies: ModelReply[], request: ModelRequest = modelRequest()): Promise<Exchange[]> {
  const clock = openFakeClock()
  const exchanges: Exchange[] = []
  const count = replies.length
  const model = recordModel(slowModel(clock, replies), clock, (exchange) => exchanges.push(exchange))
  for (let index = 0; index < count; index += 1) {
    const asked = model.ask(request, () => {}, new AbortController().signal)
    while (await clock.advanceToNext());
    await asked
  }
  return exchanges
}

function openReplay(exchanges: readonly Exchange[], change: Partial<ReplayDeps> = {}) {
  const clock = openFakeClock()
  const told: { at: number; part: ModelPart }[] = []
  const stopped: AgentError[] = []
  const requests: number[] = []
  const replies: number[] = []
  const controller = new AbortController()
  const recording = {
    ...{ model: 'claude-sonnet-5-5', maxOutputTokens: 64_000, calls: [] },
    exchanges: exchanges.map((exchange) => ({ ...exchange, compared: REQUEST_KEYS })),
  }
  const model = replayModel(recording, {
    clock,
    speed: 0,
    redact: openRedactor({ credentials: [], secrets: [SECRET] }),
    named: null,
    stop: (error) => stopped.push(error),
    onRequest: (index) => requests.push(index),
    onReply: (index) => replies.push(index),
    ...change,
  })
  return {
    ...{ model, clock, told, stopped, requests, replies, abort: () => controller.abort() },
    ask: async (request: Partial<ModelRequest> = {}): Promise<ModelReply> => {
      const onPart = (part: ModelPart) => told.push({ at: clock.now(), part })
      const asked = model.ask(modelRequest(request), onPart, controller.signal)
      while (await clock.advanceToNext());
      return await asked
    },
  }
}

describe('the model of a recording', () => {
  it.each([
    [0, [0, 0, 0], 0],
    [1, [100, 200, 300], 400],
    [2, [50, 100, 150], 200],
  ])('tells the parts and then the message at speed %d, in time', async (speed, at, end) => {
    const replay = openReplay(await recorded([message]), { speed })
    expect(messageOf(await replay.ask())).toEqual(messageOf(message))
    expect(replay.told).toEqual(parts.map((part, index) => ({ at: at[index], part })))
    expect(replay.clock.now()).toBe(end)
    expect([replay.requests, replay.replies, replay.stopped]).toEqual([[0], [0], []])
  })

  it('has the name and the limit of the recorded one, and shows a request as that would', async () => {
    const { model } = openReplay([])
    expect([model.name, model.maxOutputTokens]).toEqual(['claude-sonnet-5-5', 64_000])
    expect(model.preview(modelRequest())).toMatchObject({ model: 'claude-sonnet-5-5', max_tokens: 1024 })
  })

  it.each([
    [0, 0],
    [1, 4_000],
    [8, 500],
  ])('fails as the recorded one did and lets itself be asked again, at speed %d after %d ms', async (speed, pause) => {
    const replay = openReplay(await recorded([overloaded, message]), { speed })
    expect(faultOf(await replay.ask())).toEqual({ ...faultOf(overloaded), retryAfterMs: pause })
    expect(messageOf(await replay.ask()).id).toBe('msg_1')
  })

  it('leaves a pause as it is that the recorded run did not wait for', async () => {
    const replay = openReplay(await recorded([overloaded]))
    expect(faultOf(await replay.ask()).retryAfterMs).toBe(4_000)
  })

  it('keeps a request as it was made, while its conversation grows', async () => {
    const messages = [...modelRequest().messages]
    const clock = openFakeClock()
    const exchanges: Exchange[] = []
    const model = recordModel(slowModel(clock, []), clock, (exchange) => exchanges.push(exchange))
    const asked = model.ask(modelRequest({ messages }), () => {}, new AbortController().signal)
    messages.push({ role: 'assistant', content: [] })
    while (await clock.advanceToNext());
    await asked
    expect(exchanges[0]?.request['messages']).toHaveLength(1)
  })

  const [tool] = modelRequest().tools
  if (tool === undefined) throw new Error('the request of the rig has a tool')
  const question = (text: string) => [{ role: 'user' as const, content: [{ type: 'text', text }] }]
  it.each<[string, Partial<ModelRequest>, string]>([
    [
      'another question',
      { messages: question('weather in Rome') },
      'messages[0].content[0].text: expected "weather in Tokyo", got "weather in Rome"',
    ],
    [
      'other instructions',
      { system: `${'Be brief. '.repeat(20)}Rhyme.` },
      'system: expected "Answer briefly.", got "Be brief. Be brief. Be brief. Be brief. Be brief. Be brief. "…',
    ],
    [
      'a tool that says something else of itself',
      { tools: [{ ...tool, description: 'The weather somewhere.' }] },
      'tools.get_weather.description: expected "The weather at a place.", got "The weather somewhere."',
    ],
    [
      'one tool more, and another message',
      { tools: [{ ...tool, name: 'add' }, tool], messages: question('weather in Rome') },
      'tools.add: expected nothing, got {"name":"add","description":"The weather at a place.","input… (and 1 more difference)',
    ],
    [
      'no tools',
      { tools: [] },
      'tools.get_weather: expected {"name":"get_weather","description":"The weather at a place.…, got nothing',
    ],
  ])('stops for %s, and says where it differs', async (_, change, difference) => {
    const replay = openReplay(await recorded([message]))
    expect(faultOf(await replay.ask(change)).kind).toBe('aborted')
    expect(replay.stopped).toMatchObject([{ code: 'replay-mismatch', exitCode: 5 }])
    expect(replay.stopped[0]?.message).toBe(`request 1 is not the recorded one: ${difference}`)
    expect([replay.told, replay.requests]).toEqual([[], []])
  })

  it('stops for another model only where one is named', async () => {
    const exchanges = await recorded([message])
    const named = openReplay(exchanges, { named: 'claude-opus-5' })
    await named.ask()
    expect(named.stopped[0]?.message).toMatch(/: model: expected "claude-sonnet-5-5", got "claude-opus-5"$/)
  })

  it('looks at no limit of tokens, no effort and no cache, nor at the order of tools and keys', async () => {
    const other = { ...tool, name: 'add' }
    const replay = openReplay(await recorded([message], modelRequest({ tools: [tool, other] })))
    const { input_schema } = tool
    const turned = { ...tool, input_schema: Object.fromEntries(Object.entries(input_schema).reverse()) }
    await replay.ask({ maxTokens: 5, effort: 'low', cache: true, tools: [other, turned], toolChoice: 'none' })
    expect(replay.stopped).toEqual([])
  })

  it('S3 compares what is left of both sides without secrets', async () => {
    const system = (secret: string) => ({ system: `The password is ${secret}.` })
    const replay = openReplay(await recorded([message], modelRequest(system('[redacted]'))))
    await replay.ask(system(SECRET))
    expect(replay.stopped).toEqual([])
    const other = openReplay(await recorded([message]))
    await other.ask(system(SECRET))
    expect(other.stopped[0]?.message).toContain('got "The password is [redacted]."')
  })

  it('stops where the recording ends', async () => {
    const replay = openReplay(await recorded([message]))
    await replay.ask()
    await replay.ask()
    expect(replay.stopped[0]?.message).toBe('the recording ends before request 2')
  })

  const aborted: ModelReply = { type: 'fault', fault: { ...faultOf(overloaded), kind: 'aborted', retryable: false } }
  it('stops at a reply that was aborted, if nobody aborts it again', async () => {
    const replay = openReplay(await recorded([aborted]))
    await replay.ask()
    expect(replay.stopped[0]?.message).toBe('the recording ends before request 1 was answered')
    const again = openReplay(await recorded([aborted]))
    const asked = again.model.ask(modelRequest(), () => {}, AbortSignal.abort())
    expect(faultOf(await asked).kind).toBe('aborted')
    expect(again.stopped).toEqual([])
  })

  it('ends at once when it is aborted in the middle', async () => {
    const replay = openReplay(await recorded([message]), { speed: 1 })
    const asked = replay.model.ask(modelRequest(), (part) => replay.told.push({ at: 0, part }), AbortSignal.abort())
    expect(faultOf(await asked).kind).toBe('aborted')
    const controller = new AbortController()
    const later = replay.model.ask(modelRequest(), () => {}, controller.signal)
    await replay.clock.advance(150)
    controller.abort()
    expect(faultOf(await later).kind).toBe('aborted')
    expect(replay.clock.now()).toBe(150)
  })
})

describe('the schema of an answer', () => {
  const form = (type: string) => answerForm({ type: 'object', properties: { n: { type } }, required: ['n'] })

  it('is a part of the request that is compared', async () => {
    const exchanges = await recorded([message], modelRequest({ answer: form('number') }))
    const same = openReplay(exchanges)
    expect(messageOf(await same.ask({ answer: form('number') }))).toEqual(messageOf(message))
    const other = openReplay(exchanges)
    await other.ask({ answer: form('string') })
    expect(other.stopped[0]?.message).toContain(
      'output_config.format.schema.properties.n.type: expected "number", got "string"',
    )
    const none = openReplay(exchanges)
    await none.ask()
    expect(none.stopped[0]).toMatchObject({ code: 'replay-mismatch', exitCode: 5 })
  })

  it('is nothing to compare where there is none, whatever the effort', async () => {
    const replay = openReplay(await recorded([message], modelRequest({ effort: 'low' })))
    expect(messageOf(await replay.ask({ effort: 'high' }))).toEqual(messageOf(message))
  })
})
