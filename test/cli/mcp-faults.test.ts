/** T11 through the built command: servers that do wrong cost their own calls an outcome, and no more. */
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { runAgent } from '../rig/run-agent.ts'
import { server as apiServer } from './asking.ts'
import { callServers, FAULTY, MEMORY, server, statuses } from './mcp-servers.ts'

const tool = (name: string) => `mcp__faulty-mcp__${name}`

/** Without it, a server that has crashed is tried again, and then left alone. */
const ONCE = ['--tool-retries', '0']

describe('T11 an MCP server', () => {
  it('that crashes ends its calls with its last words, and the run goes on', async () => {
    const { result, calls } = await callServers(
      [...server(FAULTY), ...server(MEMORY), ...ONCE],
      [['mcp__server-memory__read_graph'], [tool('write_never')], [tool('crash')]],
    )
    expect(statuses(calls)).toEqual([
      ['ok', { entities: [], relations: [] }],
      ['interrupted', expect.stringContaining('may have happened')],
      ['failed', 'the server ended in the call: exit code 7; it said: about to fall'],
    ])
    expect(result.stderr).toContain('agent: warning: MCP server "faulty-mcp" ended; the next call starts it again')
  })

  it('that never answers has its calls timed out by us', async () => {
    const { calls } = await callServers(
      [...server(FAULTY), '--tool-timeout', '300ms'],
      [[tool('never')], [tool('write_never')], [tool('echo'), { text: 'x' }]],
    )
    expect(calls.map(({ status }) => status)).toEqual(['timed_out', 'timed_out', 'ok'])
  })

  it('that prints garbage, changes its list or sends a message without end is endured', async () => {
    const { result, calls } = await callServers(
      [...server(FAULTY), ...ONCE],
      [[tool('garbage')], [tool('change_list')], [tool('huge')]],
    )
    expect(statuses(calls)).toEqual([
      ['ok', 'after garbage'],
      ['ok', 'changed'],
      ['failed', 'the server ended in the call: it sent a message of more than 64 MiB'],
    ])
    expect(result.stderr).toContain('warning: MCP server "faulty-mcp" writes to stdout what is no message')
  })

  it('that does not start is told, and the run goes on without it', async () => {
    const args = [...server(FAULTY, 'start=exit'), ...server(FAULTY, 'delay=500'), '--mcp', 'no-such-server']
    const { result, calls } = await callServers(args, [['mcp__faulty-mcp_2__echo', { text: 'x' }]])
    expect(statuses(calls)).toEqual([['ok', 'x']])
    expect(result.stderr).toContain(
      '"faulty-mcp" did not start: it ended: exit code 3; it said: cannot read my settings',
    )
    expect(result.stderr).toContain('"no-such-server" did not start: "no-such-server" was not found')
  })

  it('that does not start ends the run under --require-mcp, before anything is asked', async () => {
    const { api, env } = await apiServer()
    const args = ['ask', '--json', '--require-mcp', ...server(MEMORY), ...server(FAULTY, 'start=exit'), 'q']
    const result = await runAgent(args, { env })
    await endToEnd(result)
    expect([result.code, api.requests.length]).toEqual([3, 0])
    expect(result.json().error).toMatchObject({
      code: 'mcp-server-failed',
      message: expect.stringContaining('exit code 3; it said: cannot read my settings'),
    })
    expect(result.stderr.split('\n').filter(Boolean)).toEqual([expect.stringContaining('agent: the MCP server')])
  })

  it('is named wrongly: exit 3 with a hint', async () => {
    for (const text of ['missing.json', 'node "x', ' ']) {
      const result = await runAgent(['ask', '--mcp', text, 'q'])
      await endToEnd(result)
      expect([result.code, result.stdout]).toEqual([text === ' ' ? 2 : 3, ''])
      expect(result.stderr).toMatch(/^agent: .*\nhint: .*\n$/)
    }
  })
})
