/** What a tool file has set up is put away at the end of the command, on every path, in its time. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import type { Reply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import type { AgentHandle, AgentResult } from '../rig/run-agent.ts'
import { makeRunFolder, runAgent, startAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'
import { FAULTY, server as mcpServer } from './mcp-servers.ts'

const PUTS_AWAY = `export async function setup() {
  console.log('set up, seeing', Object.keys(process.env).filter((name) => name.startsWith('ANTHROPIC') && name !== 'ANTHROPIC_BASE_URL').length)
}
export async function dispose() {
  await new Promise((resolve) => setTimeout(resolve, 50))
  console.log('put away')
}
`
const HANGS = `export const dispose = () => new Promise(() => setInterval(() => {}, 1000))\n`
const LOOPS = `export const dispose = () => { process.stderr.write('putting away\\n'); while (true); }\n`
const QUICK = toolSource('use', `return 'used'`)
const WAITS = toolSource(
  'use',
  `process.stderr.write('tool began\\n')
   await new Promise((resolve, reject) => {
     const alive = setInterval(() => {}, 1000)
     context.signal.addEventListener('abort', () => { clearInterval(alive); reject(context.signal.reason) })
   })`,
)
const DEAF = toolSource(
  'use',
  `process.stderr.write('tool began\\n'); await new Promise(() => setInterval(() => {}, 1000))`,
)

type Asking = { args?: readonly string[]; last?: Reply }

async function ask(source: string, { args = [], last = reply.text('Done.') }: Asking = {}): Promise<AgentHandle> {
  const { env } = await server(reply.toolUse('use', {}), last)
  const { dir } = withTool(source)
  return startAgent(['ask', '--json', '-t', 'tool.mjs', ...args, 'q'], { env, dir, giveUpAfterMs: 15_000 })
}

async function ends(agent: AgentHandle, code: number): Promise<AgentResult> {
  const result = await agent.ended
  expect([result.code, result.signal], result.stderr).toEqual([code, null])
  await endToEnd(result)
  return result
}

const times = (text: string, part: string) => text.split(part).length - 1

async function putsAway(agent: AgentHandle, code: number): Promise<void> {
  const { stderr } = await ends(agent, code)
  expect([times(stderr, 'set up, seeing 0'), times(stderr, 'put away')], stderr).toEqual([1, 1])
}

describe('what was set up is put away', () => {
  it('after the answer', async () => {
    await putsAway(await ask(QUICK + PUTS_AWAY), 0)
  })

  it('after a failing run', async () => {
    const refused = reply.status(400, { message: 'no' })
    await putsAway(await ask(QUICK + PUTS_AWAY, { last: refused }), 5)
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('C4 after %s, while a tool runs', async (signal, code) => {
    for (const tool of [WAITS, DEAF]) {
      const agent = await ask(tool + PUTS_AWAY)
      await agent.stderr.until('tool began')
      agent.kill(signal)
      await putsAway(agent, code)
    }
  })

  it('after --timeout', async () => {
    await putsAway(await ask(DEAF + PUTS_AWAY, { args: ['--timeout', '2s'] }), 124)
  })

  it('after agent tools call', async () => {
    const { dir } = withTool(QUICK + PUTS_AWAY)
    const result = await runAgent(['tools', 'call', '-t', 'tool.mjs', 'use', '{}'], { dir })
    expect([result.stdout, result.code]).toEqual(['used\n', 0])
    expect([times(result.stderr, 'set up'), times(result.stderr, 'put away')]).toEqual([1, 1])
    await endToEnd(result)
  })

  it('and nothing is set up by agent tools list', async () => {
    const { dir } = withTool(QUICK + PUTS_AWAY)
    const result = await runAgent(['tools', 'list', '-t', 'tool.mjs'], { dir })
    expect([result.stderr, result.code]).toEqual(['', 0])
  })
})

describe('C9 what does not let itself be put away', () => {
  it.each([
    ['hangs', HANGS],
    ['blocks its host', LOOPS],
  ])('is named, and changes no exit code: %s', async (_what, dispose) => {
    const { stderr } = await ends(await ask(QUICK + dispose), 0)
    expect(stderr).toMatch(/"[^"]*tool\.mjs": dispose did not end within 0\.5 s/)
  })

  it('C4 is skipped by a second signal', async () => {
    const agent = await ask(WAITS + LOOPS)
    await agent.stderr.until('tool began')
    agent.kill('SIGINT')
    await agent.stderr.until('putting away')
    // Another one: the same signal so soon after would pass for its echo.
    agent.kill('SIGTERM')
    const { stderr } = await ends(agent, 130)
    expect(stderr).not.toContain('did not end')
  })
})

it('ends servers before the host, which was opened first', async () => {
  const dir = makeRunFolder()
  const log = join(dir, 'tmp', 'log')
  const dispose = `import { appendFileSync } from 'node:fs'
    export const dispose = () => appendFileSync(${JSON.stringify(log)}, '"the host disposes"\\n')\n`
  const agent = await ask(dispose + QUICK, { args: mcpServer(FAULTY, `log=${log}`) })
  await ends(agent, 0)
  const said = readFileSync(log, 'utf8').trim().split('\n')
  expect(said.slice(-2)).toEqual(['"its input has ended"', '"the host disposes"'])
})
