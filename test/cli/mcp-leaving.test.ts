/** Ten servers, some of which do not want to leave, are gone soon after the run, however it ends. */
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import type { AgentHandle } from '../rig/run-agent.ts'
import { startAgent } from '../rig/run-agent.ts'
import { node } from '../sources/mcp-rig.ts'
import { server as apiServer } from './asking.ts'
import { asked, FAULTY, MEMORY, server } from './mcp-servers.ts'

/** With one that leaves at the end of its input, deaf ones, and one that leaves a process behind. */
const TEN = [
  ...Array.from({ length: 4 }, () => server(FAULTY)),
  ...Array.from({ length: 4 }, () => server(FAULTY, 'stay=1')),
  server(MEMORY),
  ['--mcp', `sh -c "sleep 1000 & exec ${node(FAULTY).replaceAll("'", '')}"`],
].flat()

async function start(args: readonly string[], ...calls: string[]): Promise<AgentHandle> {
  const wanted = calls.map((name) => [`mcp__faulty-mcp__${name}`] as const)
  const { env } = await apiServer(asked(wanted), reply.text('Done.'))
  return startAgent(['ask', '--jsonl', '--no-builtins', ...TEN, ...args, 'q'], { env })
}

async function leaves(agent: AgentHandle, code: number): Promise<void> {
  const result = await agent.ended
  // Within a second nobody is left: the auditor looks for them.
  await endToEnd(result)
  expect(result.code, result.stderr.slice(-2000)).toBe(code)
}

describe('ten MCP servers are gone', () => {
  it('after the answer', async () => {
    await leaves(await start([], 'echo'), 0)
  })

  it('after an answer without a call', async () => {
    const { env } = await apiServer(reply.text('Done.'))
    await leaves(startAgent(['ask', '--jsonl', ...TEN, 'q'], { env }), 0)
  })

  it('after a mistake in opening', async () => {
    await leaves(await start(['--require-mcp', ...server(FAULTY, 'start=exit')], 'echo'), 3)
    await leaves(await start([...server(FAULTY, 'tools=hidden')], 'echo'), 3)
  })

  it('after a signal while they start', async () => {
    const agent = await start(['--debug', ...server(FAULTY, 'start=never', 'print=waiting')], 'echo')
    await agent.stderr.until('waiting')
    agent.kill('SIGINT')
    await leaves(agent, 130)
  })

  it('after a signal in a call', async () => {
    const agent = await start([], 'never')
    await agent.stdout.until('call_start')
    agent.kill('SIGTERM')
    await leaves(agent, 143)
  })

  it('after two signals in a call that writes', async () => {
    const agent = await start([], 'write_never')
    await agent.stdout.until('call_start')
    agent.kill('SIGINT')
    await agent.stderr.until('a second signal kills them')
    agent.kill('SIGINT')
    await leaves(agent, 130)
  })

  it('after the time of the run is over, in a call and while they start', async () => {
    await leaves(await start(['--timeout', '4s'], 'never'), 124)
    await leaves(await start(['--timeout', '2s', ...server(FAULTY, 'start=never')], 'echo'), 124)
  })

  it('after we were killed and could do nothing', async () => {
    const agent = await start([], 'never')
    await agent.stdout.until('call_start')
    agent.kill('SIGKILL')
    await endToEnd(await agent.ended, { killed: true })
  })
})
