import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })

/** What is said of a tool file that does not load. */
async function fault(path: string): Promise<string> {
  const opening = openTools([], { paths: [path] }).then((open) => open.close({ now: true }))
  const error: Error = await opening.then(
    () => new Error('it loads'),
    (thrown: Error) => thrown,
  )
  expect(error).toMatchObject({ exitCode: 3 })
  return error.message
}

it('loads TypeScript with all that jiti reads: types, enums, JSON, helpers, packages, await at the top', async () => {
  const { path, file, install } = toolFolder({
    'helpers/units.ts': `export enum Unit { C = 'celsius', F = 'fahrenheit' }`,
    'helpers/index.ts': `export { Unit } from './units.js'`,
    'helpers/plain.mjs': `export const plain = (x) => x + '!'`,
    'helpers/old.cjs': `module.exports = { old: 'old' }`,
    'places.json': `{ "SF": "San Francisco" }`,
  })
  install(['valibot'])
  const tool = file(
    'tool.ts',
    `import { dirname, basename } from 'node:path'
import * as v from 'valibot'
import { plain } from './helpers/plain.mjs'
import { old } from './helpers/old.cjs'
import { Unit } from './helpers'
import { Unit as Same } from './helpers/units'
import places from './places.json'
type Input = { place: keyof typeof places }
const late: string = await Promise.resolve('late')
const execute = async ({ place }: Input): Promise<unknown> =>
  [places[place] satisfies string, Unit.C, Unit === Same, plain(late), old, v.is(v.string(), 'x'),
   basename(dirname(import.meta.url)), basename(import.meta.dirname)]
export default ${toolText('a', 'execute as any')}
export const b = ${toolText('b', '(input: { n?: number }) => (input.n ?? 20) + 1')}
`,
  )
  await using open = await openTools([], { paths: [tool] })
  const folder = path.split('/').at(-1)
  expect(await open.call('a', { place: 'SF' }).outcome).toEqual(
    ok(['San Francisco', 'celsius', true, 'late!', 'old', true, folder, folder]),
  )
  expect(open.tools.map(({ name, slotKind }) => [name, slotKind])).toEqual([
    ['b', 'thread'],
    ['a', 'loop'],
  ])
  expect(await open.call('b', { n: 41 }).outcome).toEqual(ok(42))
})

it('knows async functions and plain ones apart, and runs the latter in threads', async () => {
  const text = `import { isMainThread } from 'node:worker_threads'
export const tools: unknown[] = [
  ${toolText('plain', '() => isMainThread')}, ${toolText('asynchronous', 'async () => isMainThread')},
  ${toolText('promises', '() => Promise.resolve(isMainThread)')}]`
  await using open = await openTools([], { paths: [toolFolder().file('t.mts', text)] })
  expect(await open.call('plain').outcome).toEqual(ok(false))
  expect(await open.call('asynchronous').outcome).toEqual(ok(true))
  expect(await open.call('promises').outcome).toEqual(ok(false))
  await vi.waitFor(async () => expect(await open.call('promises').outcome).toEqual(ok(true)))
})

it('hands threads what the loop has compiled', async () => {
  const loaded = `Object.keys(process.getBuiltinModule('module')._cache).some((path) => path.includes('babel.cjs'))`
  const text = `const text: string = 'x'\nexport default ${toolText('plain', `() => ${loaded}`)}
export const loop = ${toolText('loop', `async () => ${loaded}`)}`
  await using open = await openTools([], { paths: [toolFolder().file('t.ts', text)] })
  expect(await open.call('loop').outcome).toEqual(ok(true))
  expect(await open.call('plain').outcome).toEqual(ok(false))
})

it('writes nothing beside the file, and nothing into the folder for temporary files', async () => {
  const { path, file, install } = toolFolder()
  install(['valibot'])
  const tool = file('t.ts', `const a: number = 1\nexport default ${toolText('a', 'async () => process.env.TMPDIR')}`)
  const temporary = toolFolder().path
  await using open = await openTools([], { paths: [tool], environment: { TMPDIR: temporary } })
  expect(await open.call('a').outcome).toEqual(ok(temporary))
  expect(readdirSync(path).sort()).toEqual(['node_modules', 't.ts'])
  expect(readdirSync(join(path, 'node_modules'))).toEqual(['valibot'])
  expect(readdirSync(temporary)).toEqual([])
})

it.each([
  ['syntax', 'const a: number = 1\nexport const b: = 2\n', {}, 't.ts:2" does not load: Unexpected token'],
  ['a throw', 'type A = 1\n\nthrow new Error("boom")\n', {}, 't.ts:3" does not load: boom'],
  ['a later throw', 'const a: number = await Promise.resolve(1)\n\nnull.x\n', {}, `t.ts:3" does not load: Cannot read`],
  [
    'a throw in a helper',
    'import { a } from "./helper"\nexport default a',
    { 'helper.ts': 'type A = 1\n\n\nexport const a = 1\nthrow new Error("boom")' },
    't.ts" does not load: boom (FOLDER/helper.ts:5)',
  ],
  [
    'a throw in a helper that is called',
    'import { a } from "./helper"\n\na(1)',
    { 'helper.ts': 'type A = 1\nexport function a(n: number) {\n  throw new Error("boom " + n)\n}' },
    't.ts" does not load: boom 1 (FOLDER/helper.ts:3)',
  ],
  [
    'syntax in a helper',
    'import "./helper.js"',
    { 'helper.ts': 'let a: number\nlet a: string' },
    `t.ts" does not load: Identifier 'a' has already been declared. (FOLDER/helper.ts:2)`,
  ],
  [
    'syntax in a plain helper',
    'import "./helper.mjs"',
    { 'helper.mjs': 'const a = 1\nconst = 2' },
    't.ts" does not load: Unexpected token (FOLDER/helper.mjs:2)',
  ],
  [
    'a missing package',
    'type A = 1\nimport x from "no-such"\nx()',
    {},
    't.ts:2" does not load: cannot find package "no-such"',
  ],
  [
    'a missing part of one',
    'type A = 1\nimport x from "no-such/part"\nx()',
    {},
    't.ts:2" does not load: cannot find package "no-such/part"',
  ],
  [
    'a missing helper',
    'type A = 1\n\nimport x from "./gone"\nx()',
    {},
    't.ts:3" does not load: cannot find file "./gone"',
  ],
  [
    'a package that a helper misses',
    'import "./helper"',
    { 'helper.ts': 'type A = 1\nimport x from "no-such"\nx()' },
    't.ts" does not load: cannot find package "no-such" (FOLDER/helper.ts:2)',
  ],
  ['exit', 'type A = 1\nprocess.exit(0)', {}, 't.ts:2" does not load: called process.exit(0)'],
  ['no tool', 'export const a: number = 1', {}, 't.ts" does not load: exports no tool'],
  ['JSON that is none', 'import a from "./a.json"\na()', { 'a.json': '{' }, 't.ts:1" does not load: '],
])('says what is wrong with a TypeScript file, and where: %s', async (_, text, helpers, message) => {
  const { path, file } = toolFolder(helpers)
  expect(await fault(file('t.ts', text))).toContain(`${path}/${message.replace('FOLDER', path)}`)
})

it('gives a TypeScript file its time to load, and ends the host of one that loops for ever', async () => {
  const clock = openFakeClock()
  const { path, file } = toolFolder()
  const text = `import { writeFileSync } from 'node:fs'\nwriteFileSync('${path}/said', '')\nconst a: boolean = true\nwhile (a);`
  const stuck = file('stuck.ts', text)
  const opening = openTools([], { paths: [stuck] }, clock)
  opening.catch(() => {})
  await vi.waitFor(() => expect(readdirSync(path)).toContain('said'), { timeout: 20_000 })
  await clock.advance(10_000)
  await expect(opening).rejects.toMatchObject({ code: 'tool-load-timeout', exitCode: 3 })
})
