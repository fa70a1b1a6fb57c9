import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { ModelPart } from '../../src/contract/model.ts'
import type { StreamEnd } from '../../src/models/message-stream.ts'
import { openMessageStream } from '../../src/models/message-stream.ts'

const start = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'm', content: [], usage: { input_tokens: 7, output_tokens: 1 } },
}
const stop = { type: 'message_stop' }
const blockStop = (index: number) => ({ type: 'content_block_stop', index })
const toolStart = (index: number, more: JsonObject = {}) => ({
  type: 'content_block_start',
  index,
  content_block: { type: 'tool_use', id: `toolu_${index}`, name: 'remove', input: {}, ...more },
})
const json = (index: number, partial_json: string) => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
})
const text = (index: number, words: string) => [
  { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index, delta: { type: 'text_delta', text: words } },
  blockStop(index),
]
const ended = (stop_reason: string, output_tokens = 5) => ({
  type: 'message_delta',
  delta: { stop_reason },
  usage: { output_tokens },
})

function run(events: readonly JsonObject[]) {
  const parts: ModelPart[] = []
  const stream = openMessageStream((part) => parts.push(part))
  let end: StreamEnd | null = null
  for (const event of events) end ??= stream.read(JSON.stringify(event), String(event['type']))
  return {
    parts,
    end,
    usage: stream.usage(),
    ready: parts.flatMap((part) => (part.type === 'call_ready' ? part.call : [])),
  }
}

function whole(events: readonly JsonObject[]) {
  const { end, ...rest } = run(events)
  if (end?.type !== 'message') throw new Error(`no message: ${JSON.stringify(end)}`)
  return { ...rest, message: end.message }
}

describe('a call is ready', () => {
  it('when its block closes, before anything follows', () => {
    const { ready, end } = run([start, toolStart(0), json(0, '{"path":'), json(0, '"out"}'), blockStop(0)])
    expect(end).toBeNull()
    expect(ready).toEqual([{ id: 'toolu_0', name: 'remove', input: { path: 'out' } }])
  })

  it.each([
    ['cut inside a member', '{"cmd":"rm -rf out","dry_run": tr'],
    ['cut behind a comma', '{"cmd":"rm -rf out",'],
    ['a list', '["rm"]'],
    ['two objects', '{}{}'],
    ['null', 'null'],
    ['words', 'remove it'],
  ])('never when its input is %s: M1, M11', (_name, raw) => {
    const { ready, message } = whole([start, toolStart(0), json(0, raw), blockStop(0), ended('tool_use'), stop])
    expect(ready).toEqual([])
    expect(message.content).toEqual([{ type: 'tool_use', id: 'toolu_0', name: 'remove', input: {} }])
    expect(message.raw_inputs['toolu_0']).toBe(raw)
  })

  it('never by the first part of its input, wherever max_tokens cuts it: M1', () => {
    const objects = fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 })
    fc.assert(
      fc.property(objects, fc.nat(), (input, cut) => {
        const raw = JSON.stringify(input)
        const prefix = raw.slice(0, cut % raw.length)
        const { ready, message } = whole([
          start,
          toolStart(0),
          json(0, prefix),
          blockStop(0),
          ended('max_tokens'),
          stop,
        ])
        expect(ready).toEqual([])
        expect(message.raw_inputs['toolu_0']).toBe(prefix)
      }),
    )
  })
})

describe('an empty input', () => {
  it('counts as {} when the next block starts', () => {
    const { ready } = run([start, toolStart(0), json(0, ''), blockStop(0), toolStart(1)])
    expect(ready).toEqual([{ id: 'toolu_0', name: 'remove', input: {} }])
  })

  it('counts as {} when the message ends with tool_use', () => {
    const events = [start, toolStart(0), blockStop(0)]
    expect(run(events).ready).toEqual([])
    expect(run([...events, ended('tool_use')]).ready).toEqual([{ id: 'toolu_0', name: 'remove', input: {} }])
    expect(whole([...events, ended('tool_use'), stop]).message.raw_inputs).toEqual({})
  })

  it.each(['max_tokens', 'refusal', 'end_turn'])('is no input when the message ends with %s', (reason) => {
    const { ready, message } = whole([start, toolStart(0), blockStop(0), ended(reason), stop])
    expect(ready).toEqual([])
    expect(message.raw_inputs['toolu_0']).toBe('')
  })

  it('in the deltas leaves the input that came whole with the start', () => {
    const { ready } = run([start, toolStart(0, { input: { path: 'a' } }), blockStop(0)])
    expect(ready).toEqual([{ id: 'toolu_0', name: 'remove', input: { path: 'a' } }])
  })
})

describe('keys and ids that are dangerous elsewhere', () => {
  it('S7 stay data in an input', () => {
    const raw = '{"__proto__":{"admin":true},"constructor":1}'
    const { ready } = run([start, toolStart(0), json(0, raw), blockStop(0)])
    const input = ready[0]?.input ?? {}
    expect(JSON.stringify(input)).toBe(raw)
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype)
    expect('admin' in input).toBe(false)
  })

  it('S7 are ids like others', () => {
    const events = ['__proto__', 'constructor'].flatMap((id, index) => [
      toolStart(index, { id }),
      json(index, '{'),
      blockStop(index),
    ])
    const { message } = whole([start, ...events, ended('tool_use'), stop])
    expect(Object.keys(message.raw_inputs)).toEqual(['__proto__', 'constructor'])
    expect(message.raw_inputs['toString']).toBeUndefined()
  })

  it('S7 never become the prototype of a block', () => {
    const delta = JSON.parse('{"type":"x_delta","__proto__":{"polluted":1}}') as JsonObject // JSON.parse knows no types
    const { message } = whole([
      start,
      ...text(0, 'a').slice(0, 2),
      { type: 'content_block_delta', index: 0, delta },
      blockStop(0),
      stop,
    ])
    expect('polluted' in (message.content[0] ?? {})).toBe(false)
  })
})

describe('the whole message', () => {
  it('is there only after message_stop', () => {
    const events = [start, ...text(0, 'hi'), ended('end_turn')]
    expect(run(events).end).toBeNull()
    expect(whole([...events, stop]).message).toMatchObject({ id: 'msg_1', model: 'm', stop_reason: 'end_turn' })
  })

  it('takes counts from the last message_delta and never adds them', () => {
    const { message } = whole([start, ended('end_turn', 3), ended('end_turn', 9), stop])
    expect(message.usage).toEqual({
      input_tokens: 7,
      output_tokens: 9,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
    })
  })

  it('tells its first token once', () => {
    const { parts } = run([start, ...text(0, 'a'), ...text(1, 'b')])
    expect(parts.map(({ type }) => type)).toEqual(['first_token', 'text_delta', 'text_delta'])
  })

  it('collects citations', () => {
    const cite = (n: number) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'citations_delta', citation: { n } },
    })
    const { message } = whole([start, ...text(0, 'a').slice(0, 2), cite(1), cite(2), blockStop(0), stop])
    expect(message.content[0]).toEqual({ type: 'text', text: 'a', citations: [{ n: 1 }, { n: 2 }] })
  })

  it('parses the input of calls that the server runs, and tells none', () => {
    const { ready, message } = whole([
      start,
      toolStart(0, { type: 'server_tool_use' }),
      json(0, '{"q":1}'),
      blockStop(0),
      stop,
    ])
    expect(ready).toEqual([])
    expect(message.content[0]).toMatchObject({ type: 'server_tool_use', input: { q: 1 } })
  })

  it.each([
    ['a second start', [start, start]],
    ['an end inside a block', [start, toolStart(0), stop]],
    ['a delta without a block', [start, json(0, '{}')]],
    ['a block that is open already', [start, toolStart(0), toolStart(0)]],
    ['a call without a name', [start, toolStart(0, { name: 1 })]],
    ['a call without an id', [start, toolStart(0, { id: '' })]],
  ])('is refused with %s', (_name, events) => {
    expect(run(events).end).toMatchObject({ type: 'malformed' })
  })

  it('never comes of arbitrary events, and none of them makes it throw', () => {
    const value: fc.Arbitrary<JsonValue> = fc.jsonValue() as fc.Arbitrary<JsonValue> // the same, by another name
    const member = fc.oneof(fc.nat(2), value)
    const event = fc.record(
      {
        type: fc.constantFrom(
          'message_start',
          'content_block_start',
          'content_block_delta',
          'content_block_stop',
          'message_delta',
          'error',
          'x',
        ),
        index: member,
        message: value,
        content_block: value,
        delta: value,
        usage: value,
        error: value,
      },
      { requiredKeys: ['type'] },
    )
    fc.assert(
      fc.property(fc.array(event as fc.Arbitrary<JsonObject>), (events) => {
        // JSON by construction
        expect(run(events).end?.type).not.toBe('message')
      }),
    )
  })
})

it('M11 takes input that is nested beyond reason for unreadable, wherever it stands', () => {
  const deep = `${'{"a":'.repeat(1_000)}1${'}'.repeat(1_000)}`
  const streamed = run([start, toolStart(0), json(0, deep), blockStop(0), ended('tool_use'), stop])
  expect(streamed.end).toMatchObject({ type: 'message', message: { raw_inputs: { toolu_0: deep } } })
  const atStart = run([start, toolStart(0, { input: JSON.parse(deep) }), blockStop(0), ended('tool_use'), stop])
  expect(atStart.end).toMatchObject({ type: 'message', message: { content: [{ input: {} }] } })
  expect([...streamed.parts, ...atStart.parts].filter(({ type }) => type === 'call_ready')).toEqual([])
})
