import fc from 'fast-check'
import { expect, it } from 'vitest'
import { thrownError } from '../../src/host/thrown.ts'

it('makes one well-formed text and a code of anything', () => {
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (value) => {
      const { code, message } = thrownError(value)
      expect(code).toMatch(/^[A-Za-z][\w.-]*$/)
      expect(message).not.toBe('')
      expect(Buffer.from(message).toString()).toBe(message)
    }),
  )
})

it('tells the causes, since "fetch failed" alone tells nothing', () => {
  const error = new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' }),
  })
  expect(thrownError(error)).toEqual({ code: 'tool_error', message: 'fetch failed: connect refused' })
})

it('tells the reasons of an AggregateError, which alone tells nothing', () => {
  const refused = ['::1', '127.0.0.1'].map((address) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}:80`), { code: 'ECONNREFUSED' }),
  )
  const both = 'connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80'
  expect(thrownError(new AggregateError(refused))).toEqual({ code: 'ECONNREFUSED', message: both })
  expect(thrownError(new TypeError('fetch failed', { cause: new AggregateError(refused) })).message).toBe(
    `fetch failed: ${both}`,
  )
  const many = Array.from({ length: 1000 }, (_, at) => new Error(`reason ${Math.floor(at / 100)}`))
  expect(thrownError(new AggregateError(many, 'all have failed')).message).toBe(
    'all have failed: reason 0; reason 1; reason 2',
  )
  const endless = new AggregateError([], 'endless')
  endless.errors.push(endless)
  expect(thrownError(endless).message).toBe('endless')
  expect(thrownError(new AggregateError([])).message).toBe('AggregateError')
})

it('cuts a message that is a book', () => {
  expect(thrownError(new Error('x'.repeat(1_000_000))).message.length).toBeLessThan(9000)
})
