import { expect, it, vi } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const DESCRIPTIONS = 'tool_descriptions.json'

/** A folder of described functions. */
function described(descriptions: unknown, functions: string, file = 'tool_funcs.js') {
  const text = typeof descriptions === 'string' ? descriptions : JSON.stringify(descriptions, null, 1)
  return toolFolder({ [DESCRIPTIONS]: text, [file]: functions })
}

const one = (more: object = {}) => [{ name: 'f', description: 'd', inputs: {}, ...more }]

it('takes the form of the lesson: descriptions in a list, functions by their names', async () => {
  const { path } = described(
    '[{"name": "get_weather", "description": "Weather at a place.", "inputs": {"location": "string"}}]',
    'export async function get_weather({ location }) { return "sunny in " + location }',
  )
  await using open = await openTools([], { paths: [path] })
  expect(open.tools).toMatchObject([
    {
      name: 'get_weather',
      description: 'Weather at a place.',
      source: 'module',
      effect: 'write',
      slotKind: 'loop',
      input_schema: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
    },
  ])
  expect(await open.call('get_weather', { location: 'Rome' }).outcome).toEqual(ok('sunny in Rome'))
  expect(await open.call('get_weather', {}).outcome).toMatchObject({ status: 'invalid_input' })
})

const BOTH = [
  { name: 'plain', description: 'd', inputs: { n: 'int' } },
  { name: 'later', description: 'd', inputs: { n: 'int' } },
  { name: 'promises', description: 'd', inputs: {} },
  { name: 'counts', description: 'd', inputs: {} },
]
const WHERE = `const where = () => (isMainThread ? 'loop' : 'thread')`
const SAME = `
const later = async ({ n }) => [n + 1, where(), arguments_of(...[n])]
const arguments_of = (...all) => all.length
function plain(...all) { return [all[0].n + 1, where(), all.length] }
const promises = () => Promise.resolve(where())
let count = 0
async function counts() { count += 1; return count }`

it.each([
  [
    'tool_funcs.mjs',
    `import { isMainThread } from 'node:worker_threads'\n${WHERE}${SAME}\nexport { plain, later, promises, counts }`,
  ],
  [
    'tool_funcs.js',
    `const { isMainThread } = require('node:worker_threads')\n${WHERE}${SAME}\nmodule.exports = { plain, later, promises, counts }`,
  ],
  [
    'tool_funcs.js',
    `const { isMainThread } = require('node:worker_threads')\n${WHERE}${SAME}\nObject.assign(exports, { plain, later, promises, counts })`,
  ],
  [
    'tool_funcs.mjs',
    `import { isMainThread } from 'node:worker_threads'\n${WHERE}${SAME}\nexport default { plain, later, promises, counts }`,
  ],
  [
    'tool_funcs.ts',
    `import { isMainThread } from 'node:worker_threads'\ntype N = { n: number }\n${WHERE}${SAME.replace('...all)', '...all: N[])').replace('async ({ n })', 'async ({ n }: N)').replace('...all)', '...all: unknown[])')}\nexport { plain, later, promises, counts }`,
  ],
])('awaits async functions on the loop and runs plain ones in threads: %s', async (file, functions) => {
  await using open = await openTools([], { paths: [described(BOTH, functions, file).path] })
  expect(await open.call('plain', { n: 1 }).outcome).toEqual(ok([2, 'thread', 1]))
  expect(await open.call('later', { n: 1 }).outcome).toEqual(ok([2, 'loop', 1]))
  expect(await open.call('promises').outcome).toEqual(ok('thread'))
  // The thread tells of the promise by another way than of its value.
  await vi.waitFor(async () => expect(await open.call('promises').outcome).toEqual(ok('loop')))
  expect(await open.call('counts').outcome).toEqual(ok(1))
  expect(await open.call('counts').outcome).toEqual(ok(2))
})

it('reads type words, objects with them, and JSON Schemas', async () => {
  const inputs = {
    a: 'string',
    b: 'number',
    c: 'float',
    d: 'integer',
    e: 'int',
    f: 'boolean',
    g: 'bool',
    h: 'array',
    i: 'list',
    j: 'object',
    k: 'dict',
    l: { type: 'int', description: 'how many', optional: true },
    m: { type: 'float', default: 2.5 },
    n: { type: 'list', items: { type: 'string' }, maxItems: 3 },
    o: { enum: ['x', 'y'] },
    p: { type: ['string', 'null'], optional: false },
    __proto__x: 'string',
  }
  const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] }
  const list = [
    { name: 'f', description: 'd', inputs },
    { name: 'g', description: 'd', parameters: { a: 'string' } },
    { name: 'h', description: 'd', parameters: schema },
    { name: 'i', description: 'd', input_schema: schema },
    { name: 'j', description: 'd', inputs: schema },
  ]
  const functions = `export const f = async (x) => x, g = f, h = f, i = f, j = f`
  const text = JSON.stringify(list).replaceAll('__proto__x', '__proto__')
  await using open = await openTools([], { paths: [described(`\ufeff${text}`, functions).path] })
  const [first, ...others] = open.tools.map(({ input_schema }) => input_schema)
  expect(JSON.stringify(first?.['properties'])).toBe(
    JSON.stringify({
      a: { type: 'string' },
      b: { type: 'number' },
      c: { type: 'number' },
      d: { type: 'integer' },
      e: { type: 'integer' },
      f: { type: 'boolean' },
      g: { type: 'boolean' },
      h: { type: 'array' },
      i: { type: 'array' },
      j: { type: 'object' },
      k: { type: 'object' },
      l: { type: 'integer', description: 'how many' },
      m: { type: 'number', default: 2.5 },
      n: { type: 'array', items: { type: 'string' }, maxItems: 3 },
      o: { enum: ['x', 'y'] },
      p: { type: ['string', 'null'] },
      __proto__x: { type: 'string' },
    }).replace('__proto__x', '__proto__'),
  )
  expect(first?.['required']).toEqual([...'abcdefghijknop', '__proto__'])
  expect(others).toEqual([schema, schema, schema, schema])
})

it('takes the optional fields of a description', async () => {
  const more = {
    effect: 'read',
    destructive: true,
    policy: { timeout_ms: 5000 },
    keywords: ['word'],
    thread: false,
    returns: 'text',
  }
  const { path } = described(one(more), `export const f = () => 1`)
  await using open = await openTools([], { paths: [`${path}/${DESCRIPTIONS}`] })
  expect(open.tools).toMatchObject([
    { effect: 'read', destructive: true, policy: { timeout_ms: 5000 }, keywords: ['word'], slotKind: 'loop' },
  ])
})

it('lets functions use our zod, and what else stands in the folder', async () => {
  const { path, file } = described(
    one({ inputs: { n: 'number' } }),
    `import { z } from 'zod'\nimport { double } from './double.js'\nexport async function f(input: unknown) { return double(z.object({ n: z.number() }).parse(input).n) }`,
    'tool_funcs.ts',
  )
  file('double.ts', 'export const double = (n: number): number => 2 * n')
  await using open = await openTools([], { paths: [path] })
  expect(await open.call('f', { n: 21 }).outcome).toEqual(ok(42))
})

const GOOD = 'export async function f() {}'
it.each([
  [
    'no JSON',
    '[\n { "name": "f" \n "x": 1 }]',
    GOOD,
    `${DESCRIPTIONS}:3" does not load: no JSON: expected a comma or }`,
  ],
  ['a comment', '[\n// note\n]', GOOD, `${DESCRIPTIONS}:2" does not load: no JSON: expected a value`],
  ['no text', '', GOOD, `${DESCRIPTIONS}:1" does not load: no JSON: expected a value, found the end of the file`],
  ['a key twice', '[\n{\n"name": "f",\n"name": "g" }]', GOOD, `${DESCRIPTIONS}:4" does not load: "name" stands twice`],
  ['no list', { name: 'f' }, GOOD, `${DESCRIPTIONS}:1" does not load: it is no list of descriptions`],
  ['an empty list', [], GOOD, 'its list is empty'],
  ['no object', '["f"]', GOOD, 'tool 1 is no object'],
  ['no name', one({ name: 3 }), GOOD, 'tool 1 has no name'],
  ['no description', one({ description: '' }), GOOD, 'tool 1 ("f") has no description'],
  ['no inputs', one({ inputs: undefined }), GOOD, 'tool 1 ("f") has no inputs'],
  ['two of them', one({ parameters: {} }), GOOD, 'tool 1 ("f") has inputs and parameters: one is enough'],
  ['inputs in a list', one({ inputs: ['a'] }), GOOD, 'tool 1 ("f"): inputs is no object'],
  ['an unknown word', one({ inputs: { a: 'text' } }), GOOD, 'tool 1 ("f"): inputs.a: "text" is no type word'],
  [
    'an unknown word in an object',
    one({ inputs: { a: { type: 'text' } } }),
    GOOD,
    'tool 1 ("f"): inputs.a: "text" is no type word',
  ],
  ['no word', one({ inputs: { a: 3 } }), GOOD, 'tool 1 ("f"): inputs.a is 3, and neither a type word nor an object'],
  [
    'optional',
    one({ inputs: { a: { type: 'int', optional: 'yes' } } }),
    GOOD,
    'inputs.a.optional is neither true nor false',
  ],
  [
    'a bad schema',
    one({ input_schema: { type: 'array' }, inputs: undefined }),
    GOOD,
    'tool 1 ("f"): bad schema: type: ',
  ],
  ['a bad effect', one({ effect: 'safe' }), GOOD, 'tool 1 ("f"): effect "safe" is none of read'],
  ['a bad policy', one({ policy: { timeout: 3 } }), GOOD, 'tool 1 ("f"): policy has no "timeout"'],
  [
    'a missing function',
    '[\n {"name":"f","description":"d","inputs":{}},\n {"name":"g","description":"d","inputs":{}}]',
    GOOD,
    `${DESCRIPTIONS}:3" does not load: tool 2 ("g"): tool_funcs.js exports no such function, only f`,
  ],
  [
    'a function that is inherited',
    one({ name: 'toString' }),
    'module.exports = {}',
    'tool 1 ("toString"): tool_funcs.js exports no such function, only no function',
  ],
  ['one name twice', [...one(), ...one()], GOOD, 'describes "f" twice'],
  [
    'a throw',
    one(),
    'const a = 1\n\nthrow new Error("boom")',
    `${DESCRIPTIONS}" does not load: boom (FOLDER/tool_funcs.js:3)`,
  ],
  [
    'syntax',
    one(),
    'export const a = 1\nconst = 2',
    `${DESCRIPTIONS}" does not load: Unexpected token '=' (FOLDER/tool_funcs.js:2)`,
  ],
  [
    'a missing package',
    one(),
    '\nimport "no-such"',
    `${DESCRIPTIONS}" does not load: cannot find package "no-such" (FOLDER/tool_funcs.js:2)`,
  ],
])('says what is wrong with descriptions, and where: %s', async (_, descriptions, functions, message) => {
  const { path } = described(descriptions, functions)
  await expect(openTools([], { paths: [path] })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining(message.replace('FOLDER', path)),
  })
})

it('says that the file of functions is missing, or that there are two', async () => {
  const { path, file } = toolFolder({ [DESCRIPTIONS]: JSON.stringify(one()) })
  const opening = () => openTools([], { paths: [path] })
  await expect(opening()).rejects.toMatchObject({
    exitCode: 3,
    message: `"${path}/${DESCRIPTIONS}" does not load: there is no tool_funcs.ts, .js or .mjs beside it`,
  })
  file('tool_funcs.js', GOOD)
  file('tool_funcs.ts', GOOD)
  await expect(opening()).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('more than one file of functions: tool_funcs.js, tool_funcs.ts'),
  })
})
