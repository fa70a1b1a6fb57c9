import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openTools } from './open-tools.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-tools-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const source = (name: string, more = '') =>
  `{ name: '${name}', description: 'd', input_schema: { type: 'object' }, execute: async () => 1, ${more} }`

const names = async (paths: string[]) => {
  await using open = await openTools([], { paths })
  return open.tools.map(({ name }) => name)
}

it('takes default and named exports, lists, and leaves other exports alone', async () => {
  const text = `export default [${source('a')}, ${source('b')}]
    export const c = ${source('c')}
    export { c as again }
    export const limit = 3, helper = () => 1, words = ['x'], settings = { name: 'x' }, nothing = null`
  expect((await names([file('tools.mjs', text)])).sort()).toEqual(['a', 'b', 'c'])
})

it('takes a folder in the order of its names, and does not look below', async () => {
  file('b.mjs', `export default ${source('b')}`)
  file('a.js', `module.exports = ${source('a')}`)
  file('notes.txt', 'no tool')
  mkdirSync(join(folder, 'below'))
  file('below/c.mjs', `export default ${source('c')}`)
  expect(await names([folder, join(folder, 'b.mjs')])).toEqual(['a', 'b'])
})

it('passes over what stands beside the tools of a folder and is none', async () => {
  file('a.ts', `import { name } from './_names.ts'\nexport default { ...${source('x')}, name }`)
  file('_names.ts', `export const name: string = 'a'`)
  for (const name of ['.hidden.mjs', 'types.d.ts', 'types.d.mts', 'a.test.ts', 'a.spec.mjs'])
    file(name, 'throw new Error("was loaded")')
  mkdirSync(join(folder, 'helpers'))
  file('helpers/b.mjs', 'throw new Error("was loaded")')
  expect(await names([folder])).toEqual(['a'])
})

it('says of a file in a folder that exports no tool how helpers are named', async () => {
  file('a.mjs', `export default ${source('a')}`)
  file('helper.mjs', 'export const help = () => 1')
  await expect(names([folder])).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(/helper\.mjs" does not load: exports no tool$/),
    hint: expect.stringMatching(/helpers has a name that begins with _, or stands in a folder below/),
  })
})

it('fills in what a tool does not say', async () => {
  await using open = await openTools([], { paths: [file('t.mjs', `export default ${source('a')}`)] })
  expect(open.tools[0]).toMatchObject({
    effect: 'write',
    destructive: false,
    policy: {},
    keywords: [],
    source: 'module',
  })
})

it.each([
  ['syntax', 'export const a = 1\nexport default {{\n', /t\.mjs:2" does not load: Unexpected token/],
  ['throw', 'const a = 1\n\nthrow new Error("boom")\n', /t\.mjs:3" does not load: boom/],
  ['exit', 'process.exit(0)', /t\.mjs:1" does not load: called process\.exit\(0\)/],
  ['import', 'import x from "no-such-package"', /t\.mjs:1" does not load: cannot find package "no-such-package"/],
  [
    'import of a name',
    'const a = 1\nimport { join, nope } from "node:path"',
    /t\.mjs:2" does not load: .* export named 'nope'/,
  ],
  ['import of a file', 'import x from "./gone.mjs"', /t\.mjs:1" does not load: cannot find file "\.\/gone\.mjs"/],
  ['require', 'require("no-such-package")', /t\.mjs:1" does not load: require is not defined/],
  ['nothing', 'export const a = 1', /t\.mjs" does not load: exports no tool/],
  ['twice', `export const a = ${source('x')}, b = ${source('x')}`, /defines "x" twice/],
  ['no name', `export const a = { description: 'd', execute() {} }`, /export "a" has no name/],
  ['no schema', `export const a = { name: 'x', description: 'd', execute() {} }`, /has no input_schema/],
  ['no execute', `export const a = { name: 'x', description: 'd', input_schema: {} }`, /has no function "execute"/],
  [
    'no description',
    `export const a = [{ name: 'x', input_schema: {}, execute() {} }]`,
    /export "a" \[0\] \("x"\) has no description/,
  ],
  ['effect', `export const a = ${source('x', "effect: 'safe'")}`, /effect "safe" is none of read, idempotent, write/],
  ['schema', `export const a = { ...${source('x')}, input_schema: { type: 'array' } }`, /bad schema: type: /],
  [
    'timeout',
    `export const a = ${source('x', 'policy: { timeout_ms: -1 }')}`,
    /policy\.timeout_ms: -1 is too small: at least 1/,
  ],
  [
    'policy',
    `export const a = ${source('x', 'policy: { timout_ms: 5 }')}`,
    /t\.mjs" .*"x"\): policy has no "timout_ms", only timeout_ms, deadline_ms, retry, .*priority/,
  ],
  [
    'crash',
    'process.emit; import("node:child_process").then((c) => c.spawnSync("kill", ["-SEGV", String(process.pid)])); await new Promise(() => setTimeout(() => {}, 60000))',
    /ended while it loaded tools: SIGSEGV/,
  ],
])('says what is wrong with a file, and where: %s', async (_, text, message) => {
  await expect(names([file('t.mjs', text)])).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(message),
  })
})

it.each([
  ['syntax', 'export const a = 1\nconst = 2', /t\.mjs" does not load: Unexpected token '=' \(.*\/helper\.mjs:2\)/],
  ['a throw', 'export const a = 1\n\nthrow new Error("boom")', /t\.mjs" does not load: boom \(.*\/helper\.mjs:3\)/],
  ['an import', '\nimport "no-such"', /t\.mjs" does not load: cannot find package "no-such" \(.*\/helper\.mjs:2\)/],
])('names the helper of a tool file that does not load: %s', async (_, text, message) => {
  file('helper.mjs', text)
  await expect(names([file('t.mjs', 'import "./helper.mjs"')])).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringMatching(message),
  })
})

it.each(['await new Promise(() => {})', 'while (true);'])(
  'gives each file its time to load, and names the one that takes longer: %s',
  async (topLevel) => {
    const clock = openFakeClock()
    const said = join(folder, 'said')
    const notice = `import { writeFileSync } from 'node:fs'\nwriteFileSync('${said}', '')\n`
    file('a.mjs', `export default ${source('a')}`)
    const stuck = file('b.mjs', `${notice}setInterval(() => {}, 1000)\n${topLevel}`)
    file('c.mjs', `export default ${source('c')}`)
    const opening = openTools([], { paths: [folder] }, clock)
    opening.catch(() => {})
    await vi.waitFor(() => readFileSync(said), { timeout: 20_000 })
    await clock.advance(10_000)
    await expect(opening).rejects.toMatchObject({
      code: 'tool-load-timeout',
      exitCode: 3,
      message: `"${stuck}" does not load: it takes more than 10 s`,
    })
  },
)

it('keeps the policies that are known but not yet acted upon', async () => {
  const policy = {
    timeout_ms: 5,
    retry: { max_attempts: 2 },
    breaker: false,
    deadline_ms: 9,
    rate_limit: { limit: 1, per_ms: 5 },
  }
  const text = `export default ${source('a', `policy: ${JSON.stringify(policy)}`)}`
  await using open = await openTools([], { paths: [file('t.mjs', text)] })
  expect(open.tools[0]?.policy).toEqual(policy)
})

it('says which path has nothing to load', async () => {
  await expect(names([join(folder, 'none.mjs')])).rejects.toMatchObject({ code: 'tool-file-missing', exitCode: 3 })
  await expect(names([file('a.txt', '')])).rejects.toMatchObject({ code: 'tool-file-type', exitCode: 3 })
  mkdirSync(join(folder, 'empty'))
  await expect(names([join(folder, 'empty')])).rejects.toMatchObject({ code: 'no-tool-files', exitCode: 3 })
})

it('starts no host where there is nothing to load', async () => {
  await using open = await openTools([])
  expect(open.tools).toEqual([])
  expect(await open.survivors()).toEqual([])
})

it('names the shipped tools and runs them', async () => {
  await using open = await openTools([], { builtins: true })
  expect(open.tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['get_weather', 'get_time', 'calculate']))
  expect(await open.call('calculate', { expression: '6 * 7' }).outcome).toMatchObject({ status: 'ok' })
  expect(await open.call('get_weather', { location: 'Tokyo' }).outcome).toMatchObject({ status: 'ok' })
})

it('S2 gives the host the environment of the config and no more', async () => {
  const text = `export default { ...${source('env')}, execute: async () => Object.keys(process.env) }`
  await using open = await openTools([], { paths: [file('t.mjs', text)], environment: { ONLY: 'this' } })
  const outcome = await open.call('env').outcome
  if (outcome.status !== 'ok') throw new Error(outcome.error.message)
  expect(outcome.output).toEqual(['ONLY'])
})
