/** Values that JSON has no word for, returned or thrown, by name. */
import { both } from './both.mjs'

const cyclic = { name: 'cyclic' }
cyclic.self = cyclic
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const hostile = () => {
  const refuse = () => {
    throw new Error('no')
  }
  return new Proxy(
    {},
    { get: refuse, ownKeys: refuse, getPrototypeOf: refuse, has: refuse, getOwnPropertyDescriptor: refuse },
  )
}
const detached = () => {
  const bytes = new Uint8Array(8)
  structuredClone(bytes, { transfer: [bytes.buffer] })
  return bytes
}
const nested = (levels) => {
  let value = 'bottom'
  for (let level = 0; level < levels; level += 1) value = [value]
  return value
}
const endless = () => ({ toJSON: endless })

/** Made afresh for each call. */
export const RETURNED = {
  undefined: () => undefined,
  null: () => null,
  nothing: () => {},
  empty: () => '',
  blank: () => ' \n\t ',
  nan: () => Number.NaN,
  infinity: () => Number.NEGATIVE_INFINITY,
  minus_zero: () => -0,
  bigint: () => 2n ** 70n,
  symbol: () => Symbol('sign'),
  function: () => function named() {},
  class: () => class Named {},
  nul: () => 'a\0b',
  surrogate: () => 'a\ud800b\udc00',
  surrogate_key: () => ({ 'a\udfff': 'b\ud8ff' }),
  escapes: () => '\u001b[31mred\u001b[0m \u202egnihsif\u2066',
  separators: () => 'a\u2028b\u2029c',
  binary: () => Buffer.from([0, 255, 128]),
  bytes: () => new Uint8Array([1, 2]),
  words: () => new Float64Array([1, Number.NaN]),
  bigints: () => new BigInt64Array([1n]),
  array_buffer: () => new ArrayBuffer(2),
  shared: () => new SharedArrayBuffer(2),
  view: () => new DataView(new ArrayBuffer(2)),
  detached,
  map: () => new Map([['a', new Set([1])]]),
  map_of_objects: () => new Map([[{ a: 1 }, Symbol.iterator]]),
  weak: () => new WeakMap(),
  date: () => new Date(0),
  bad_date: () => new Date(Number.NaN),
  regexp: () => /a\/b/g,
  url: () => new URL('http://localhost/a'),
  error: () => new TypeError('returned, not thrown'),
  errors: () => new AggregateError([new Error('one')], 'two'),
  cyclic: () => cyclic,
  deep: () => nested(100_000),
  sparse: () => Object.assign(new Array(3), { 0: 1, 2: 3 }),
  boxed: () => [Object('a'), Object(1), Object(true), Object(1n), Object(Symbol('s'))],
  no_prototype: () => Object.assign(Object.create(null), { a: 1 }),
  own_proto: () => JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":1}}'),
  getter: () => ({
    get a() {
      throw new Error('no')
    },
    b: 1,
  }),
  hostile,
  revoked,
  unreadable: () => ({ hostile: hostile(), revoked: revoked() }),
  bad_to_json: () => ({
    toJSON() {
      throw new Error('no')
    },
  }),
  endless,
  // biome-ignore lint/suspicious/noThenProperty: it is about such an object
  then_is_no_function: () => ({ then: 5 }),
  then_throws: () => ({
    // biome-ignore lint/suspicious/noThenProperty: it is about such an object
    get then() {
      throw new Error('no then')
    },
  }),
  promise_inside: () => ({ inside: Promise.resolve(1) }),
  generator: () =>
    (function* numbers() {
      yield 1
    })(),
  everything: () => globalThis,
  response: () => new Response('body'),
  signal: () => AbortSignal.abort(),
}

const withMessage = (message) => Object.assign(new Error(), { message })

export const THROWN = {
  string: () => 'a string',
  empty: () => '',
  null: () => null,
  undefined: () => undefined,
  number: () => 0,
  nan: () => Number.NaN,
  bigint: () => 1n,
  symbol: () => Symbol('sign'),
  function: () => function named() {},
  cyclic: () => cyclic,
  hostile,
  revoked,
  map: () => new Map([['a', 1]]),
  no_prototype: () => Object.create(null),
  no_message: () => new Error(),
  surrogate: () => new Error('a\ud800b\0'),
  escapes: () => new Error('\u001b[2J\u202e'),
  lines: () => new Error('one\n    at two (three.js:1:1)\n'),
  coded: () => Object.assign(new Error('gone'), { code: 'ENOENT' }),
  odd_code: () => Object.assign(new Error('odd'), { code: { toString: () => 'x' } }),
  abort: () => new DOMException('I say so', 'AbortError'),
  timeout: () => new DOMException('I say so', 'TimeoutError'),
  own_cause: () => {
    const error = new Error('mine')
    error.cause = error
    return error
  },
  causes: () => new Error('top', { cause: new Error('middle', { cause: 'bottom' }) }),
  aggregate: () => new AggregateError([new Error('one'), new Error('two')], ''),
  message_is_object: () => withMessage({ a: 1 }),
  message_throws: () =>
    Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('no')
      },
    }),
  long: () => new Error('é'.repeat(1_000_000)),
  frozen: () => Object.freeze(new Error('cold')),
  promise: () => Promise.resolve(1),
}

export default [
  ...both('returns', ({ what }) => RETURNED[what]()),
  ...both('throws', ({ what }) => {
    throw THROWN[what]()
  }),
]
