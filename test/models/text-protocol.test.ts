import { describe, expect, it } from 'vitest'
import type { AssistantMessage, ContentBlock, Message } from '../../src/contract/message.ts'
import { NO_USAGE } from '../../src/contract/message.ts'
import type { Model, ModelPart, ModelReply, ModelRequest } from '../../src/contract/model.ts'
import { pendingText } from '../../src/contract/pending-result.ts'
import { openTextProtocol } from '../../src/models/text-protocol.ts'
import { answerForm } from '../../src/schema/answer-form.ts'
import { messageOf, modelRequest } from './model-rig.ts'

const look = '{"tool": "look", "inputs": {"place": "here"}}'
const thinking: ContentBlock = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }

function text(value: string): ContentBlock {
  return { type: 'text', text: value }
}

/** What the wrapped model says, message by message; its text comes in pieces. */
type Said = { content: ContentBlock[]; stop?: string } | { fault: string }

function open(...script: Said[]) {
  const requests: ModelRequest[] = []
  const inner: Model = {
    name: 'local',
    maxOutputTokens: 4_096,
    ask: async (request, onPart) => {
      requests.push(structuredClone(request))
      const said = script[requests.length - 1]
      if (said === undefined) throw new Error('the script has no further message')
      if ('fault' in said) return faultReply(said.fault)
      onPart({ type: 'first_token' })
      for (const block of said.content) {
        const pieces = block.type === 'text' ? String(block['text' as keyof ContentBlock]).match(/.{1,3}/gs) : []
        for (const piece of pieces ?? []) onPart({ type: 'text_delta', text: piece })
      }
      const message: AssistantMessage = {
        id: 'msg_1',
        model: 'local-7b',
        content: said.content,
        stop_reason: said.stop ?? 'end_turn',
        usage: { ...NO_USAGE, output_tokens: 9 },
        raw_inputs: {},
      }
      return { type: 'message', message }
    },
    preview: ({ system }) => ({ system }),
    close: async () => {},
  }
  const model = openTextProtocol(inner)
  const ask = async (request: Partial<ModelRequest> = {}) => {
    const parts: ModelPart[] = []
    const reply = await model.ask(modelRequest(request), (part) => parts.push(part), new AbortController().signal)
    return { reply, parts }
  }
  return { model, requests, ask }
}

function faultReply(code: string): ModelReply {
  const fault = { kind: 'unavailable', code, message: code, hint: null, retryable: true } as const
  return { type: 'fault', fault: { ...fault, retryAfterMs: null, status: null, requestId: null, usage: null } }
}

/** What the run makes of one message. */
async function made(content: ContentBlock[], stop = 'end_turn') {
  const { reply, parts } = await open({ content, stop }).ask()
  return { message: messageOf(reply), parts }
}

describe('the request', () => {
  it('holds no native tools, but their names, descriptions and schemas in the system prompt', async () => {
    const { ask, requests } = open({ content: [text('hi')] })
    await ask()
    expect(requests[0]).toMatchObject({ tools: [], toolChoice: 'auto' })
    const { system } = requests[0] ?? modelRequest()
    expect(system).toMatch(/^Answer briefly\.\n\n# Tools\n/)
    expect(system).toContain(
      '## get_weather\n\nThe weather at a place.\n\nInputs: {"type":"object","properties":{"location":{"type":"string"}},"required":["location"]}',
    )
    expect(system).toContain('{"tool": "name of the tool", "inputs": {"parameter": "value"}}')
  })

  it('is the same for the same tools, and is what the preview shows', async () => {
    const { ask, requests, model } = open({ content: [text('hi')] }, { content: [text('hi')] })
    await ask()
    await ask()
    expect(requests[1]).toEqual(requests[0])
    expect(model.preview(modelRequest())).toEqual({ system: requests[0]?.system })
  })

  it('is left as it is where there are no tools, and its answer too', async () => {
    const { ask, requests } = open({ content: [text(look)] })
    const { reply, parts } = await ask({ tools: [] })
    expect(requests[0]).toEqual(modelRequest({ tools: [] }))
    expect(messageOf(reply).content).toEqual([text(look)])
    expect(parts.map(({ type }) => type)).not.toContain('call_ready')
  })

  it('says last of all that no tool can be called where calls are forbidden, and takes all for text', async () => {
    const { ask, requests } = open({ content: [text(look)] })
    const { reply } = await ask({ toolChoice: 'none' })
    const told = requests[0]?.messages[0]?.content
    const last = { text: expect.stringMatching(/^No tool can be called any more/) }
    expect(told).toMatchObject([{ text: 'weather in Tokyo' }, last])
    expect(messageOf(reply)).toMatchObject({ content: [text(look)], stop_reason: 'end_turn' })
  })
})

describe('the conversation', () => {
  const question: Message = { role: 'user', content: [text('weather?')] }
  const result = (tool_use_id: string, content: string | ContentBlock[], is_error?: true): ContentBlock => ({
    type: 'tool_result',
    tool_use_id,
    content,
    ...(is_error && { is_error }),
  })

  it('gives back exactly what the model wrote, and one text for each result, in order', async () => {
    const raw = `<think>Hm.</think>\n\`\`\`json\n[${look}, {'tool': 'save', 'inputs': {}}]\n\`\`\`\n`
    const { ask, requests } = open({ content: [thinking, text(raw), text('Done.')] }, { content: [text('ok')] })
    const { content } = messageOf((await ask({ messages: [question] })).reply)
    const ids = content.flatMap((block) =>
      block.type === 'tool_use' ? [String(block['id' as keyof ContentBlock])] : [],
    )
    expect(ids).toEqual(['toolu_text_1_1', 'toolu_text_1_2'])
    const answered = [result(ids[0] ?? '', 'sunny'), result(ids[1] ?? '', 'failed: disk full', true), text('Go on.')]
    await ask({ messages: [question, { role: 'assistant', content }, { role: 'user', content: answered }] })
    expect(requests[1]?.messages).toEqual([
      question,
      { role: 'assistant', content: [thinking, text(raw), text('Done.')] },
      {
        role: 'user',
        content: [
          text('Result 1 of 2: look succeeded\nsunny'),
          text('Result 2 of 2: save failed\nfailed: disk full'),
          text('Go on.'),
        ],
      },
    ])
  })

  it('of another process is spelled as the model was asked to write, and its ids are not taken', async () => {
    const call = (number: number, name: string): ContentBlock => ({
      type: 'tool_use',
      id: `toolu_text_1_${number}`,
      name,
      input: { place: 'x' },
    })
    const one: Message = { role: 'assistant', content: [text('Also this.'), call(1, 'look')] }
    const two: Message = { role: 'assistant', content: [call(2, 'look'), call(3, 'save')] }
    const answers = (...numbers: number[]): Message => ({
      role: 'user',
      content: numbers.map((number) => result(`toolu_text_1_${number}`, '')),
    })
    const { ask, requests } = open({ content: [text(look)] })
    const { reply } = await ask({ messages: [question, one, answers(1), two, answers(2, 3)] })
    expect(requests[0]?.messages.map(({ content }) => content).slice(1)).toEqual([
      [text('{"tool":"look","inputs":{"place":"x"}}'), text('Also this.')],
      [text('Result: look succeeded\n(empty)')],
      [text('[{"tool":"look","inputs":{"place":"x"}},\n{"tool":"save","inputs":{"place":"x"}}]')],
      [text('Result 1 of 2: look succeeded\n(empty)'), text('Result 2 of 2: save succeeded\n(empty)')],
    ])
    expect(messageOf(reply).content).toMatchObject([{ id: 'toolu_text_2_1' }])
  })

  it('says of a call that has not ended that it has not, and hands its late result on as it is', async () => {
    const { requests, ask } = open({ content: [text('I wait.')] })
    const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
    const late = text('Late result of call toolu_1 (look): seen')
    await ask({
      messages: [
        { role: 'user', content: [text('Look.')] },
        { role: 'assistant', content: [call] },
        {
          role: 'user',
          content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: pendingText('look', 'toolu_1') }, late],
        },
      ],
    })
    expect(requests[0]?.messages.at(-1)?.content).toEqual([
      text(`Result: look has not ended\n${pendingText('look', 'toolu_1')}`),
      late,
    ])
  })

  it('keeps images, behind the text of their result', async () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aaaa' } }
    const call: ContentBlock = { type: 'tool_use', id: 'a', name: 'draw', input: {} }
    const { ask, requests } = open({ content: [text('ok')] }, { content: [text('ok')] })
    const results = [result('a', [image, text('a cat'), { type: 'resource', uri: 'x:y' }])]
    const messages: Message[] = [question, { role: 'assistant', content: [call] }, { role: 'user', content: results }]
    await ask({ messages })
    expect(requests[0]?.messages[2]?.content).toEqual([
      text('Result: draw succeeded\na cat\n{"type":"resource","uri":"x:y"}'),
      image,
    ])
  })
})

describe('the message', () => {
  it('with calls is that of a native model: blocks with ids, and tool_use', async () => {
    const { message, parts } = await made([thinking, text(`\n${look}`)])
    const block = { id: 'toolu_text_1_1', name: 'look', input: { place: 'here' } }
    expect(message).toEqual({
      id: 'msg_1',
      model: 'local-7b',
      content: [thinking, { type: 'tool_use', ...block }],
      stop_reason: 'tool_use',
      usage: { ...NO_USAGE, output_tokens: 9 },
      raw_inputs: {},
    })
    expect(parts).toEqual([{ type: 'first_token' }, { type: 'call_ready', call: block }])
  })

  it('with an answer is untouched', async () => {
    const content = [thinking, { ...text('It is '), citations: [{ n: 1 }] }, text('{"so": 1}')]
    const { message, parts } = await made(content)
    expect(message).toMatchObject({ content, stop_reason: 'end_turn' })
    expect(message.content).toBe(content)
    expect(parts.flatMap((part) => (part.type === 'text_delta' ? part.text : [])).join('')).toBe('It is {"so": 1}')
  })

  it('with prose behind its calls keeps that as text', async () => {
    const { message, parts } = await made([text(`${look}\n\nI look.`)])
    expect(message.content).toMatchObject([text('I look.'), { type: 'tool_use' }])
    expect(parts.flatMap((part) => (part.type === 'text_delta' ? part.text : [])).join('')).toBe('I look.')
  })

  it('with reasoning in front is shown without it', async () => {
    const { message } = await made([text('<think>Hm.</think>\nYes.')])
    expect(message).toMatchObject({ content: [text('Yes.')], stop_reason: 'end_turn' })
    const { ask } = open({ content: [text(`<think>Hm.</think>${look}`)] })
    expect(messageOf((await ask({ tools: [] })).reply).content).toEqual([text(look)])
  })

  it.each(['end_turn', 'stop_sequence', 'tool_use'])('with calls ends with tool_use after %s', async (stop) => {
    expect((await made([text(look)], stop)).message.stop_reason).toBe('tool_use')
  })

  it.each(['max_tokens', 'refusal', 'model_context_window_exceeded', 'pause_turn', 'tired'])(
    'M1 cut by %s keeps its reason, and the call that was cut stands in it unread',
    async (stop) => {
      const cut = '{"tool": "save", "inputs": {"path": "a"'
      const { message, parts } = await made([text(`[${look}, ${cut}`)], stop)
      expect(message).toMatchObject({
        stop_reason: stop,
        content: [{ name: 'look' }, { id: 'toolu_text_1_2', name: 'save', input: {} }],
        raw_inputs: { toolu_text_1_2: cut },
      })
      expect(parts.filter(({ type }) => type === 'call_ready')).toHaveLength(1)
      expect((await made([text('{"to')], stop)).message.content).toMatchObject([{ name: 'unknown' }])
    },
  )

  it('that cannot be read says why, with what the model wrote as its text', async () => {
    const { message, parts } = await made([text(`[${look}, {"tool": save}]`)])
    expect(message).toMatchObject({
      stop_reason: 'unreadable_calls',
      unreadable: expect.stringMatching(/^"save" stands without quotes, after/),
      content: [text('{"tool": save}]'), { type: 'tool_use', name: 'look' }],
    })
    expect(parts.map(({ type }) => type)).toEqual(['first_token', 'call_ready'])
  })

  it('M11 tells inputs that are no object with the whole message only', async () => {
    const { message, parts } = await made([text('{"tool": "save", "inputs": ["a"]}\n')])
    expect(message).toMatchObject({ stop_reason: 'tool_use', raw_inputs: { toolu_text_1_1: '["a"]' } })
    expect(parts).toEqual([{ type: 'first_token' }])
  })
})

it('passes faults through, and gives the calls of the next attempt ids of their own', async () => {
  const { ask } = open({ content: [text(look)] }, { fault: 'stream_cut' }, { content: [text(look)] })
  const id = async () => messageOf((await ask()).reply).content
  expect(await id()).toMatchObject([{ id: 'toolu_text_1_1' }])
  expect((await ask()).reply).toMatchObject({ type: 'fault', fault: { code: 'stream_cut' } })
  expect(await id()).toMatchObject([{ id: 'toolu_text_3_1' }])
})

describe('the form of an answer', () => {
  const answer = answerForm({ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] })

  it('is asked for in words behind the tools, never as a field', async () => {
    const { requests, ask } = open({ content: [text('{"n":1}')] })
    await ask({ answer })
    expect(requests[0]?.answer).toBeNull()
    expect(requests[0]?.system).toMatch(/^Answer briefly\.\n\n# Tools\n/)
    expect(requests[0]?.system.endsWith(answer.words)).toBe(true)
  })

  it.each(['{"n":1}', '```json\n{"n":1}\n```', '[{"n":1},{"n":2}]'])(
    'is no call, and comes as it was written: %s',
    async (said) => {
      const { reply, parts } = await open({ content: [text(said)] }).ask({ answer })
      expect(messageOf(reply)).toMatchObject({ content: [{ type: 'text', text: said }], stop_reason: 'end_turn' })
      expect(parts.filter(({ type }) => type === 'call_ready')).toEqual([])
    },
  )
})
