/** Who may run: what is destructive is asked about at a terminal, and needs --allow elsewhere. */
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { terminalAvailable } from '../rig/command-line.ts'
import { reply } from '../rig/reply.ts'
import type { AgentHandle, AgentResult } from '../rig/run-agent.ts'
import { runAgent, startAgent } from '../rig/run-agent.ts'
import { server, withTool } from './asking.ts'

const DROP = `const tool = (name, destructive) => ({
  name, description: 'For tests.', input_schema: { type: 'object' }, destructive,
  execute: async (input) => 'dropped ' + input.table,
})
export default [tool('drop', true), tool('drop_more', true), tool('look', false)]
`
const PROMPT = 'run it? [y]es, [a]lways in this run, [N]o: '

const ask = (...args: string[]) => ['ask', '--json', '--offline', '--no-builtins', '-t', 'tool.mjs', ...args]
const calls = (result: AgentResult) =>
  result.json().turns[0]?.tool_calls.map(({ tool, status, output, error }) => [tool, status, output ?? error?.message])

describe('without a terminal', () => {
  it('S10 a destructive tool is denied, and the model is told how it could be allowed', async () => {
    const { dir } = withTool(DROP)
    const result = await runAgent(ask('drop({"table":"a"}) look({"table":"b"})'), { dir })
    await endToEnd(result)
    expect(calls(result)).toEqual([
      ['drop', 'denied', 'drop is destructive and was not allowed (--allow drop)'],
      ['look', 'ok', 'dropped b'],
    ])
    expect(result.json().totals).toMatchObject({ tool_denied: 1, tool_errors: 1 })
    expect(result.code).toBe(0)
  })

  it('a denied call fails the run under --fail-on-tool-error', async () => {
    const { dir } = withTool(DROP)
    const result = await runAgent(ask('--fail-on-tool-error', 'drop({"table":"a"})'), { dir })
    expect(result.code).toBe(9)
    await endToEnd(result)
  })

  it('--allow takes names and globs, --deny wins over both', async () => {
    const { dir } = withTool(DROP)
    const question = 'drop({"table":"a"}) drop_more({"table":"b"}) look({"table":"c"})'
    const allowed = await runAgent(ask('--allow', 'drop*', question), { dir })
    expect(calls(allowed)?.map(([, status]) => status)).toEqual(['ok', 'ok', 'ok'])
    const denied = await runAgent(ask('--allow', '*', '--deny', 'drop_*,look', question), { dir })
    expect(calls(denied)).toEqual([
      ['drop', 'ok', 'dropped a'],
      ['drop_more', 'denied', 'drop_more is denied (--deny)'],
      ['look', 'denied', 'look is denied (--deny)'],
    ])
  })

  it('says of a pattern that means no tool which tools there are', async () => {
    const { dir } = withTool(DROP)
    const result = await runAgent(ask('--deny', 'dropp', 'look({"table":"c"})'), { dir })
    expect(result.stderr).toContain('--deny names "dropp", which is no tool here; known: drop, drop_more, look')
  })
})

describe.skipIf(!terminalAvailable)('at a terminal', () => {
  /** Answers each question as soon as it is asked. */
  async function answering(agent: AgentHandle, ...answers: string[]): Promise<AgentResult> {
    for (const [index, answer] of answers.entries()) {
      await agent.stdout.until(new RegExp(`(?:[^]*\\[N\\]o: ){${index + 1}}`))
      agent.stdin?.write(answer)
    }
    return agent.ended
  }
  const two = () => reply.toolUse('drop', { table: 'a' }).toolUse('drop', { table: 'b' })
  const start = async () => {
    const { api, env } = await server(two(), reply.text('Done.'))
    const { dir } = withTool(DROP)
    const args = ['ask', '--no-builtins', '-v', '-t', 'tool.mjs', 'q']
    return { api, agent: startAgent(args, { dir, env: { ...env, NO_COLOR: '1' }, terminal: {} }) }
  }
  const told = (api: Awaited<ReturnType<typeof start>>['api']) =>
    (JSON.parse(String(api.requests[1]?.rawBody)) as { messages: { content: { content?: string }[] }[] }).messages
      .at(-1)
      ?.content.map(({ content }) => content)

  it('S10 asks about each destructive call, and takes yes and no', async () => {
    const { api, agent } = await start()
    const result = await answering(agent, 'y\n', '\n')
    expect(result.stdout).toContain('drop (module) is destructive and wants to run with')
    expect(result.stdout).toContain('{"table":"b"}')
    expect(told(api)).toEqual(['dropped a', 'denied: whoever was asked at the terminal said no'])
    expect(result.code).toBe(0)
    await endToEnd(result)
  })

  it('asks no more after "always"', async () => {
    const { api, agent } = await start()
    const result = await answering(agent, 'a\n')
    expect(result.stdout.split(PROMPT)).toHaveLength(2)
    expect(told(api)).toEqual(['dropped a', 'dropped b'])
  })

  it('ends at Ctrl-C while it asks', async () => {
    const { agent } = await start()
    const result = await answering(agent, '\x03')
    expect(result.code).toBe(130)
    await endToEnd(result)
  })

  it('C10 does not ask under CI', async () => {
    const { api, env } = await server(two(), reply.text('Done.'))
    const { dir } = withTool(DROP)
    const result = await runAgent(['ask', '-t', 'tool.mjs', 'q'], { dir, env: { ...env, CI: '1' }, terminal: {} })
    expect(result.stdout).not.toContain('run it?')
    expect(told(api)?.[0]).toContain('was not allowed')
  })
})
