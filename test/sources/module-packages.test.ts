import { existsSync } from 'node:fs'
import { join, parse } from 'node:path'
import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const BAD_INPUT = expect.objectContaining({ status: 'invalid_input' })

it('is tested in folders that have no packages of their own', () => {
  const { path } = toolFolder()
  for (let folder = path; folder !== parse(folder).root; folder = join(folder, '..'))
    expect(existsSync(join(folder, 'node_modules', 'zod'))).toBe(false)
})

const TOOL = (imports: string, execute: string) => `${imports}
export default defineTool({ name: 'add', description: 'd', effect: 'read',
  input: z.object({ a: z.number(), b: z.number().default(1) }), execute: ${execute} })`
const IMPORTS = `import { defineTool } from 'agent-ask'\nimport * as z from 'zod'`
const REQUIRES = `const { defineTool } = require('agent-ask')\nconst z = require('zod')`
const COMMON = `${REQUIRES}\nmodule.exports = defineTool({ name: 'add', description: 'd', effect: 'read',
  input: z.object({ a: z.number(), b: z.number().default(1) }), execute: async ({ a, b }) => a + b })`

it.each([
  ['import in .mjs', 't.mjs', TOOL(IMPORTS, 'async ({ a, b }) => a + b')],
  ['import in .ts', 't.ts', TOOL(IMPORTS, 'async ({ a, b }: { a: number; b: number }) => a + b')],
  ['import in .mjs, in a thread', 't.mjs', TOOL(IMPORTS, '({ a, b }) => a + b')],
  ['import in .ts, in a thread', 't.ts', TOOL(IMPORTS, '({ a, b }: { a: number; b: number }) => a + b')],
  ['import of a part', 't.mjs', TOOL(IMPORTS.replace("'zod'", "'zod/v4'"), 'async ({ a, b }) => a + b')],
  ['import of a part in .ts', 't.ts', TOOL(IMPORTS.replace("'zod'", "'zod/v4'"), 'async ({ a, b }) => a + b')],
  ['import by name', 't.mjs', TOOL(IMPORTS.replace('* as z', '{ z }'), 'async ({ a, b }) => a + b')],
  ['import by name in .ts', 't.ts', TOOL(IMPORTS.replace('* as z', '{ z }'), 'async ({ a, b }) => a + b')],
  ['require', 't.js', COMMON],
  [
    'import when it is called',
    't.mjs',
    `export default { name: 'add', description: 'd', input_schema: { type: 'object', required: ['a'] }, effect: 'read',
      execute: async ({ a }) => { const z = await import('zod'); return z.number().parse(a) + 1 } }`,
  ],
])('gives our zod and agent-ask to a file whose folders have none: %s', async (_, name, text) => {
  await using open = await openTools([], { paths: [toolFolder().file(name, text)] })
  expect(await open.call('add', { a: 41 }).outcome).toEqual(ok(42))
  expect(await open.call('add', { b: 1 }).outcome).toEqual(BAD_INPUT)
  expect(open.output()).toBe('')
})

it.each([
  ['.mjs', 'import { z } from "./schemas.mjs"', 'schemas.mjs', `export * as z from 'zod/mini'`],
  [
    'a path made at run time',
    'const { z } = await import("./" + "schemas.mjs")',
    'schemas.mjs',
    `import * as z from 'zod/mini'; export { z }`,
  ],
  ['.mjs from .ts', 'import { z } from "./schemas.mjs"', 'schemas.mjs', `export * as z from 'zod/mini'`],
  ['.ts from .ts', 'import { z } from "./schemas"', 'schemas.ts', `export * as z from 'zod/mini'`],
  [
    '.cjs',
    'import schemas from "./schemas.cjs"\nconst { z } = schemas',
    'schemas.cjs',
    `exports.z = require('zod/mini')`,
  ],
])('gives them to the helpers of a tool file too: %s', async (kind, imports, helper, text) => {
  const { file } = toolFolder({ [helper]: text })
  const tool = file(
    kind.endsWith('.ts') ? 't.ts' : 't.mjs',
    TOOL(`import { defineTool } from 'agent-ask'\n${imports}`, 'async ({ a }) => a').replace('.default(1)', ''),
  )
  await using open = await openTools([], { paths: [tool] })
  expect(await open.call('add', { a: 42, b: 1 }).outcome).toEqual(ok(42))
  expect(await open.call('add', { a: 42 }).outcome).toEqual(BAD_INPUT)
})

const OWN = `export const z = 'their own'`
it.each(['t.mjs', 't.ts', 'below/t.mjs', 'below/t.ts', 't.js'])(
  'lets a package win that stands in the file’s own folders: %s',
  async (name) => {
    const { file } = toolFolder({
      'node_modules/zod/package.json': `{ "name": "zod", "exports": { "import": "./index.mjs", "require": "./index.cjs" } }`,
      'node_modules/zod/index.mjs': OWN,
      'node_modules/zod/index.cjs': `exports.z = 'their own'`,
      // Makes the fallbacks be there, whatever the other file needs.
      'other/other.mjs': `import { defineTool } from 'agent-ask'\nexport default defineTool({ name: 'b', description: 'd', input: {}, execute: async () => 1 })`,
    })
    const tool = `{ name: 'a', description: 'd', input_schema: {}, execute: async () => z }`
    const text = name.endsWith('.js')
      ? `const { z } = require('zod')\nmodule.exports = ${tool}`
      : `import { z } from 'zod'\nexport default ${tool}`
    const path = file(name, text)
    await using open = await openTools([], {
      paths: [join(path, '..', name.startsWith('below') ? '../other' : 'other'), path],
    })
    expect(await open.call('a').outcome).toEqual(ok('their own'))
  },
)

it.each(['t.mjs', 't.ts'])('leaves what a package of the file’s own lacks to its author: %s', async (name) => {
  const { file } = toolFolder({
    'node_modules/zod/package.json': `{ "name": "zod", "exports": { ".": "./index.mjs" } }`,
    'node_modules/zod/index.mjs': OWN,
  })
  const path = file(name, `import * as z from 'zod/v4'\nexport default z`)
  await expect(openTools([], { paths: [path] })).rejects.toMatchObject({ exitCode: 3 })
})

it.each(['t.mjs', 't.ts', 't.js'])('gives no other package away: %s', async (name) => {
  const text = name.endsWith('.js') ? `require('jiti')` : `import 'jiti'`
  await expect(openTools([], { paths: [toolFolder().file(name, text)] })).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining(`${name}:1" does not load: cannot find package "jiti"`),
    hint: expect.stringContaining('npm install'),
  })
})
