/**
 * What a run loads: the files of the command, the packages that are bundled in them, and modules of Node that cost a
 * start. Nothing is loaded that the run does not use. Which package a file holds is read from its source map.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiServer } from '../rig/api-server.ts'
import type { MappedBuild } from '../rig/mapped-build.ts'
import { buildWithMaps } from '../rig/mapped-build.ts'
import { reply } from '../rig/reply.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { readSourceMap } from '../rig/source-map.ts'

const RECORDER = join(import.meta.dirname, 'record-loaded.cjs')
const EVERYTHING = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json')
/** Modules of Node that few runs need, or that take more than a millisecond of a start. */
const DEAR = ['child_process', 'http', 'https', 'tls', 'crypto', 'perf_hooks', 'inspector', 'worker_threads', 'zlib']

type Loaded = { files: string[]; packages: string[]; dear: string[] }

let build: MappedBuild

beforeAll(async () => {
  build = await buildWithMaps()
}, 120_000)
afterAll(() => build.remove())

async function loadedBy(args: readonly string[], files: Record<string, unknown> = {}): Promise<Loaded> {
  const dir = makeRunFolder()
  const record = join(dir, 'loaded.json')
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, 'work', name), JSON.stringify(content))
  const result = await runAgent(args, {
    dir,
    script: join(build.folder, 'bin', 'agent.js'),
    nodeArguments: ['--require', RECORDER],
    env: { RECORD_LOADED: record, ANTHROPIC_API_KEY: CANARY_KEY },
  })
  expect([result.code, result.stderr.replace(/^agent: offline: .*\n/, '')]).toEqual([0, ''])
  const { files: paths, builtins }: { files: string[]; builtins: string[] } = JSON.parse(readFileSync(record, 'utf8'))
  return {
    files: paths.map((path) => basename(path).replace(/-[\w-]{8}\.cjs$/, '')).sort(),
    packages: [...new Set(paths.flatMap(packagesIn))].sort(),
    dear: builtins.filter((name) => DEAR.includes(name)).sort(),
  }
}

function packagesIn(path: string): string[] {
  // The runtime of the bundler has no source.
  if (!existsSync(`${path}.map`)) return []
  return readSourceMap(readFileSync(`${path}.map`, 'utf8')).sources.flatMap(
    (source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? [],
  )
}

/** Of each run that asks something: the command, its settings, its run. */
const RUN = ['agent.js', 'ask', 'core', 'load.js', 'main.cjs', 'rolldown-runtime']

/** The client of MCP servers, with what it would speak HTTP with. */
const MCP_CLIENT = [
  '@modelcontextprotocol/client',
  '@modelcontextprotocol/core',
  'eventsource-parser',
  'pkce-challenge',
]
/** What starts the servers and reads their output, with all that it is made of. */
const EXECA = [
  ...['execa', '@sec-ant/readable-stream', '@sindresorhus/merge-streams', 'cross-spawn', 'figures', 'get-stream'],
  ...['human-signals', 'is-plain-obj', 'is-stream', 'is-unicode-supported', 'isexe', 'npm-run-path', 'parse-ms'],
  ...['path-key', 'pretty-ms', 'shebang-command', 'shebang-regex', 'signal-exit', 'strip-final-newline'],
  ...['unicorn-magic', 'which', 'yoctocolors'],
]

it('the files of the command load one another by `require` alone, which is all that their loader knows', () => {
  const scripts = build.files.filter((file) => file.endsWith('.cjs'))
  expect(scripts.length).toBeGreaterThan(50)
  const importing = scripts.filter((file) =>
    /(?<![\w.$`])import\(/.test(readFileSync(join(build.folder, 'dist', file), 'utf8')),
  )
  expect(importing).toEqual([])
})

describe('only what it uses is loaded by', () => {
  it('agent --version', async () => {
    expect(await loadedBy(['--version'])).toEqual({ files: ['agent.js', 'package.json'], packages: [], dear: [] })
  })

  it('agent ask --offline', async () => {
    expect(await loadedBy(['ask', '--offline', 'weather in SF'])).toEqual({
      files: [...RUN, 'offline'].sort(),
      packages: ['commander', 'ulid'],
      dear: ['child_process', 'crypto'],
    })
  })

  it('agent ask', async () => {
    const api = await openApiServer({ replies: [reply.text('sunny')] })
    expect(await loadedBy(['ask', '--base-url', api.url, 'hi'])).toEqual({
      files: [...RUN, 'client', 'event-parser'].sort(),
      packages: ['@anthropic-ai/sdk', '@opentelemetry/api', 'commander', 'eventsource-parser', 'ulid'],
      dear: ['child_process', 'crypto', 'http'],
    })
  })

  it('agent ask with an MCP server', async () => {
    const everything = { command: process.execPath, args: [join(dirname(EVERYTHING), 'dist', 'index.js'), 'stdio'] }
    const files = { 'mcp.json': { mcpServers: { everything } } }
    const question = 'mcp__everything__echo({"message":"hi"})'
    const loaded = await loadedBy(['ask', '--offline', '--no-builtins', '--mcp', 'mcp.json', question], files)
    const mcp = ['check', 'check-lane', 'json-schema-check', 'mcp', 'mcp-client', 'mcp-file', 'mcp-server']
    const schemas = ['schema-shape', 'schemas', 'subschemas']
    const processes = ['groups', 'mjs']
    expect(loaded).toEqual({
      files: [...RUN, 'offline', 'event-parser', ...mcp, ...schemas, ...processes].sort(),
      packages: ['commander', 'ulid', 'zod', '@cfworker/json-schema', ...MCP_CLIENT, ...EXECA].sort(),
      dear: ['child_process', 'crypto'],
    })
  })
})
