/** What each source says of another attempt, and when it says that an attempt has begun. */
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/contract/outcome.ts'
import { openHttpServer } from './mcp-http.ts'
import { FAULTY, node, openMcp } from './mcp-rig.ts'
import { openCommands } from './open-commands.ts'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

/** Code of the error, and what is known of another attempt; `unknown` is left to the policy. */
function verdict(outcome: Outcome): [string, boolean | 'unknown'] {
  if (outcome.status === 'ok') throw new Error('it did not fail')
  expect(outcome.status).toBe('failed')
  return [outcome.error.code, outcome.retryable ?? 'unknown']
}

describe('a module tool', () => {
  const THROWS = `const { retryable, plain } = input
    throw Object.assign(new Error('no luck'), plain ? {} : { retryable })`
  const folder = () =>
    toolFolder({
      'throws.mjs': `export const onLoop = ${toolText('on_loop', `async (input) => { ${THROWS} }`)}
        export const inThread = ${toolText('in_thread', `(input) => { ${THROWS} }`)}`,
    })

  it.each(['on_loop', 'in_thread'])('%s: what it throws says whether another attempt may help', async (name) => {
    await using open = await openTools([], { paths: [folder().path] })
    const ofCall = async (input: { retryable?: boolean | string; plain?: boolean }) =>
      verdict(await open.call(name, input).outcome)
    expect(await ofCall({ retryable: false })).toEqual(['tool_error', false])
    expect(await ofCall({ retryable: true })).toEqual(['tool_error', true])
    expect(await ofCall({ plain: true })).toEqual(['tool_error', 'unknown'])
    expect(await ofCall({ retryable: 'no' })).toEqual(['tool_error', 'unknown'])
  })

  it.each([
    ['exits', 'process_exit'],
    ['exits_later', 'process_exit'],
    ['thread_exits', 'process_exit'],
    ['moves', 'process_chdir'],
    ['crashes', 'host_crashed'],
  ])('that %s would do it again', async (name, code) => {
    await using open = await openTools(['faults.mjs'])
    expect(verdict(await open.call(name).outcome)).toEqual([code, false])
  })

  it.each([
    ['tool_missing', `export default ${toolText('other', '() => 1')}`],
    ['tool_error', 'throw new Error("not any more")'],
  ])('that has left its file, or is in one that does not load any more, does not come back: %s', async (code, text) => {
    const changing = toolFolder()
    const file = changing.file('changing.mjs', `export default ${toolText('there', '() => 1')}`)
    await using open = await openTools([], { paths: [file] })
    // A thread loads the file anew.
    changing.file('changing.mjs', text)
    expect(verdict(await open.call('there').outcome)).toEqual([code, false])
  })

  it('has begun when the host has its call', async () => {
    await using open = await openTools(['faults.mjs'])
    const call = open.call('quick')
    await call.outcome
    expect(call.clock).toEqual(['started'])
  })
})

describe('a command', () => {
  it.each([
    ['exit 75', 'exit_code', true],
    ['exit 1', 'exit_code', false],
    ['exit 74', 'exit_code', false],
    ['kill -KILL $$', 'signal', false],
  ])('that ends with "%s": %s, retryable %s', async (script, code, retryable) => {
    const open = await openCommands({ command: ['sh', '-c', script] })
    const call = open.call()
    expect(verdict(await call.outcome)).toEqual([code, retryable])
    expect(call.clock).toEqual(['started'])
  })

  it.each([
    ['not_found', { command: ['no-such-program-here'] }, {}],
    ['not_executable', { command: ['/'] }, {}],
    ['no_folder', { command: ['true'], cwd: './gone' }, {}],
    [
      'not_started',
      { command: ['echo', '{text}'], input_schema: { properties: { text: {} } } },
      { text: 'x'.repeat(3e6) },
    ],
  ])('that cannot run never will, and has not begun: %s', async (code, manifest, input) => {
    const open = await openCommands(manifest)
    const call = open.call(input)
    expect(verdict(await call.outcome)).toEqual([code, false])
    expect(call.clock).toEqual([])
  })

  it('that prints no JSON would print none again', async () => {
    const open = await openCommands({ command: ['echo', 'no JSON'], output: 'json' })
    expect(verdict(await open.call().outcome)).toEqual(['bad_json', false])
  })
})

describe('an MCP tool', () => {
  it.each([
    ['report', {}, 'tool_error', false],
    ['nonsense', {}, 'bad_result', false],
    ['refuse', { code: -32602 }, 'server_error', false],
    ['refuse', { code: -32601 }, 'server_error', false],
    ['refuse', { code: -32600 }, 'server_error', false],
    ['refuse', { code: -32603 }, 'server_error', 'unknown'],
    ['crash', {}, 'server_crashed', false],
  ])('%s %j: %s, retryable %s', async (name, input, code, retryable) => {
    const mcp = await openMcp([node(FAULTY)])
    expect(verdict(await mcp.call(name, input).outcome)).toEqual([code, retryable])
  })

  it('whose server is not started any more has not begun, and no attempt will help', async () => {
    const mcp = await openMcp([node(FAULTY)])
    await mcp.call('crash').outcome
    await mcp.call('crash').outcome
    const late = mcp.call('write_never')
    expect(verdict(await late.outcome)).toEqual(['server_crashed', false])
    expect(late.clock).toEqual([])
  })

  it('that waits for its server to start again has not begun', async () => {
    const mcp = await openMcp([node(FAULTY, 'delay=50')])
    await mcp.call('crash').outcome
    const waiting = mcp.call('write_slowly')
    expect(waiting.clock).toEqual([])
    expect(await waiting.outcome).toMatchObject({ status: 'ok' })
    expect(waiting.clock).toEqual(['started'])
  })

  it.each([
    [400, false],
    [403, false],
    [422, false],
    [408, 'unknown'],
    [425, 'unknown'],
    [429, 'unknown'],
    [500, 'unknown'],
    [503, 'unknown'],
  ])('answered with status %s: retryable %s', async (status, retryable) => {
    const server = await openHttpServer(({ message }, response) => {
      if (message['method'] !== 'tools/call') return false
      response.writeHead(status, { 'content-type': 'text/plain' }).end('no')
      return true
    })
    const mcp = await openMcp([server.url])
    expect(verdict(await mcp.call('look').outcome)).toEqual(['http_error', retryable])
  })

  it('whose server is not reached may be tried again', async () => {
    const server = await openHttpServer()
    const mcp = await openMcp([server.url])
    server.close()
    expect(verdict(await mcp.call('look').outcome)).toEqual(['server_unreachable', 'unknown'])
  })
})
