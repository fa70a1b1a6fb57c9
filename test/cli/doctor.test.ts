/** `agent doctor` through the built command, with real servers, tools and folders. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { openApiServer, refusedUrl } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import { askNode } from '../rig/node.ts'
import type { Reply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { toolSource, withTool } from './asking.ts'
import { EVERYTHING, FAULTY, MEMORY, server } from './mcp-servers.ts'

const GOLDEN = join(import.meta.dirname, '..', 'golden')
const NEWER = '01M8HA9E3KQ37107W8ZH17GSMG'
const OLDER = '01M8HA9E3KQ37107W8ZH17GSMF'

type Checked = { name: string; status: string; message: string; hint: string | null; duration_ms: number }
type Document = { ok: boolean; checks: Checked[] }

const doctor = async (args: readonly string[], options: AgentOptions = {}): Promise<AgentResult> => {
  const result = await runAgent(['doctor', ...args], options)
  await endToEnd(result)
  return result
}
const documentOf = ({ stdout }: AgentResult) => JSON.parse(stdout) as Document // printed by what is tested
const named = (result: AgentResult, name: string) => documentOf(result).checks.filter((check) => check.name === name)
const said = (result: AgentResult, name: string) =>
  named(result, name).map(({ status, message }) => `${status}: ${message}`)

async function serverOf(answer: Reply) {
  const api = await openApiServer({ validate: false, replies: () => answer })
  onTestFinished(() => api.close())
  return api
}

/** A proxy that lets nobody through, and remembers who wanted to where. */
async function refusingProxy(): Promise<{ url: string; wanted: string[] }> {
  const wanted: string[] = []
  const proxy = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      wanted.push(bytes.toString('latin1').split('\r\n', 1)[0] ?? '')
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n')
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const { port } = proxy.address() as AddressInfo // it listens on TCP
  return { url: `http://127.0.0.1:${port}`, wanted }
}

const runsOf = (dir: string) => join(dir, 'home', '.local', 'state', 'agent', 'runs')

describe('agent doctor', () => {
  it('says of each thing what is there, in one order', async () => {
    const api = await serverOf(reply.http(200, { body: { id: 'qwen3' } }))
    const { dir, tool } = withTool(toolSource('look', 'return 1'))
    const config = join(dir, 'work', 'agent.json')
    writeFileSync(config, JSON.stringify({ model: 'qwen3', mcp: [`'${process.execPath}' '${EVERYTHING}'`] }))
    const result = await doctor(['--config', 'agent.json', '--base-url', api.url, '-t', 'tool.mjs'], { dir })
    const version = askNode('process.versions.node')
    expect(result.stdout.split('\n')).toEqual([
      `✔ agent   agent-ask ${packageJson.version}, ${process.platform} ${process.arch}`,
      `✔ node    ${version} (${packageJson.engines.node} is needed)`,
      `✔ config  ${config}`,
      '✔ key     ANTHROPIC_API_KEY is set',
      `✔ server  ${api.url} answers`,
      '✔ model   qwen3',
      '✔ tools   shipped: 7 tools',
      `✔ tools   ${tool}: 1 tool`,
      expect.stringMatching(/^✔ mcp {5}server-everything: \d+ tools$/),
      expect.stringMatching(new RegExp(`^✔ state   ${runsOf(dir)}, [\\d,.]+ \\w+ free$`)),
      '✔ runs    0 runs',
      '',
    ])
    expect([result.code, result.stderr]).toEqual([0, ''])
    expect(api.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/models/qwen3'])
    expect(api.requests[0]?.headers['authorization']).toBe(`Bearer ${CANARY_KEY}`)
    expect(readdirSync(runsOf(dir))).toEqual([])
  })

  it('needs neither key nor network offline', async () => {
    const result = await doctor(['--offline'], { env: { ANTHROPIC_API_KEY: undefined } })
    expect([result.code, result.stderr]).toEqual([0, ''])
    expect(result.stdout.match(/^– .*/gm)).toEqual([
      '– key     none needed: offline',
      '– server  none asked: offline',
      '– model   offline: a planner, no language model',
      '– mcp     no server is named',
    ])
  })

  it('prints a document with --json, every key always there', async () => {
    const dir = makeRunFolder()
    const result = await doctor(['--offline', '--json', '-o', 'checks.json'], { dir })
    const document: Document = JSON.parse(readFileSync(join(dir, 'work', 'checks.json'), 'utf8'))
    expect([result.stdout, Object.keys(document), document.ok]).toEqual(['', ['ok', 'checks'], true])
    for (const check of document.checks) {
      expect(Object.keys(check)).toEqual(['name', 'status', 'message', 'hint', 'duration_ms'])
      expect(check.duration_ms).toBeGreaterThanOrEqual(0)
    }
    expect(document.checks.map(({ name }) => name)).toEqual(
      'agent,node,config,key,server,model,tools,mcp,state,runs'.split(','),
    )
  })

  it('exits with 4 where no key is set, and hints at what to do', async () => {
    const { url, wanted } = await refusingProxy()
    const result = await doctor([], { env: { ANTHROPIC_API_KEY: undefined, HTTPS_PROXY: url } })
    expect(result.code).toBe(4)
    expect(result.stdout).toContain(
      '✖ key     no API key: ANTHROPIC_API_KEY is not set\n          hint: export it, name a local server with',
    )
    expect(result.stdout).toContain('✖ server  the proxy answered 403 to the connection to api.anthropic.com\n')
    expect(wanted).toEqual(['CONNECT api.anthropic.com:443 HTTP/1.1'])
  })

  it('never sends a key that cannot be one, nor says it', async () => {
    const api = await serverOf(reply.status(401))
    const env = { ANTHROPIC_AUTH_TOKEN: 'two words', ANTHROPIC_API_KEY: undefined }
    const result = await doctor(['--base-url', api.url, '--json'], { env })
    expect([result.code, said(result, 'key')]).toEqual([
      4,
      ['failed: ANTHROPIC_AUTH_TOKEN holds a space or a character that no key has'],
    ])
    expect(api.requests[0]?.headers['authorization']).toBeUndefined()
    expect(result.stdout).not.toContain('two words')
  })

  it('exits with 6 where the server cannot be reached', async () => {
    const url = await refusedUrl()
    const result = await doctor(['--base-url', url, '--json'])
    expect([result.code, documentOf(result).ok]).toEqual([6, false])
    expect(said(result, 'server')).toEqual([`failed: ${url.slice(7)} refused the connection`])
    expect(named(result, 'server')[0]?.hint).toMatch(/^check that the server runs/)
    expect(said(result, 'key')).toEqual(['ok: ANTHROPIC_API_KEY is set'])
  })

  it('takes any answer of another server for one, and warns of a key that it refuses', async () => {
    const api = await serverOf(reply.status(401, { message: `no such key: ${CANARY_KEY}` }))
    const result = await doctor(['--base-url', api.url, '--json'])
    expect([result.code, said(result, 'server')]).toEqual([0, [`ok: ${api.url} answers (401)`]])
    expect(said(result, 'key')[0]).toMatch(/^warning: the server at .* answered 401/)
  })

  it('says what is wrong with a config file, and goes on without it', async () => {
    const dir = makeRunFolder()
    const folder = join(dir, 'home', '.config', 'agent')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'config.json'), '{\n "modell": "x" }')
    const result = await doctor(['--offline', '--json'], { dir })
    expect([result.code, said(result, 'config')]).toEqual([
      3,
      [`failed: ${join(folder, 'config.json')}:2: "modell" is no key of the config file`],
    ])
    expect(said(result, 'tools')).toEqual(['ok: shipped: 7 tools'])
  })

  it('says what is wrong with a variable, without what depends on it', async () => {
    const result = await doctor(['--json'], { env: { ANTHROPIC_BASE_URL: 'nonsense' } })
    expect([result.code, said(result, 'config')]).toEqual([3, ['failed: ANTHROPIC_BASE_URL: "nonsense" is no URL']])
    expect(documentOf(result).checks.map(({ name }) => name)).toEqual(['agent', 'node', 'config', 'state', 'runs'])
  })

  it('exits with 2 where a flag makes no sense', async () => {
    const result = await doctor(['--base-url', 'nonsense'])
    expect([result.code, result.stdout, result.stderr.split('\n')[0]]).toEqual([
      2,
      '',
      'agent: --base-url: "nonsense" is no URL',
    ])
  })

  it('loads each tool file by itself, and says which does not, and which clash', async () => {
    const { dir, tool } = withTool(toolSource('look', 'return 1'))
    const at = (name: string) => join(dir, 'work', name)
    writeFileSync(at('broken.mjs'), 'export default {')
    writeFileSync(at('twice.mjs'), toolSource('look', 'return 2'))
    writeFileSync(at('bad.tool.json'), '{ "name": "x" }')
    const files = ['broken.mjs', 'tool.mjs', 'bad.tool.json', 'twice.mjs', 'nowhere.mjs'].flatMap((name) => [
      '-t',
      name,
    ])
    const result = await doctor(['--offline', '--json', ...files], { dir })
    expect(result.code).toBe(3)
    expect(said(result, 'tools')).toEqual([
      'ok: shipped: 7 tools',
      expect.stringMatching(/^failed: .*broken\.mjs: .*Unexpected end of input/),
      `ok: ${tool}: 1 tool`,
      expect.stringMatching(/^failed: .*bad\.tool\.json: /),
      `ok: ${at('twice.mjs')}: 1 tool`,
      `failed: ${at('nowhere.mjs')}: no tool file at "${at('nowhere.mjs')}"`,
      expect.stringMatching(/^failed: "look" is defined by both /),
    ])
  })

  it('loads no shipped tools where they are left out', async () => {
    const result = await doctor(['--offline', '--json', '--no-builtins'])
    expect(said(result, 'tools')).toEqual(['skipped: the shipped ones are left out, and none is named'])
  })

  it('starts each MCP server, and says which does not answer', async () => {
    const dir = makeRunFolder()
    const node = (...args: string[]) => ({ command: process.execPath, args })
    const mcpServers = {
      everything: node(EVERYTHING),
      gone: { command: join(dir, 'no-such-program') },
      memory: { ...node(MEMORY), env: { MEMORY_FILE_PATH: join(dir, 'memory.json') } },
    }
    writeFileSync(join(dir, 'work', 'mcp.json'), JSON.stringify({ mcpServers }))
    const result = await doctor(['--offline', '--json', '--mcp', 'mcp.json', '--mcp', 'none.json'], { dir })
    expect([result.code, result.stderr]).toEqual([3, ''])
    expect(said(result, 'mcp')).toEqual([
      expect.stringMatching(/^ok: everything: \d+ tools$/),
      expect.stringMatching(/^warning: gone did not start: /),
      expect.stringMatching(/^ok: memory: \d+ tools$/),
      expect.stringMatching(/^failed: .*none\.json/),
    ])
  })

  it('says that the state folder cannot be written, and why', async () => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'home', 'file'), '')
    const env = { XDG_STATE_HOME: join(dir, 'home', 'file') }
    const result = await doctor(['--offline', '--json'], { dir, env })
    expect([result.code, documentOf(result).ok]).toEqual([0, true])
    expect(said(result, 'state')).toEqual([expect.stringMatching(/^warning: no journal is kept: .*ENOTDIR/)])
    expect(named(result, 'state')[0]?.hint).toBe('run without one: --no-journal')
  })

  it.skipIf(process.platform !== 'linux')('says so where the system will not have it, whoever asks', async () => {
    const result = await doctor(['--offline', '--json'], { env: { XDG_STATE_HOME: '/proc/none' } })
    expect([result.code, said(result, 'state')]).toEqual([
      0,
      [expect.stringMatching(/^warning: no journal is kept: "\/proc\/none\/agent\/runs" cannot be written/)],
    ])
  })

  it.each<[string, string[], (dir: string) => Record<string, string>, number]>([
    ['a server that does not start', ['--mcp', 'false'], () => ({}), 0],
    ['one that is required', ['--mcp', 'false', '--require-mcp'], () => ({}), 3],
    ['a file of servers that is not there', ['--mcp', 'none.json'], () => ({}), 3],
    ['a file in the place of the state folder', [], (dir) => ({ XDG_STATE_HOME: join(dir, 'work', 'file') }), 0],
    ['a link in that place', [], (dir) => ({ XDG_STATE_HOME: join(dir, 'work') }), 3],
    ['a tool file that is not there', ['-t', 'none.mjs'], () => ({}), 3],
  ])('exits as a run does: %s', async (_, args, environment, code) => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work', 'file'), '')
    symlinkSync(dir, join(dir, 'work', 'agent'))
    const options = { dir, env: environment(dir) }
    const looked = await doctor(['--offline', '--json', ...args], options)
    const ran = await runAgent(['ask', '--offline', ...args, '2+2'], options)
    expect([looked.code, ran.code]).toEqual([code, code])
    const statuses = documentOf(looked).checks.map(({ status }) => status)
    expect(statuses.filter((status) => status !== 'ok' && status !== 'skipped')).toEqual([
      code === 0 ? 'warning' : 'failed',
    ])
    if (code === 0) expect(ran.stderr).toMatch(/did not start|no journal is kept/)
  })

  it('keeps out of a state folder where no journal is wanted', async () => {
    const dir = makeRunFolder()
    writeFileSync(join(dir, 'work', 'agent.json'), '{ "journal": false }')
    const result = await doctor(['--offline', '--json', '--config', 'agent.json'], { dir })
    expect([result.code, said(result, 'state'), named(result, 'runs')]).toEqual([
      0,
      ['skipped: no journal is kept: the config file says so'],
      [],
    ])
    expect(existsSync(runsOf(dir))).toBe(false)
  })

  it('counts the runs that are unfinished or damaged, and hints at how to go on', async () => {
    const dir = makeRunFolder()
    const folder = runsOf(dir)
    mkdirSync(folder, { recursive: true })
    const journal = (runId: string, name: string) => copyFileSync(join(GOLDEN, name), join(folder, `${runId}.jsonl`))
    const looked = async () => named(await doctor(['--offline', '--json'], { dir }), 'runs')[0]
    journal(OLDER, 'journal-v1.jsonl')
    expect(await looked()).toMatchObject({ status: 'ok', message: '1 run', hint: null })
    journal(NEWER, 'journal-v1-unfinished.jsonl')
    expect(await looked()).toMatchObject({
      ...{ status: 'warning', message: '2 runs, 1 unfinished', hint: 'agent resume last' },
    })
    journal(NEWER, 'journal-v1.jsonl')
    writeFileSync(join(folder, `${OLDER}.jsonl`), 'no journal\n')
    expect(await looked()).toMatchObject({
      ...{ status: 'warning', message: '2 runs, 1 damaged', hint: `agent resume ${OLDER} --repair` },
    })
  })

  it('ends what it has started when it is interrupted', async () => {
    const args = [
      '--offline',
      '--debug',
      ...server(FAULTY, 'start=never', 'print=waiting'),
      ...server(FAULTY, 'stay=1'),
    ]
    const agent = startAgent(['doctor', ...args])
    await agent.stderr.until('waiting')
    agent.kill('SIGINT')
    const result = await agent.ended
    expect([result.code, result.stdout]).toEqual([130, ''])
    await endToEnd(result)
  })
})
