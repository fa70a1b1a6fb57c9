import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AgentEvent } from '../../src/contract/event.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { endToEnd } from '../rig/auditor.ts'
import { CANARY_KEY, runAgent } from '../rig/run-agent.ts'
import { server, toolSource } from './asking.ts'
import { type Manifest, shell, startCalls, withManifests } from './command-rig.ts'

const any: JsonObject = { properties: { a: {} } }
const environment = (name: string, more: JsonObject = {}): Manifest => ({
  name,
  command: [process.execPath, '-p', 'JSON.stringify(process.env)'],
  output: 'json',
  ...more,
})

it('runs commands beside a module tool, and the results go back in order', async () => {
  const dir = withManifests(
    shell('slow', 'sleep 0.3; echo slow'),
    { name: 'echoes', command: ['cat'], input: 'stdin', output: 'json', effect: 'read', input_schema: any },
    shell('fails', 'echo it is broken >&2; exit 3'),
  )
  writeFileSync(join(dir, 'work', 'good.mjs'), toolSource('good', 'return "good"'))
  const { agent, api } = await startCalls(
    dir,
    [['slow'], ['echoes', { a: ['x', 1] }], ['fails'], ['good']],
    ['-t', 'good.mjs'],
  )
  const result = await agent.ended
  await endToEnd(result)
  expect([result.code, api.violations]).toEqual([0, []])
  const records = result.json().turns[0]?.tool_calls ?? []
  expect(records.map(({ tool, source, status, output }) => [tool, source, status, output])).toEqual([
    ['slow', 'command', 'ok', 'slow'],
    ['echoes', 'command', 'ok', { a: ['x', 1] }],
    ['fails', 'command', 'failed', null],
    ['good', 'module', 'ok', 'good'],
  ])
  expect(records[2]?.error).toEqual({
    code: 'exit_code',
    message: '"sh" ended with exit code 3; it said:\nit is broken',
  })
  expect(JSON.stringify(api.requests[1]?.body)).toContain('failed: \\"sh\\" ended with exit code 3')
})

it('T10 tells each way in which a program can fail, and the run goes on', async () => {
  const dir = withManifests(
    shell('signal', 'kill -KILL $$'),
    { name: 'missing', command: ['no-such-program-here'] },
    { name: 'plain', command: ['./tools.tool.json'] },
    { name: 'nowhere', command: ['true'], cwd: 'no-such-folder' },
    shell('deaf', 'exec <&-; echo heard nothing', { input: 'stdin' }),
    shell('prose', 'echo no json', { output: 'json' }),
  )
  const calls = [
    ['signal'],
    ['missing'],
    ['plain'],
    ['nowhere'],
    ['deaf', { a: 'x'.repeat(200_000) }],
    ['prose'],
  ] as const
  const { agent, api } = await startCalls(dir, calls)
  const result = await agent.ended
  await endToEnd(result)
  const records = result.json().turns[0]?.tool_calls ?? []
  expect(records.map(({ status, error }) => error?.code ?? status)).toEqual([
    ...['signal', 'not_found', 'not_executable', 'no_folder', 'ok', 'bad_json'],
  ])
  expect([result.code, api.violations]).toEqual([0, []])
})

it('S2 hands no command the key, and an "env" narrows what it gets', async () => {
  const dir = withManifests(environment('all'), environment('some', { env: ['WANTED', 'ANTHROPIC_COPY', 'UNSET'] }))
  const env = { WANTED: 'wanted', UNWANTED: 'unwanted', ANTHROPIC_COPY: `x${CANARY_KEY}` }
  const { agent } = await startCalls(dir, [['all'], ['some']], [], { env })
  const result = await agent.ended
  await endToEnd(result)
  const [all, some] = (result.json().turns[0]?.tool_calls ?? []).map(({ output }) => Object(output))
  expect(all).toMatchObject({ WANTED: 'wanted', UNWANTED: 'unwanted' })
  expect(some).toMatchObject({ WANTED: 'wanted', PATH: expect.any(String) })
  expect(Object.keys({ ...all, ...some }).filter((name) => name.startsWith('ANTHROPIC_'))).toEqual([
    'ANTHROPIC_BASE_URL',
  ])
  expect(Object.keys(some)).not.toContain('UNWANTED')
})

it('S2 does not start where a manifest asks for the key', async () => {
  const dir = withManifests(environment('asks', { env: ['ANTHROPIC_API_KEY'] }))
  const { agent, api } = await startCalls(dir, [['asks']])
  const result = await agent.ended
  await endToEnd(result)
  expect([result.code, api.requests.length]).toEqual([3, 0])
  expect(result.stderr).toContain(
    'tools.tool.json:1" does not load: "env.0": "ANTHROPIC_API_KEY" is a credential of the',
  )
})

it('S4 runs no command with an option in the place of a value, and tells the model why', async () => {
  const dir = withManifests(
    { name: 'bare', command: ['touch', '{a}'], input_schema: any },
    { name: 'dashed', command: ['echo', '--', '{a}', '; touch ran'], input_schema: any },
  )
  const { agent, api } = await startCalls(dir, [
    ['bare', { a: '--version' }],
    ['dashed', { a: '-n' }],
  ])
  const result = await agent.ended
  await endToEnd(result)
  const records = result.json().turns[0]?.tool_calls ?? []
  expect(records.map(({ status, output }) => [status, output])).toEqual([
    ['invalid_input', null],
    ['ok', '-- -n ; touch ran'],
  ])
  expect(JSON.stringify(api.requests[1]?.body)).toContain('invalid_input: input.a: begins with \\"-\\"')
})

const SLOW = { properties: { a: { type: 'string', pattern: '^(a+)+$' } } }

it('a call whose input breaks the schema does not run, and the model gets path and reason', async () => {
  const dir = withManifests(
    shell('strict', 'touch ran', { input_schema: { properties: { a: { items: { type: 'string' } } } } }),
    shell('pattern', 'touch ran', { input_schema: SLOW }),
  )
  const { agent, api } = await startCalls(dir, [
    ['strict', { a: ['x', 1] }],
    ['pattern', { a: 'b' }],
    ['strict', { a: 1 }],
  ])
  const result = await agent.ended
  await endToEnd(result)
  const records = result.json().turns[0]?.tool_calls ?? []
  expect(records.map(({ status, timing }) => [status, timing.started_ms])).toEqual([
    ['invalid_input', null],
    ['invalid_input', null],
    ['ok', expect.any(Number)],
  ])
  expect(records[0]?.error?.message).toMatch(/^input\.a\.1: /)
  expect(records[1]?.error?.message).toMatch(/^input\.a: .*pattern/)
  expect(JSON.stringify(api.requests[1]?.body)).toContain('invalid_input: input.a.1: ')
})

it('a pattern without end costs its own call only: the others of the turn end first, and the run ends', async () => {
  const dir = withManifests(
    shell('hostile', 'touch ran', { input_schema: SLOW }),
    shell('quick', 'echo quick', { input_schema: { properties: { a: { type: 'string' } } } }),
    shell('honest', 'echo honest', { input_schema: { properties: { a: { type: 'string', pattern: '^[a-z]+$' } } } }),
  )
  const endless = { a: `${'a'.repeat(40)}!` }
  const calls = [
    ['hostile', endless],
    ['quick', { a: 'x' }],
    ['hostile', endless],
    ['honest', { a: 'x' }],
  ] as const
  const { agent, api } = await startCalls(dir, calls, ['--jsonl'])
  const result = await agent.ended
  await endToEnd(result)
  expect([result.code, api.violations]).toEqual([0, []])
  const ends = result
    .jsonLines()
    .filter((event): event is Extract<AgentEvent, { type: 'call_end' }> => event.type === 'call_end')
  const names = new Map(
    result.jsonLines().flatMap((event) => (event.type === 'call_ready' ? [[event.call_id, event.tool]] : [])),
  )
  const told = ends.map(({ call_id, outcome }) => [
    names.get(call_id),
    outcome.status === 'ok' ? 'ok' : outcome.error.code,
  ])
  expect(told[0]).toEqual(['quick', 'ok'])
  expect(told.at(-1)).toEqual(['hostile', 'check_timeout'])
  expect([...told].sort()).toEqual([
    ['honest', 'ok'],
    ['hostile', 'check_timeout'],
    ['hostile', 'check_timeout'],
    ['quick', 'ok'],
  ])
})

it('a schema that leads out of itself is refused at the start, and nothing is fetched', async () => {
  const { api: elsewhere } = await server()
  const dir = withManifests(
    shell('leads_out', 'true', { input_schema: { properties: { a: { $ref: `${elsewhere.url}/a.json` } } } }),
  )
  const result = await runAgent(['ask', '--offline', '-t', 'tools.tool.json', 'leads_out({})'], { dir })
  await endToEnd(result)
  expect(result.code).toBe(3)
  expect(result.stderr).toContain(`bad schema: properties.a.$ref: "${elsewhere.url}/a.json" leads out of the schema`)
  expect(elsewhere.requests).toEqual([])
})

it('a schema that leads to itself for ever costs its own call', async () => {
  const dir = withManifests(
    shell('endless', 'true', { input_schema: { properties: { a: { allOf: [{ $ref: '#/properties/a' }] } } } }),
    shell('quick', 'echo quick'),
  )
  const { agent } = await startCalls(dir, [['endless', { a: 1 }], ['quick']])
  const result = await agent.ended
  await endToEnd(result)
  const records = result.json().turns[0]?.tool_calls ?? []
  expect(records.map(({ status, error }) => error?.code ?? status)).toEqual(['schema_error', 'ok'])
})
