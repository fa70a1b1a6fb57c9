/** What our files were compiled to is kept, used by the next start, and trusted only where nobody else can have written it. */
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { askNode } from '../rig/node.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'

const LOADER = join(import.meta.dirname, '..', '..', 'bin', 'load.js')
const WEATHER = ['ask', '--offline', 'weather in SF']

function folderWithCaches(): { dir: string; caches: string } {
  const dir = makeRunFolder()
  const caches = join(dir, 'home', '.cache')
  mkdirSync(caches)
  return { dir, caches }
}

/** Paths of the files that are kept, in the folder of the one Node that has run. */
function kept(caches: string): string[] {
  const above = join(caches, 'agent', 'compiled')
  const folders = existsSync(above) ? readdirSync(above) : []
  expect(folders.length).toBeLessThanOrEqual(1)
  return folders.flatMap((folder) => readdirSync(join(above, folder)).map((name) => join(above, folder, name)))
}

it('is kept by the first run, for its user alone, and left as it is by the next', async () => {
  const { dir, caches } = folderWithCaches()
  const first = await runAgent(WEATHER, { dir })
  const files = kept(caches)
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600)
  const before = files.map((file) => statSync(file).mtimeMs)
  const second = await runAgent(WEATHER, { dir })
  expect([second.code, second.stdout]).toEqual([first.code, first.stdout])
  expect(kept(caches)).toEqual(files)
  expect(files.map((file) => statSync(file).mtimeMs)).toEqual(before)
})

it('is made again where it is damaged or cut, and what nobody has used for a month goes then', async () => {
  const { dir, caches } = folderWithCaches()
  await runAgent(WEATHER, { dir })
  const files = kept(caches)
  const [damaged = '', cut = '', old = ''] = files
  const [whole, other] = [readFileSync(damaged), readFileSync(cut)]
  const broken = Buffer.from(whole)
  broken.writeUInt8(broken.readUInt8(broken.length >> 1) ^ 1, broken.length >> 1)
  writeFileSync(damaged, broken)
  writeFileSync(cut, other.subarray(0, -1000))
  utimesSync(old, 0, 0)
  const result = await runAgent(WEATHER, { dir })
  expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('San Francisco')])
  expect(statSync(damaged).size).not.toBe(0)
  expect(readFileSync(damaged).equals(broken)).toBe(false)
  expect(statSync(cut).size).toBeGreaterThan(other.length - 1000)
  expect(kept(caches)).not.toContain(old)
})

it.each([
  ['there is no place for caches', 0, WEATHER, { XDG_CACHE_HOME: undefined }],
  ['others may write where caches are', 0o777, WEATHER, {}],
  ['nobody asked a question', 0o755, ['--help'], {}],
  ['the run failed', 0o755, ['ask', '--offline', '--max-turns', 'x'], {}],
  ['it is unwanted', 0o755, WEATHER, { NODE_DISABLE_COMPILE_CACHE: '1' }],
])('is not kept where %s', async (_, mode, args, env) => {
  const dir = makeRunFolder()
  const caches = join(dir, 'home', '.cache')
  if (mode !== 0) {
    mkdirSync(caches)
    chmodSync(caches, mode)
  }
  await runAgent(args, { dir, env })
  expect(kept(caches)).toEqual([])
})

it('stands where XDG_CACHE_HOME says', async () => {
  const { dir } = folderWithCaches()
  const caches = join(dir, 'caches')
  mkdirSync(caches)
  await runAgent(WEATHER, { dir, env: { XDG_CACHE_HOME: caches } })
  expect(kept(caches).length).toBeGreaterThan(3)
  expect(kept(join(dir, 'home', '.cache'))).toEqual([])
})

/** A program of one file, which the loader starts. */
function program() {
  const { dir, caches } = folderWithCaches()
  const start = join(dir, 'start.cjs')
  const loader = join(dir, 'loader.cjs')
  writeFileSync(loader, `require(${JSON.stringify(LOADER)}).load(${JSON.stringify(start)}, process.env, 'ask')`)
  const run = (options = {}, flags: string[] = []) =>
    execFileSync(process.execPath, [...flags, loader], {
      env: { HOME: join(dir, 'home'), ...options },
      encoding: 'utf8',
    })
  return { caches, start, run }
}

it('is kept for each set of flags by itself, since V8 takes none that was made under others', () => {
  const { caches, start, run } = program()
  writeFileSync(start, 'console.log("one")')
  run({ NODE_OPTIONS: '--max-old-space-size=300' })
  run({}, ['--max-old-space-size=200'])
  const others = kept(caches)
  run()
  expect([others.length, kept(caches).length]).toEqual([2, 3])
})

it('is made again where V8 does not take it', () => {
  const { caches, start, run } = program()
  writeFileSync(start, 'console.log("one")')
  run({}, ['--max-old-space-size=200'])
  const [foreign = ''] = kept(caches)
  run()
  const own = kept(caches).find((file) => file !== foreign) ?? ''
  writeFileSync(own, readFileSync(foreign))
  expect(run()).toBe('one\n')
  expect(readFileSync(own).equals(readFileSync(foreign))).toBe(false)
})

it('is what runs: the compiled code of another source of the same length is run in its place', () => {
  const { caches, start, run } = program()
  writeFileSync(start, 'console.log("one")')
  expect(run()).toBe('one\n')
  const [one = ''] = kept(caches)
  writeFileSync(start, 'console.log("two")')
  expect(run()).toBe('two\n')
  const two = kept(caches).find((file) => file !== one) ?? ''
  writeFileSync(one, readFileSync(two))
  writeFileSync(start, 'console.log("one")')
  expect(run()).toBe('two\n')
})

/** The compiled code of "two" stands where that of "one" is looked for. */
function withPlanted() {
  const { caches, start, run } = program()
  for (const text of ['one', 'two']) {
    writeFileSync(start, `console.log("${text}")`)
    run()
    if (text === 'one') renameSync(kept(caches)[0] ?? '', join(caches, 'one'))
  }
  const [two = ''] = kept(caches)
  const other = readFileSync(two)
  rmSync(two)
  writeFileSync(start, 'console.log("one")')
  run()
  const [file = ''] = kept(caches)
  writeFileSync(file, other)
  return { file, caches, run }
}

it.each(['', 'agent', 'agent/compiled', 'the folder of the version', 'the file'])(
  'is not run where others may write to it: %s',
  (name) => {
    const { file, caches, run } = withPlanted()
    expect(run()).toBe('two\n')
    const at = { 'the folder of the version': dirname(file), 'the file': file }[name] ?? join(caches, name)
    for (const mode of [0o777, 0o775, 0o757]) {
      chmodSync(at, mode)
      expect(run()).toBe('one\n')
    }
  },
)

it('is not run where a link in its place leads elsewhere', () => {
  const { file, caches, run } = withPlanted()
  const ours = join(caches, 'agent')
  renameSync(ours, join(caches, 'elsewhere'))
  symlinkSync(join(caches, 'elsewhere'), ours)
  expect(existsSync(file)).toBe(true)
  expect(run()).toBe('one\n')
})

it.runIf(process.getuid?.() === 0)('is not run where it is of another user', () => {
  const { file, run } = withPlanted()
  chownSync(file, 65_534, 65_534)
  expect(run()).toBe('one\n')
})

it('asks nothing of a Node that keeps compiled code by itself, where its user wants that', async () => {
  const { dir, caches } = folderWithCaches()
  const own = join(dir, 'own')
  await runAgent(WEATHER, { dir, env: { NODE_COMPILE_CACHE: own } })
  expect(kept(caches)).toEqual([])
  const byNode = askNode("typeof require('node:module').enableCompileCache") === 'function'
  expect(existsSync(own)).toBe(byNode)
})
