import { spawn } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { openCapture } from '../rig/capture.ts'
import { NODE } from '../rig/node.ts'
import { openGate, reply } from '../rig/reply.ts'
import type { AgentHandle } from '../rig/run-agent.ts'
import { AGENT, makeRunFolder, startAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

/** Says that it has begun, and ends by its signal only. */
const OBEDIENT = toolSource(
  'wait',
  `process.stderr.write('tool began\\n')
   await new Promise((resolve, reject) => {
     const alive = setInterval(() => {}, 1000)
     context.signal.addEventListener('abort', () => { clearInterval(alive); reject(new Error('told to stop')) })
   })`,
)
const STUBBORN = toolSource(
  'wait',
  `process.stderr.write('tool began\\n'); await new Promise(() => setInterval(() => {}, 1000))`,
)
const STUBBORN_WRITE = STUBBORN.replace("effect: 'read'", "effect: 'write'")

/** Each phase of a run, from a start to where the command is in it. */
const PHASES: [name: string, start: () => Promise<AgentHandle>][] = [
  [
    'while it waits for the first byte',
    async () => {
      const { api, env } = await server(reply.silence())
      const agent = startAgent(['ask', '--json', 'q'], { env })
      await api.request(0)
      return agent
    },
  ],
  [
    'while an answer streams',
    async () => {
      const { env } = await server(reply.text('Half of an ans').stall())
      const agent = startAgent(['ask', '--jsonl', 'q'], { env })
      await agent.stdout.until('Half of')
      return agent
    },
  ],
  [
    'while it waits to ask again',
    async () => {
      const { env } = await server(reply.status(529, { headers: { 'retry-after': '50' } }))
      const agent = startAgent(['ask', '--jsonl', 'q'], { env })
      await agent.stdout.until('turn_retry')
      return agent
    },
  ],
  ['while a tool runs that obeys', () => startTool(OBEDIENT)],
  ['while a tool runs that does not', () => startTool(STUBBORN)],
  [
    'while a tool file is loaded that never ends',
    async () => {
      const { dir } = withTool(
        `process.stderr.write('tool began\\n')\nsetInterval(() => {}, 1000)\nawait new Promise(() => {})\n`,
      )
      const agent = startAgent(['ask', '--json', '-t', 'tool.mjs', 'q'], { dir })
      await agent.stderr.until('tool began')
      return agent
    },
  ],
]

async function startTool(source: string): Promise<AgentHandle> {
  const { env } = await server(reply.toolUse('wait', {}), reply.text('Done.'))
  const { dir } = withTool(source)
  const agent = startAgent(['ask', '--json', '-t', 'tool.mjs', 'q'], { env, dir })
  await agent.stderr.until('tool began')
  return agent
}

describe.each(SIGNALS)('C4 %s', (signal, code) => {
  it.each(PHASES)('once, %s', async (_name, start) => {
    const agent = await start()
    agent.kill(signal)
    const result = await agent.ended
    expect([result.code, result.signal]).toEqual([code, null])
    expect(result.stderr).toContain(`agent: interrupted by ${signal}`)
    const end = result.args.includes('--json') ? result.json() : result.jsonLines().at(-1)
    expect(end).toMatchObject({ status: 'interrupted', exit_code: code, error: { code: 'interrupted' } })
    await endToEnd(result)
  })

  it('twice: a write call has no more time to end', async () => {
    const agent = await startTool(STUBBORN_WRITE)
    agent.kill(signal)
    await agent.stderr.until('a second signal kills them')
    agent.kill(signal)
    const result = await agent.ended
    expect([result.code, result.signal]).toEqual([code, null])
    await endToEnd(result)
  })
})

describe('C4 signals', () => {
  it('leave the calls in the transcript, each with an outcome', async () => {
    const agent = await startTool(OBEDIENT)
    agent.kill('SIGINT')
    const { turns } = (await agent.ended).json()
    expect(turns[0]?.tool_calls).toMatchObject([{ tool: 'wait', status: 'canceled' }])
  })

  it('end a prose run without a word on stdout', async () => {
    const { api, env } = await server(reply.silence())
    const agent = startAgent(['ask', 'q'], { env })
    await api.request(0)
    agent.kill('SIGINT')
    const result = await agent.ended
    expect([result.stdout, result.code]).toEqual(['', 130])
    expect(result.stderr).toMatch(/^agent: interrupted by SIGINT\nhint: agent resume \S+\n$/)
  })

  it('twice end the command while nobody reads its output, with the code of the one that came first', async () => {
    const { api, env } = await server(reply.text('x'.repeat(4 * 1024 * 1024)))
    const agent = startAgent(['ask', 'q'], { env, stdout: 'hold' })
    const request = await api.request(0)
    await request.ended
    // Sent at once, they may arrive in either order: each may be delivered to another thread.
    agent.kill('SIGINT')
    agent.kill('SIGTERM')
    const result = await agent.ended
    expect(result.signal).toBeNull()
    expect([130, 143]).toContain(result.code)
    await endToEnd(result)
  })

  it.runIf(process.platform === 'linux').each([
    ['its parent ignores it', `trap '' HUP; "$@" & echo $! >&2; wait $!`],
    ['nohup started it', 'nohup "$@" & echo $! >&2; wait $!'],
  ])('SIGHUP is nothing to us where %s', async (_name, script) => {
    const gate = openGate()
    const { api, env } = await server(reply.gate(gate.opened).text('Still here.'))
    const command = [NODE, AGENT, 'ask', 'q']
    const shell = spawn('/bin/bash', ['-c', script, 'bash', ...command], {
      env: { PATH: process.env.PATH, HOME: makeRunFolder(), ANTHROPIC_API_KEY: 'sk-ant-test-key', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const stdout = openCapture(shell.stdout)
    const stderr = openCapture(shell.stderr)
    stdout.read()
    stderr.read()
    const pid = Number((await stderr.until(/\d+\n/)).trim())
    await api.request(0)
    process.kill(pid, 'SIGHUP')
    gate.open()
    expect(await stdout.until('Still here.')).toBe('Still here.')
  })
})
