/** Tools whose values and errors JSON has no word for. */
const schema = { type: 'object', properties: { name: { type: 'string' } } }
const cyclic = { name: 'cyclic' }
cyclic.self = cyclic

const returned = {
  undefined: undefined,
  bigint: 12345678901234567890n,
  map: new Map([['a', 1]]),
  set: new Set([1, 2]),
  function: function named() {},
  cyclic,
  surrogate: 'a\ud800b',
  binary: Buffer.from([0, 255]),
  nul: 'a\0b',
  date: new Date(0),
  infinity: Number.POSITIVE_INFINITY,
}
const thrown = {
  string: 'a string',
  null: null,
  cyclic,
  undefined: undefined,
  empty: new Error(),
  coded: Object.assign(new Error('gone'), { code: 'ENOENT' }),
  hostile: new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
    },
  ),
}

export default [
  {
    name: 'returns',
    description: 'returns',
    effect: 'read',
    input_schema: schema,
    execute: async ({ name }) => returned[name],
  },
  {
    name: 'throws',
    description: 'throws',
    effect: 'read',
    input_schema: schema,
    execute: async ({ name }) => {
      throw thrown[name]
    },
  },
  {
    name: 'returns_plain',
    description: 'in a thread',
    effect: 'read',
    input_schema: schema,
    execute: ({ name }) => returned[name],
  },
  {
    name: 'large',
    description: 'large',
    effect: 'read',
    input_schema: { type: 'object', properties: {} },
    execute: async () => 'é'.repeat(2_000_000),
  },
  {
    name: 'large_plain',
    description: 'large',
    effect: 'read',
    input_schema: { type: 'object', properties: {} },
    execute: () => ['😀'.repeat(1_000_000)],
  },
  {
    name: 'echo',
    description: 'echo',
    effect: 'read',
    input_schema: { type: 'object', properties: {} },
    execute: async (input) => ({ input, polluted: {}.polluted ?? null }),
  },
]
