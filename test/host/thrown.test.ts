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

it('cuts a message that is a book', () => {
  expect(thrownError(new Error('x'.repeat(1_000_000))).message.length).toBeLessThan(9000)
})
