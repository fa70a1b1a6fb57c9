import { Readable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonText } from '../../src/host/json-text.ts'

const LIMIT = 512 * 1024
const parsed = (value: unknown) => JSON.parse(jsonText(value, LIMIT).text)

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withNullPrototype: true,
  withObjectString: true,
  withBoxedValues: true,
  withUnicodeString: true,
  key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toJSON', 'then')),
})

it('writes valid JSON of well-formed Unicode for any value', () => {
  fc.assert(
    fc.property(anything, (value) => {
      const { text } = jsonText(value, LIMIT)
      expect(() => JSON.parse(text)).not.toThrow()
      expect(Buffer.from(text).toString()).toBe(text)
    }),
  )
})

it('leaves JSON as it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      // -0 has no other spelling in JSON.
      expect(parsed(value)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

it('keeps to its limit and says how much there was, at any limit', () => {
  fc.assert(
    fc.property(anything, fc.integer({ min: 0, max: 200 }), (value, limit) => {
      const { text, bytes, truncated } = jsonText(value, limit)
      const result = JSON.parse(text)
      expect(truncated).toBe(bytes > limit)
      if (truncated) expect(typeof result).toBe('string')
    }),
  )
})

it('ends a cycle and a depth that no stack bears', () => {
  const self: unknown[] = []
  self.push(self, { self })
  expect(parsed(self)).toEqual(['[circular]', { self: '[circular]' }])
  let deep: unknown = 'bottom'
  for (let level = 0; level < 100_000; level += 1) deep = { deep }
  expect(JSON.stringify(parsed(deep))).toContain('[too deep]')
})

it('shows the same object twice where it is no cycle', () => {
  const twin = { a: 1 }
  expect(parsed([twin, twin])).toEqual([{ a: 1 }, { a: 1 }])
})

it('survives getters, proxies and toJSON that throw', () => {
  const thrower = () => {
    throw new Error('no')
  }
  const value = {
    ok: 1,
    get broken() {
      return thrower()
    },
    proxy: new Proxy({}, { ownKeys: thrower }),
    json: { toJSON: thrower },
  }
  expect(parsed(value)).toEqual({ ok: 1, broken: '[unreadable]', proxy: '[unreadable]', json: '[unreadable]' })
})

it('keeps __proto__ as data', () => {
  expect(jsonText(JSON.parse('{"__proto__":{"a":1}}'), LIMIT).text).toBe('{"__proto__":{"a":1}}')
})

it('has a word for what JSON has none for', () => {
  expect(
    parsed([Number.NaN, -0, Symbol('s'), /a/g, new Error('bad'), new Date(Number.NaN), new URL('http://a/')]),
  ).toEqual([null, 0, 'Symbol(s)', '/a/g', { name: 'Error', message: 'bad' }, null, 'http://a/'])
  expect(parsed({ left: undefined, map: new Map([[{ a: 1 }, 2]]), floats: new Float32Array([0.5]) })).toEqual({
    map: [[{ a: 1 }, 2]],
    floats: [0.5],
  })
})

it('tells what has pairs by its names, and what yields values as a list', () => {
  const form = new FormData()
  form.append('file', new Blob(['x']))
  const values = {
    headers: new Headers({ 'X-One': '1' }),
    search: new URLSearchParams('a=1&b=2&a=3&a=4'),
    form,
    yields: new Map([[1, 2]]).values(),
  }
  expect(parsed(values)).toEqual({
    headers: { 'x-one': '1' },
    search: { a: ['1', '3', '4'], b: '2' },
    form: { file: '[unread File]' },
    yields: [2],
  })
  expect(parsed(new Headers({ a: 'b' }))).toEqual({ a: 'b' })
})

it('reads nothing that is part of another value, and no more of it than there is room for', () => {
  const endless = function* () {
    for (;;) yield 1
  }
  const unread = { response: new Response('x'), stream: new ReadableStream(), file: Readable.from(['x']) }
  expect(parsed(unread)).toEqual({ response: '[unread Response]', stream: '[unread stream]', file: '[unread stream]' })
  expect(parsed({ endless: endless() }).endless.slice(-2)).toEqual([1, '[more is unread]'])
})

it('tells what has members by them, though it yields its values as well', () => {
  class Page {
    data = [1]
    async *[Symbol.asyncIterator]() {
      yield 1
    }
  }
  expect(parsed(new Page())).toEqual({ data: [1] })
})

/** Half a gigabyte, which is not to be had everywhere. */
it.runIf(process.env['FULL'] === '1')('T8 keeps head and tail of a value whose text no string can hold', () => {
  const { text, bytes, truncated } = jsonText(Array(1400).fill('y'.repeat(400_000)), LIMIT)
  expect([bytes, truncated]).toEqual([1400 * 400_003 + 1, true])
  expect(JSON.parse(text)).toMatch(/^\["y+\n\[\.\.\. \d+ of \d+ bytes left out \.\.\.\]\ny+"\]$/)
})
