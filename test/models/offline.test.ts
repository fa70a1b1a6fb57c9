import { describe, expect, it } from 'vitest'
import { unfitNote } from '../../src/contract/answer-note.ts'
import type { ContentBlock, Message } from '../../src/contract/message.ts'
import type { ModelPart, ModelRequest } from '../../src/contract/model.ts'
import { pendingText } from '../../src/contract/pending-result.ts'
import type { ToolDefinition } from '../../src/contract/tool.ts'
import { openOffline } from '../../src/models/offline.ts'
import { answerFromResults } from '../../src/models/offline-answer.ts'
import { answerForm } from '../../src/schema/answer-form.ts'

const getWeather: ToolDefinition = {
  name: 'get_weather',
  description: 'weather',
  input_schema: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
  effect: 'read',
  keywords: [],
}

function request(content: ContentBlock[], later: Message[] = []): ModelRequest {
  return {
    system: '',
    messages: [{ role: 'user', content }, ...later],
    tools: [getWeather],
    maxTokens: 1024,
    effort: null,
    toolChoice: 'auto',
    timeLimitMs: null,
    cache: false,
    answer: null,
  }
}

const text = (said: string) => ({ type: 'text' as const, text: said })

async function ask(asked: ModelRequest, signal = new AbortController().signal) {
  const parts: ModelPart[] = []
  const reply = await openOffline().ask(asked, (part) => parts.push(part), signal)
  if (reply.type === 'fault') return { parts, fault: reply.fault, message: null }
  return { parts, fault: null, message: reply.message }
}

describe('a reply of the offline model', () => {
  it('streams its calls like the real model, all of them before the message', async () => {
    const { parts, message } = await ask(request([text('weather in SF, Tokyo')]))
    const first = { id: 'toolu_offline_1_1', name: 'get_weather', input: { location: 'SF' } }
    const second = { id: 'toolu_offline_1_2', name: 'get_weather', input: { location: 'Tokyo' } }
    expect(parts).toEqual([
      { type: 'first_token' },
      { type: 'call_ready', call: first },
      { type: 'call_ready', call: second },
    ])
    expect(message?.content).toEqual([
      { type: 'tool_use', ...first },
      { type: 'tool_use', ...second },
    ])
    expect(message?.stop_reason).toBe('tool_use')
  })

  it('reads the last text of the first message only: context and files stand before it', async () => {
    const { message } = await ask(request([text('weather in Oslo'), { type: 'document' }, text('hello there')]))
    expect(message?.stop_reason).toBe('offline_no_plan')
    expect(JSON.stringify(message?.content)).toContain('No tool matches the question.')
  })

  it('plans for the last question of a conversation that goes on', async () => {
    const before: Message[] = [
      { role: 'assistant', content: [text('- SF: sunny')] },
      { role: 'user', content: [text('weather in Oslo')] },
    ]
    const { message } = await ask(request([text('weather in SF')], before))
    expect(JSON.stringify(message?.content)).toContain('"location":"Oslo"')
  })

  it('answers from the results, in the order of the calls', async () => {
    const { message: asked } = await ask(request([text('weather in SF, Oslo')]))
    const results: ContentBlock[] = [
      {
        type: 'tool_result',
        tool_use_id: 'toolu_offline_1_1',
        content:
          '{"location":"San Francisco","temperature":68,"unit":"fahrenheit","conditions":"Sunny","source":"sample"}',
      },
      { type: 'tool_result', tool_use_id: 'toolu_offline_1_2', content: 'failed: no sample for Oslo', is_error: true },
    ]
    const later: Message[] = [
      { role: 'assistant', content: asked?.content ?? [] },
      { role: 'user', content: results },
    ]
    const { parts, message } = await ask(request([text('weather in SF, Oslo')], later))
    const answer = '- San Francisco: sunny, 68 °F\n- get_weather Oslo: failed: no sample for Oslo'
    expect(message?.content).toEqual([text(answer)])
    expect(message?.stop_reason).toBe('end_turn')
    expect(parts.map((part) => (part.type === 'text_delta' ? part.text : '')).join('')).toBe(answer)
  })

  it('says what is still running, and answers again once the late results are there', async () => {
    const question = 'weather in SF, Oslo, Rome'
    const { message: asked } = await ask(request([text(question)]))
    const sunny = (location: string) =>
      JSON.stringify({ location, temperature: 68, unit: 'fahrenheit', conditions: 'Sunny' })
    const pendingResult = (id: string): ContentBlock => ({
      type: 'tool_result',
      tool_use_id: id,
      content: pendingText('get_weather', id),
    })
    const later: Message[] = [
      { role: 'assistant', content: asked?.content ?? [] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_offline_1_1', content: sunny('SF') },
          pendingResult('toolu_offline_1_2'),
          pendingResult('toolu_offline_1_3'),
        ],
      },
    ]
    const { message: first } = await ask(request([text(question)], later))
    expect(first?.content).toEqual([
      text('- SF: sunny, 68 °F\n- get_weather Oslo: still running\n- get_weather Rome: still running'),
    ])
    later.push(
      { role: 'assistant', content: first?.content ?? [] },
      {
        role: 'user',
        content: [
          text(`Late result of call toolu_offline_1_3 (get_weather): ${sunny('Rome')}`),
          text('Late result of call toolu_offline_1_2 (get_weather), which failed: failed: no sample'),
        ],
      },
    )
    const { message } = await ask(request([text(question)], later))
    expect(message?.stop_reason).toBe('end_turn')
    expect(message?.content).toEqual([
      text('- SF: sunny, 68 °F\n- get_weather Oslo: failed: no sample\n- Rome: sunny, 68 °F'),
    ])
  })

  it('makes no calls when they are forbidden', async () => {
    const { message } = await ask({ ...request([text('weather in SF')]), toolChoice: 'none' })
    expect(message?.content).toEqual([text('No tool has answered, so there is nothing to say.')])
  })

  it('ends with a fault when it was cancelled', async () => {
    const { parts, fault } = await ask(request([text('weather in SF')]), AbortSignal.abort())
    expect([parts, fault?.kind]).toEqual([[], 'aborted'])
  })

  it('stands in the transcript as what it is', () => {
    expect(openOffline().name).toBe('offline')
  })
})

describe('a line of the answer', () => {
  const line = (input: ContentBlock & { input?: unknown }, content: string) =>
    answerFromResults([
      { role: 'assistant', content: [input] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content }] },
    ])
  const call = (input: { [key: string]: string | number }) => ({ type: 'tool_use', id: 't', name: 'look', input })

  it.each([
    [call({ expression: '2 + 3' }), '5', '- 2 + 3: 5'],
    [call({ q: 'x' }), '{"name":"Bob","age":5,"note":null,"admin":true}', '- Bob: age 5, admin true'],
    [call({ a: 1, b: 'x' }), 'plain words', '- {"a":1,"b":"x"}: plain words'],
    [call({}), '[1,2]', '- look: [1,2]'],
    [call({ path: 'a.txt' }), 'two\nlines', '- a.txt:\ntwo\nlines'],
    [call({ id: 'x' }), '{"deep":{"a":1}}', '- x: {"a":1}'],
    [call({ id: 'x' }), '{}', '- x: {}'],
    [call({ id: 'x' }), '{"exit_code":0,"stdout":"hi\\n","stderr":""}', '- x: exit code 0, hi'],
    [call({ id: 'x' }), '{"location":"Oslo","temperature":-3.5,"unit":"celsius","conditions":""}', '- Oslo: -3.5 °C'],
  ])('%j and %s', (toolUse, content, expected) => {
    expect(line(toolUse, content)).toBe(expected)
  })
})

describe('an answer that is to fit a schema', () => {
  const use = { type: 'tool_use', id: 't1', name: 'get_weather', input: { location: 'SF' } }
  const conversation = (content: ContentBlock, ...later: Message[]): ModelRequest => {
    const told: Message[] = [
      { role: 'assistant', content: [use] },
      { role: 'user', content: [content] },
    ]
    return request([text('weather in SF')], [...told, ...later])
  }
  const result = { type: 'tool_result', tool_use_id: 't1', content: '{"location":"SF","temperature":68}' }
  const answer = answerForm({
    type: 'object',
    properties: { temperature: { type: 'number' } },
    required: ['temperature'],
  })

  it('is composed from the results', async () => {
    const { message } = await ask({ ...conversation(result), answer })
    expect(message).toMatchObject({ content: [{ text: '{"temperature":68}' }], stop_reason: 'end_turn' })
  })

  it('is none where the results do not fill it, and says why', async () => {
    const failed = { ...result, content: 'failed: no such place', is_error: true }
    const { message } = await ask({ ...conversation(failed), answer })
    const said = expect.stringMatching(/^The tool results do not fill the schema: get_weather SF gave no result\./)
    expect(message).toMatchObject({ content: [{ text: said }], stop_reason: 'offline_no_fit' })
  })

  it('leaves a skipped call out, for which nobody waited', async () => {
    const skipped = { ...result, content: 'skipped: it was optional', is_error: true }
    const list = answerForm({ type: 'array', items: {} })
    const { message } = await ask({ ...conversation(skipped), answer: list })
    expect(message).toMatchObject({ content: [{ text: expect.stringContaining('answer: nothing fills it') }] })
  })

  it('stays the same when it is told that it does not fit', async () => {
    const said: Message = { role: 'assistant', content: [text('{"temperature":68}')] }
    const note: Message = { role: 'user', content: [text(unfitNote(['answer.temperature: too high']))] }
    const { message } = await ask({ ...conversation(result, said, note), answer })
    expect(message).toMatchObject({ content: [{ text: '{"temperature":68}' }], stop_reason: 'end_turn' })
  })

  it('is shown in the preview', () => {
    expect(openOffline().preview({ ...request([text('weather in SF')]), answer })).toMatchObject({
      output_config: { format: { type: 'json_schema', schema: answer.schema } },
    })
  })
})
