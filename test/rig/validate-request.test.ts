import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { ReceivedRequest, Rules } from './validate-request.ts'
import { validateRequest } from './validate-request.ts'

const HEADERS = {
  'content-type': 'application/json',
  'anthropic-version': '2026-10-21',
  authorization: 'Bearer sk-test',
}
const TOOL = {
  name: 'get_weather',
  description: 'Weather.',
  input_schema: { type: 'object', properties: { location: { type: 'string' } } },
}
const text = (words: string) => ({ type: 'text', text: words })
const use = (id: string, input: JsonValue = {}) => ({ type: 'tool_use', id, name: 'get_weather', input })
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'sunny' })
const user = (...content: unknown[]) => ({ role: 'user', content })
const assistant = (...content: unknown[]) => ({ role: 'assistant', content })
const question = user(text('weather?'))

function body(over: Record<string, unknown> = {}): Record<string, unknown> {
  return { model: 'claude-sonnet-5-5', max_tokens: 1000, stream: true, messages: [question], ...over }
}

function judge(content: unknown, request: Partial<ReceivedRequest> = {}, rules: Partial<Rules> = {}): string | null {
  const rawBody = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
  const received = { method: 'POST', path: '/v1/messages', headers: HEADERS, rawBody, ...request }
  return validateRequest(received, { paused: false, ...rules })?.message ?? null
}

const conversation = (...messages: unknown[]) => body({ tools: [TOOL], messages: [question, ...messages] })

function withFormat(schema: JsonObject) {
  return body({ output_config: { format: { type: 'json_schema', schema } } })
}

function withMember(member: JsonObject, $defs: JsonObject = {}) {
  return withFormat({ type: 'object', properties: { a: member }, required: [], additionalProperties: false, $defs })
}

describe('a request that the API accepts', () => {
  const accepted: [string, unknown][] = [
    ['with a question', body()],
    ['with a string as content', body({ messages: [{ role: 'user', content: 'hi' }] })],
    [
      'with everything that we send',
      body({ system: 'Be brief.', tools: [TOOL], tool_choice: { type: 'none' }, output_config: { effort: 'low' } }),
    ],
    ['that asks for the cache', body({ cache_control: { type: 'ephemeral' } })],
    [
      'whose calls are answered in order',
      conversation(assistant(use('a'), use('b')), user(result('a'), result('b'), text('go on'))),
    ],
    [
      'with thinking and blocks of the future',
      conversation(assistant({ type: 'thinking', thinking: '', signature: 'x' }, { type: 'oracle' }), question),
    ],
  ]
  it.each(accepted)('%s', (_what, content) => {
    expect(judge(content)).toBeNull()
  })
})

describe('the head of a request', () => {
  const refused: [string, Partial<ReceivedRequest>][] = [
    ['not found', { path: '/v1/complete' }],
    ['not found', { path: '/v1/messages?beta=true' }],
    ['method not allowed', { method: 'GET' }],
    ['anthropic-version', { headers: { ...HEADERS, 'anthropic-version': '2023-06-01' } }],
    ['content-type', { headers: { ...HEADERS, 'content-type': 'text/plain' } }],
    ['x-api-key', { headers: { ...HEADERS, 'x-api-key': 'sk-test' } }],
    ['invalid bearer token', { headers: { ...HEADERS, authorization: 'sk-test' } }],
    ['invalid bearer token', { headers: { ...HEADERS, authorization: 'Bearer ' } }],
  ]
  it.each(refused)('is refused: %s', (message, request) => {
    expect(judge(body(), request)).toContain(message)
  })

  it('bears the right key where there is one, and none where none is needed', () => {
    expect(judge(body(), {}, { key: 'sk-test' })).toBeNull()
    expect(judge(body(), {}, { key: 'sk-other' })).toContain('invalid bearer token')
    expect(judge(body(), {}, { key: null })).toContain('needs no key')
    expect(judge(body(), { headers: { ...HEADERS, authorization: undefined } }, { key: null })).toBeNull()
  })
})

describe('the body of a request', () => {
  const tools = (...list: unknown[]) => body({ tools: list })
  const refused: [string, unknown][] = [
    ['not valid JSON', '{"model":'],
    ['not an object', '[]'],
    ['lone surrogate', JSON.stringify(body({ system: 'half \ud83d of a face' }))],
    ['lone surrogate', body({ messages: [user(text('\udc4b'))] })],
    ['temperature', body({ temperature: 1 })],
    ['top_p', body({ top_p: 1 })],
    ['top_k', body({ top_k: 1 })],
    ['extra inputs', body({ max_retries: 1 })],
    ['model', body({ model: '' })],
    ['max_tokens', body({ max_tokens: 0 })],
    ['max_tokens', body({ max_tokens: 1.5 })],
    ['max_tokens: 200000 > 128000', body({ max_tokens: 200_000 })],
    ['stream', body({ stream: false })],
    ['system', body({ system: ' ' })],
    ['cache_control', body({ cache_control: { type: 'forever' } })],
    [
      'a maximum of 4',
      body({ system: Array.from({ length: 5 }, () => ({ ...text('x'), cache_control: { type: 'ephemeral' } })) }),
    ],
    ['output_config.effort', body({ output_config: { effort: 'heroic' } })],
    ['output_config.format.type', body({ output_config: { format: { type: 'json', schema: {} } } })],
    ['the root must be an object', withFormat({ type: 'array', items: { type: 'null' } })],
    ["'additionalProperties' must be explicitly set to false", withFormat({ type: 'object', properties: {} })],
    ["property 'minimum' is not supported", withMember({ type: 'number', minimum: 1 })],
    ["property 'maxLength' is not supported", withMember({ type: 'string', maxLength: 1 })],
    ["property 'oneOf' is not supported", withMember({ type: 'null', oneOf: [] })],
    ['minItems: only 0 and 1', withMember({ type: 'array', items: { type: 'null' }, minItems: 2 })],
    ['a.format: "colour" is not supported', withMember({ type: 'string', format: 'colour' })],
    ['Enum value is not a scalar', withMember({ enum: [{}] })],
    ['a.type: is required', withMember({})],
    ['Recursive schemas', withMember({ $ref: '#/$defs/a' }, { a: { anyOf: [{ $ref: '#/$defs/a' }] } })],
    ['$ref: leads nowhere', withMember({ $ref: '#/$defs/b' }, { a: { type: 'null' } })],
    ['tools.0.name', tools({ ...TOOL, name: 'get weather' })],
    ['tools.0.name', tools({ ...TOOL, name: 'x'.repeat(65) })],
    ['tool names must be unique', tools(TOOL, TOOL)],
    ['extra inputs', tools({ ...TOOL, effect: 'read' })],
    ['input_schema.type', tools({ ...TOOL, input_schema: { type: 'string' } })],
    ['field required', tools({ name: 'bare' })],
    ['anyOf at the top level', tools({ ...TOOL, input_schema: { type: 'object', anyOf: [] } })],
    ['the key "a b"', tools({ ...TOOL, input_schema: { type: 'object', properties: { 'a b': {} } } })],
    ['tool_choice.type', body({ tools: [TOOL], tool_choice: { type: 'some' } })],
    ['tool_choice.name', body({ tools: [TOOL], tool_choice: { type: 'tool', name: 'other' } })],
    ['while providing tools', body({ tool_choice: { type: 'none' } })],
  ]
  it.each(refused)('is refused: %s', (message, content) => {
    expect(judge(content)).toContain(message)
  })

  it('has a size', () => {
    expect(judge(body({ messages: [user(text('x'.repeat(33 * 1024 * 1024)))] }))).toContain('maximum size')
  })
})

describe('a conversation', () => {
  const refused: [string, unknown][] = [
    ['at least one', body({ messages: [] })],
    ['first message', body({ messages: [assistant(text('hi'))] })],
    ['roles must alternate', conversation(question)],
    ['roles must alternate', conversation(assistant(text('a')), assistant(text('b')), question)],
    ['neither "user" nor', body({ messages: [{ role: 'system', content: 'x' }] })],
    ['the last message', conversation(assistant(text('hi')))],
    ['non-empty content', body({ messages: [user()] })],
    ['non-empty content', body({ messages: [{ role: 'user', content: ' ' }] })],
    ['non-whitespace', body({ messages: [user(text('\n '))] })],
    ['non-whitespace', conversation(assistant(text('')), question)],
    ['without tool_result', conversation(assistant(use('a')), question)],
    ['without tool_result', conversation(assistant(use('a'), use('b')), user(result('a')))],
    [
      'without tool_result',
      conversation(assistant(use('a')), user(text('later')), assistant(text('so')), user(result('a'))),
    ],
    ['in the order', conversation(assistant(use('a'), use('b')), user(result('b'), result('a')))],
    ['must come first', conversation(assistant(use('a')), user(text('here'), result('a')))],
    ['unexpected tool_use_id', conversation(assistant(text('a')), user(result('a')))],
    ['unexpected tool_use_id', conversation(assistant(use('a')), user(result('a'), result('b')))],
    ['a single result', conversation(assistant(use('a')), user(result('a'), result('a')))],
    ['must be unique', conversation(assistant(use('a'), use('a')), user(result('a')))],
    ['must be unique', conversation(assistant(use('a')), user(result('a')), assistant(use('a')), user(result('a')))],
    ['valid dictionary', conversation(assistant(use('a', 'text')), user(result('a')))],
    ['valid dictionary', conversation(assistant(use('a', [])), user(result('a')))],
    ['valid dictionary', conversation(assistant(use('a', null)), user(result('a')))],
    ['tools: required', body({ messages: [question, assistant(use('a')), user(result('a'))] })],
    ['with its signature', conversation(assistant({ type: 'thinking', thinking: 'hm' }), question)],
    ['empty if is_error', conversation(assistant(use('a')), user({ ...result('a'), content: '', is_error: true }))],
    ['not accepted in a user message', body({ messages: [user(use('a'))] })],
    ['can only be in a user message', conversation(assistant(result('a')), question)],
    ['extra inputs', body({ messages: [user({ ...text('a'), partial_json: '' })] })],
    [
      'media_type',
      body({ messages: [user({ type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: 'x' } })] }),
    ],
  ]
  it.each(refused)('is refused: %s', (message, content) => {
    expect(judge(content)).toContain(message)
  })

  it('may end with the model only after a pause', () => {
    const paused = conversation(assistant(text('searching')))
    expect(judge(paused, {}, { paused: true })).toBeNull()
    expect(judge(conversation(assistant(text('a')), assistant(text('b'))), {}, { paused: true })).toBeNull()
  })

  it('is judged without an exception, whatever it is', () => {
    const messages = fc.array(fc.record({ role: fc.constantFrom('user', 'assistant', 1), content: fc.jsonValue() }))
    fc.assert(
      fc.property(messages, fc.jsonValue(), (some, tools) => judge(body({ messages: some, tools })) !== undefined),
    )
  })
})
