/** What users get: the packed tarball, installed into an empty folder by plain npm, on every Node there is. */
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NpmRegistry, Packed } from '../rig/npm-registry.ts'
import { npmEnvironment, openNpmRegistry, pack } from '../rig/npm-registry.ts'
import { otherNodes } from '../rig/other-nodes.ts'
import { isRun } from '../rig/requirement.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** Compilers, npm and a machine that is busy. */
const PATIENT = { timeout: 120_000 }
const WEATHER = ['ask', '--offline', '--quiet', 'weather in SF, NYC, Tokyo']
const PLACES = ['San Francisco', 'New York', 'Tokyo']

type Ended = { code: unknown; stdout: string; stderr: string }
type Lock = { packages: Record<string, { hasInstallScript?: boolean }> }
type Manifest = { scripts?: Record<string, string> }

let folder: string
let packed: Packed
let registry: NpmRegistry
/** Where it is installed, and what npm said of it. */
let installed: string
let installation: Ended

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agent-package-'))
  packed = await pack(ROOT, folder)
  registry = await openNpmRegistry(folder, packed)
  installed = emptyFolder('installed')
  // Scripts, if there were any, are then heard.
  installation = await npm(['install', '--foreground-scripts', packed.tarball], installed)
}, PATIENT.timeout)
afterAll(() => {
  registry?.close()
  rmSync(folder, { recursive: true, force: true })
})

function emptyFolder(name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}

function run(program: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

function npm(args: readonly string[], cwd: string, program = 'npm'): Promise<Ended> {
  const settings = { npm_config_registry: registry.url, npm_config_audit: 'false', npm_config_fund: 'false' }
  return run(program, args, cwd, npmEnvironment(folder, settings))
}

/** As a shell runs it: by its name on the PATH, on whatever Node comes first there. */
function agent(args: readonly string[], node = process.execPath): Promise<Ended> {
  const path = [dirname(node), join(installed, 'node_modules', '.bin')].join(delimiter)
  return run('agent', args, installed, { PATH: `${path}${delimiter}${process.env['PATH']}`, HOME: folder })
}

function inModules(...path: string[]): string {
  return join(installed, 'node_modules', ...path)
}

describe('the tarball', () => {
  it('is at most 1.5 MB', () => {
    expect(packed.size).toBeLessThanOrEqual(1.5e6)
  })

  it('holds what its users read, and the terms of what is bundled', () => {
    const paths = packed.files.map(({ path }) => path)
    const read = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE', 'dist/THIRD_PARTY_LICENSES']
    expect(paths).toEqual(expect.arrayContaining(read))
    expect(paths.filter((path) => /\.(?:map|test\.ts|tgz)$|(?:^|\/)\./.test(path))).toEqual([])
  })

  it('does not say where it was built', () => {
    const named = packed.files.filter(({ path }) => readFileSync(inModules('agent-ask', path), 'latin1').includes(ROOT))
    expect(named).toEqual([])
  })
})

describe('npm install of the tarball', () => {
  it('takes at most 12 packages, and asks the registry for nothing else', () => {
    expect(installation).toMatchObject({ code: 0, stderr: '' })
    expect(packages().length).toBeLessThanOrEqual(12)
    expect(registry.asked.toSorted()).toEqual(packages().filter((name) => name !== 'agent-ask'))
  })

  it('runs no script, neither ours nor of what comes with it', () => {
    expect(installation.stdout).toMatch(/^\s*added \d+ packages in .*\s*$/)
    const lock: Lock = JSON.parse(readFileSync(inModules('.package-lock.json'), 'utf8'))
    expect(Object.values(lock.packages).filter(({ hasInstallScript }) => hasInstallScript)).toEqual([])
    for (const name of packages()) {
      const { scripts = {} }: Manifest = JSON.parse(readFileSync(inModules(name, 'package.json'), 'utf8'))
      expect([name, Object.keys(scripts).filter((script) => /^(?:pre|post)?install$/.test(script))]).toEqual([name, []])
      expect(readdirSync(inModules(name))).not.toContain('binding.gyp')
    }
  })

  function packages(): string[] {
    const lock: Lock = JSON.parse(readFileSync(inModules('.package-lock.json'), 'utf8'))
    return Object.keys(lock.packages)
      .map((path) => path.replace(/^node_modules\//, ''))
      .sort()
  }
})

describe('npx', () => {
  it.each([
    ['the tarball', () => `file:${packed.tarball}`],
    ['the name', () => 'agent-ask'],
  ])('of %s answers in an empty folder', PATIENT, async (_, spec) => {
    const empty = mkdtempSync(join(folder, 'npx-'))
    const { code, stdout, stderr } = await npm(['--yes', spec(), ...WEATHER], empty, 'npx')
    expect([code, stderr]).toEqual([0, ''])
    for (const place of PLACES) expect(stdout).toContain(place)
    expect(readdirSync(empty)).toEqual([])
  })
})

const own = { major: Number.parseInt(process.versions.node, 10), path: process.execPath }

describe.each([own, ...otherNodes()])('installed, on Node $major', ({ major, path }) => {
  const test = it.skipIf(!isRun(`node-${major}`, path !== null))
  const node = path ?? ''

  test('the command answers without key and network', async () => {
    const { code, stdout, stderr } = await agent(WEATHER, node)
    expect([code, stderr]).toEqual([0, ''])
    for (const place of PLACES) expect(stdout).toContain(place)
  })

  test('the command takes a TypeScript tool that imports zod and agent-ask', async () => {
    writeFileSync(join(installed, 'double.ts'), TOOL)
    const { code, stdout, stderr } = await agent(['tools', 'call', '-t', 'double.ts', 'double', '{"n":21}'], node)
    expect([code, stdout, stderr]).toEqual([0, '42\n', ''])
  })

  test('a module imports the library', async () => {
    writeFileSync(join(installed, 'consumer.mjs'), CONSUMER)
    const { code, stdout, stderr } = await run(node, ['consumer.mjs'], installed, { HOME: folder })
    expect([code, stdout, stderr]).toEqual([0, 'completed 3 double\n', ''])
  })
})

/** Also the compiler of what checks the package, which is an older one. */
describe.each([
  ['typescript', join(ROOT, 'node_modules', 'typescript')],
  ['an older typescript', join(ROOT, 'node_modules', '@arethetypeswrong', 'core', 'node_modules', 'typescript')],
])('%s', (_, compiler) => {
  it('takes the types of the package as strictly as it can', PATIENT, async () => {
    writeFileSync(join(installed, 'consumer.ts'), TYPED)
    const options = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      module: 'nodenext',
      target: 'es2022',
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      types: [],
    }
    writeFileSync(join(installed, 'package.json'), '{ "type": "module" }')
    writeFileSync(
      join(installed, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }),
    )
    const { code, stdout } = await run(process.execPath, [join(compiler, 'bin', 'tsc'), '-p', '.'], installed, {})
    expect([stdout, code]).toEqual(['', 0])
  })
})

const TOOL = `import { defineTool } from 'agent-ask'
import * as z from 'zod'
const twice = (n: number): number => n * 2
export default defineTool({
  name: 'double', description: 'Doubles.', effect: 'read', input: z.object({ n: z.number() }),
  execute: async ({ n }) => twice(n),
})
`
const CONSUMER = `import { ask, defineTool } from 'agent-ask'
import manifest from 'agent-ask/package.json' with { type: 'json' }
const { name } = defineTool({ name: 'double', description: 'd', input_schema: { type: 'object' }, execute: () => 1 })
const { transcript } = ask({ question: 'weather in SF, NYC, Tokyo', offline: true, environment: {} })
const { status, totals } = await transcript
console.log(manifest.name === 'agent-ask' && status, totals.tool_calls, name)
`
const TYPED = `import type { AgentEvent, Transcript } from 'agent-ask'
import { ask, defineTool } from 'agent-ask'
import * as z from 'zod'
const run = ask({ question: 'hi', offline: true })
export const answer: Promise<Transcript> = run.transcript
export async function first(): Promise<AgentEvent['type'] | undefined> {
  for await (const event of run.events) return event.type
  return undefined
}
export default defineTool({
  name: 'double', description: 'Doubles.', effect: 'read', input: z.object({ n: z.number() }),
  execute: async ({ n }) => n.toFixed(1),
})
`
