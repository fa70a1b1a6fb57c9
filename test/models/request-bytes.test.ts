import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import { openRequestBytes } from '../../src/models/request-bytes.ts'

const message = () =>
  fc.record({ role: fc.constantFrom('user', 'assistant'), content: fc.array(fc.string({ unit: 'binary' })) })
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')

it('are the JSON of the body, however its conversation goes on: longer, shorter, or another one from some message on', () => {
  const step = fc.record({ kept: fc.nat(12), added: fc.array(message(), { maxLength: 4 }), rest: fc.jsonValue() })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const bytes = openRequestBytes()
      let messages: JsonValue[] = []
      for (const { kept, added, rest } of steps) {
        messages = [...messages.slice(0, kept), ...added]
        const body: JsonObject = { model: 'm', rest: rest as JsonValue, messages }
        expect(textOf(bytes(body))).toBe(Buffer.from(JSON.stringify(body)).toString('utf8'))
      }
    }),
  )
})

it('makes each message into JSON once', () => {
  let made = 0
  const counted = (text: string): JsonObject =>
    Object.defineProperty({ role: 'user', content: text }, 'toJSON', {
      value: () => {
        made += 1
        return { role: 'user', content: text }
      },
    })
  const bytes = openRequestBytes()
  const messages: JsonValue[] = []
  let last = ''
  for (let turn = 0; turn < 50; turn += 1) {
    messages.push(counted(`question ${turn}`), counted(`answer ${turn}`))
    last = textOf(bytes({ model: 'm', messages: [...messages] }))
  }
  expect(made).toBe(100)
  expect(last).toBe(JSON.stringify({ model: 'm', messages }))
})

it('leaves bytes alone that it has given out', () => {
  const bytes = openRequestBytes()
  const first = bytes({ model: 'm', messages: ['a', 'b'] })
  bytes({ model: 'm', messages: ['a', 'c', 'd'] })
  expect(textOf(first)).toBe('{"model":"m","messages":["a","b"]}')
})
