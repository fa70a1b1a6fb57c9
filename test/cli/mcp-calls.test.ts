/** Tools of real MCP servers in runs of the built command. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { startEverything } from '../sources/mcp-http.ts'
import { server as apiServer } from './asking.ts'
import { callServers, EVERYTHING, FAULTY, FILESYSTEM, MEMORY, server, statuses } from './mcp-servers.ts'

const LONG = 'mcp__server-everything__trigger-long-running-operation'

describe('tools of MCP servers', () => {
  it('six calls to one server overlap', async () => {
    const wanted = Array.from({ length: 6 }, () => [LONG, { duration: 1, steps: 4 }] as const)
    const { transcript, calls } = await callServers(server(EVERYTHING, 'stdio'), wanted)
    expect(calls.map(({ status, source, effect }) => [status, source, effect])).toEqual(
      Array.from({ length: 6 }, () => ['ok', 'mcp:server-everything', 'read']),
    )
    expect(transcript.totals.concurrency_peak).toBe(6)
    const lastStart = Math.max(...calls.map(({ timing }) => timing.started_ms ?? Number.POSITIVE_INFINITY))
    const firstEnd = Math.min(...calls.map(({ timing }) => timing.ended_ms ?? 0))
    expect(lastStart).toBeLessThan(firstEnd)
  })

  it('of three servers are called in one turn, from a file, a command line and a URL', async () => {
    const dir = makeRunFolder()
    const work = join(dir, 'work')
    const { url } = await startEverything()
    writeFileSync(join(work, 'a.txt'), 'the text of a')
    const env = { MEMORY_FILE_PATH: join(work, 'memory.jsonl') }
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the file
    const memory = { command: '${NODE:-node}', args: [MEMORY], env }
    writeFileSync(join(work, 'servers.json'), JSON.stringify({ mcpServers: { memory } }))
    const args = ['--mcp', 'servers.json', ...server(FILESYSTEM, work), '--mcp', url]
    const { calls } = await callServers(
      args,
      [
        ['mcp__memory__read_graph'],
        ['mcp__server-filesystem__read_text_file', { path: join(work, 'a.txt') }],
        ['mcp__127_0_0_1__echo', { message: 'hello' }],
      ],
      { dir, env: { NODE: process.execPath } },
    )
    expect(statuses(calls)).toEqual([
      ['ok', { entities: [], relations: [] }],
      ['ok', { content: 'the text of a' }],
      ['ok', 'Echo: hello'],
    ])
  })

  it('send images that the API accepts', async () => {
    const { calls, sent } = await callServers(server(EVERYTHING, 'stdio'), [
      ['mcp__server-everything__get-tiny-image'],
      ['mcp__server-everything__get-resource-links', { count: 1 }],
    ])
    expect(calls.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(sent).toContain('{"type":"image","source":{"type":"base64","media_type":"image/png"')
  })

  it('are not called with input that does not fit, and the model gets path and reason', async () => {
    const { calls, sent } = await callServers(server(EVERYTHING, 'stdio'), [
      ['mcp__server-everything__echo', { message: 3 }],
    ])
    expect(calls.map(({ status, timing }) => [status, timing.started_ms])).toEqual([['invalid_input', null]])
    expect(sent).toContain('invalid_input: input.message: ')
  })

  it('are planned with offline', async () => {
    const question = 'mcp__server-everything__echo({"message": "no model"})'
    const args = ['ask', '--json', '--offline', '--no-builtins', ...server(EVERYTHING, 'stdio'), question]
    const result = await runAgent(args)
    await endToEnd(result)
    expect(statuses(result.json().turns[0]?.tool_calls ?? [])).toEqual([['ok', 'Echo: no model']])
  })

  it('give a slow call more time by their progress', async () => {
    const { calls } = await callServers(
      [...server(EVERYTHING, 'stdio'), '--tool-timeout', '1500ms'],
      [
        [LONG, { duration: 3, steps: 10 }],
        [LONG, { duration: 3, steps: 1 }],
      ],
    )
    expect(calls.map(({ status }) => status)).toEqual(['ok', 'timed_out'])
  })
})

describe('S10 a tool with a destructive hint', () => {
  it('is denied, and is called where --allow names it', async () => {
    const wanted = [['mcp__faulty-mcp__destroy'], ['mcp__faulty-mcp__destroy_nothing']] as const
    const denied = await callServers(server(FAULTY), wanted)
    expect(statuses(denied.calls)).toEqual([
      ['denied', expect.stringContaining('--allow mcp__faulty-mcp__destroy')],
      ['ok', 'destroyed'],
    ])
    const allowed = await callServers([...server(FAULTY), '--allow', 'mcp__faulty-mcp__destroy'], wanted)
    expect(allowed.calls.map(({ status }) => status)).toEqual(['ok', 'ok'])
  })
})

describe('S6 a tool', () => {
  it('whose description holds hidden characters ends the run before anything is asked', async () => {
    const { api, env } = await apiServer()
    const result = await runAgent(['ask', '--json', ...server(FAULTY, 'tools=hidden'), 'q'], { env })
    await endToEnd(result)
    expect(result.json().error).toMatchObject({
      code: 'hidden-characters',
      message: 'the description of "mcp__faulty-mcp__look" (mcp:faulty-mcp) holds the hidden character U+200B',
    })
    expect([result.code, api.requests.length]).toEqual([3, 0])
  })

  it('that has the name of another one once it is mapped ends the run', async () => {
    const { env } = await apiServer()
    const result = await runAgent(['ask', '--json', ...server(FAULTY, 'tools=alike'), 'q'], { env })
    await endToEnd(result)
    expect([result.code, result.json().error?.code]).toEqual([3, 'tool-name-taken'])
  })
})

it('S2 the credentials of the model reach no server, and no file may ask for them', async () => {
  const dir = makeRunFolder()
  const entry = (variable: string) => ({ command: process.execPath, args: [FAULTY], env: { GIVEN: `\${${variable}}` } })
  const file = join(dir, 'work', 'servers.json')
  const write = (variable: string) => writeFileSync(file, JSON.stringify({ mcpServers: { one: entry(variable) } }))
  write('MINE')
  const env = { MINE: 'my value', OTHER: 'another' }
  const { calls } = await callServers(['--mcp', file], [['mcp__one__environment']], { dir, env })
  const given = Object(calls[0]?.output)
  expect(given).toMatchObject({ GIVEN: 'my value' })
  expect(Object.keys(given)).not.toEqual(expect.arrayContaining(['OTHER']))
  expect(Object.keys(given).filter((name) => name.startsWith('ANTHROPIC'))).toEqual([])
  write('ANTHROPIC_API_KEY')
  const refused = await runAgent(['ask', '--json', '--mcp', file, 'q'], { dir })
  await endToEnd(refused)
  expect(refused.json().error?.message).toContain("the model's credentials reach no server")
  expect(refused.code).toBe(3)
})

it('loads the client of MCP servers only where one is named', async () => {
  const loads = async (...args: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-coverage-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    // Node writes down which scripts it has run.
    const env = { NODE_V8_COVERAGE: folder }
    await endToEnd(await runAgent(['ask', '--json', '--offline', '--no-builtins', ...args, 'q'], { env }))
    return readdirSync(folder).some((file) => readFileSync(join(folder, file), 'utf8').includes('/mcp-client-'))
  }
  expect([await loads(), await loads(...server(FAULTY))]).toEqual([false, true])
})
