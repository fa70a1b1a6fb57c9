import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readBatch, readMessage } from '../../src/sources/host-messages.ts'

const returned = { type: 'returned', call: 1, value: '{"a":[1]}', output_bytes: 9, truncated: false }

it('reads what a host says, and the value of a call with it', () => {
  const { value: _, ...rest } = returned
  const batch = [{ type: 'ready' }, { type: 'pong', ping: 1 }, { type: 'warning', tool: null, message: 'm' }]
  expect(readBatch(JSON.stringify([...batch, returned]))).toEqual([...batch, { ...rest, output: { a: [1] } }])
  expect(readMessage('{"type":"threw","call":2,"status":"failed","error":{"code":"c","message":"m"}}')).not.toBeNull()
})

it.each([
  'garbage',
  '{"a":1}',
  '[null]',
  '[{"type":"zzz"}]',
  '[{"type":"__proto__"}]',
  '[{"type":"toString"}]',
  '[{"type":"threw","call":1,"status":"failed"}]',
  '[{"type":"loaded","file":"f","tools":[null]}]',
  JSON.stringify([{ ...returned, value: '{"a":' }]),
  JSON.stringify([{ ...returned, value: '['.repeat(5000) + ']'.repeat(5000) }]),
  JSON.stringify([{ type: 'ready' }, { ...returned, value: undefined }]),
])('takes nothing for a message that no host would send: %.60s', (text) => {
  expect(readBatch(text)).toBeNull()
})

it('never throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      expect([readBatch(text), readMessage(text)]).toBeDefined()
    }),
  )
})
