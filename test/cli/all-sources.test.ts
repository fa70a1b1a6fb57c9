/**
 * Tools from everywhere in one turn: an async function, a plain blocking one, a bash script, a Python
 * script and two tools of a real MCP server. They run at the same time, and the transcript shows it.
 */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'

const TOOLS = join(import.meta.dirname, 'tools', 'sources')
const SERVER = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json')
const LONG = 'mcp__everything__trigger-long-running-operation'

const WANTED: readonly (readonly [tool: string, input: JsonObject, source: string])[] = [
  ['async_nap', {}, 'module'],
  ['plain_nap', {}, 'module'],
  ['bash_nap', { word: 'a' }, 'command'],
  ['python_nap', { word: 'b' }, 'command'],
  [LONG, { duration: 2, steps: 2 }, 'mcp:everything'],
  [LONG, { duration: 3, steps: 3 }, 'mcp:everything'],
]

function prepare(): { dir: string; flags: string[] } {
  const dir = makeRunFolder()
  const file = join(dir, 'work', 'mcp.json')
  const everything = { command: process.execPath, args: [join(dirname(SERVER), 'dist', 'index.js'), 'stdio'] }
  writeFileSync(file, JSON.stringify({ mcpServers: { everything } }))
  return { dir, flags: ['ask', '--json', '--no-builtins', '-t', TOOLS, '--mcp', file] }
}

function expectAllAtOnce(transcript: Transcript): void {
  const calls = transcript.turns[0]?.tool_calls ?? []
  expect(calls.map(({ tool, input, source, status }) => [tool, input, source, status])).toEqual(
    WANTED.map(([tool, input, source]) => [tool, input, source, 'ok']),
  )
  expect(calls.slice(0, 4).map(({ output }) => output)).toEqual(['async', 'plain', 'bash a', { said: 'python b' }])
  const started = calls.map(({ timing }) => timing.started_ms ?? Number.NaN)
  const ended = calls.map(({ timing }) => timing.ended_ms ?? Number.NaN)
  // The last had begun before the first was over: all six ran at the same time.
  expect(Math.max(...started)).toBeLessThan(Math.min(...ended))
  expect(transcript.totals).toMatchObject({ tool_calls: 6, concurrency_peak: 6, tool_errors: 0 })
  expect(transcript.totals.speedup).toBeGreaterThan(2)
}

it('runs tools of every source at once, asked for by the offline model', async () => {
  const { dir, flags } = prepare()
  const question = WANTED.map(([tool, input]) => `${tool}(${JSON.stringify(input)})`).join(' ')
  const result = await runAgent([...flags, '--offline', question], { dir })
  await endToEnd(result)
  expectAllAtOnce(result.json())
  expect([result.code, result.stderr]).toEqual([
    0,
    'agent: offline: a planner, no language model; it composes tool results\n',
  ])
})

it('runs tools of every source at once, asked for by a server', async () => {
  const { dir, flags } = prepare()
  const asked = WANTED.reduce((message, [tool, input]) => message.toolUse(tool, input), reply.text('Let me see.'))
  await using api = await openApiServer({ key: CANARY_KEY, replies: [asked, reply.text('All said.')] })
  const result = await runAgent([...flags, '--base-url', api.url, 'go'], { dir })
  await endToEnd(result)
  expectAllAtOnce(result.json())
  expect([result.code, result.json().answer, api.violations]).toEqual([0, 'All said.', []])
})

it('asks for tools whose schema the API would refuse, and still checks by the whole of it', async () => {
  const dir = makeRunFolder()
  const properties = { x: { type: 'string' }, y: { type: 'string' } }
  const input_schema = { type: 'object', properties, anyOf: [{ required: ['x'] }, { required: ['y'] }] }
  const tool = { name: 'either', description: 'Takes either.', input_schema, effect: 'read', command: ['echo', 'ran'] }
  writeFileSync(join(dir, 'work', 'either.tool.json'), JSON.stringify(tool))
  const asked = reply.toolUse('either', { x: 'a' }).toolUse('either', {})
  await using api = await openApiServer({ key: CANARY_KEY, replies: [asked, reply.text('Done.')] })
  const flags = ['ask', '--json', '--no-builtins', '-t', 'either.tool.json', '--base-url', api.url]
  const result = await runAgent([...flags, 'go'], { dir })
  await endToEnd(result)
  expect(api.violations).toEqual([])
  expect(result.json().turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'invalid_input'])
})
