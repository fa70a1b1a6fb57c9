import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import type { AgentHandle } from '../rig/run-agent.ts'
import { startAgent } from '../rig/run-agent.ts'
import { server, withTool } from './asking.ts'

const TOOLS = `
import { execSync } from 'node:child_process'
import { writeSync } from 'node:fs'
const sleep = ({ seconds }) => {
  writeSync(2, 'write began\\n')
  execSync('sleep ' + seconds)
  return 'written'
}
const tool = (name, effect, execute) => ({ name, description: name, input_schema: { type: 'object' }, effect, execute })
export default [
  tool('plain', 'write', sleep),
  tool('blocking', 'write', async (input) => sleep(input)),
  tool('patient', 'write', async ({ seconds }) => {
    writeSync(2, 'write began\\n')
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    return 'written'
  }),
  tool('loops', 'read', async () => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    writeSync(2, 'loop began\\n')
    while (true);
  }),
]
`

/** The command, once the model has asked for these calls and `began` was said. */
async function startTools(calls: readonly [tool: string, seconds: number][], began: string): Promise<AgentHandle> {
  const message = calls.reduce((asked, [tool, seconds]) => asked.toolUse(tool, { seconds }), reply.text('Let me see.'))
  const { env } = await server(message, reply.text('Done.'))
  const { dir } = withTool(TOOLS)
  const agent = startAgent(['ask', '--json', '--no-builtins', '-t', 'tool.mjs', 'q'], { env, dir })
  await agent.stderr.until(began)
  return agent
}

async function endOf(agent: AgentHandle) {
  const result = await agent.ended
  expect([result.code, result.signal]).toEqual([130, null])
  await endToEnd(result)
  return result.json().turns[0]?.tool_calls
}

describe('at Ctrl-C, a call that writes', () => {
  it.each(['plain', 'blocking', 'patient'])('may finish within its grace: %s', async (name) => {
    const agent = await startTools([[name, 2.5]], 'write began')
    agent.kill('SIGINT')
    expect(await endOf(agent)).toMatchObject([{ tool: name, status: 'ok', output: 'written' }])
  })

  it('is interrupted when another keeps it from finishing, which is named', async () => {
    const agent = await startTools(
      [
        ['patient', 2],
        ['loops', 0],
      ],
      'loop began',
    )
    agent.kill('SIGINT')
    expect(await endOf(agent)).toMatchObject([
      { tool: 'patient', status: 'interrupted', error: { message: expect.stringContaining('blocked by "loops"') } },
      { tool: 'loops', status: 'canceled' },
    ])
  })

  it('finishes in its thread while another blocks the loop', async () => {
    const agent = await startTools(
      [
        ['plain', 3],
        ['loops', 0],
      ],
      'loop began',
    )
    agent.kill('SIGINT')
    expect(await endOf(agent)).toMatchObject([
      { tool: 'plain', status: 'ok' },
      { tool: 'loops', status: 'canceled' },
    ])
  })

  it.each(['plain', 'blocking', 'patient'])('is interrupted by a second Ctrl-C: %s', async (name) => {
    const agent = await startTools([[name, 60]], 'write began')
    agent.kill('SIGINT')
    await agent.stderr.until('a second signal kills them')
    agent.kill('SIGINT')
    expect(await endOf(agent)).toMatchObject([{ tool: name, status: 'interrupted' }])
  })
})

describe('while the top level of a tool file loops', () => {
  async function startLoading(...args: string[]): Promise<AgentHandle> {
    const { dir } = withTool(`import { writeSync } from 'node:fs'\nwriteSync(2, 'load began\\n')\nwhile (true);\n`)
    const agent = startAgent(['ask', ...args, '-t', 'tool.mjs', 'q'], { dir })
    await agent.stderr.until('load began')
    return agent
  }

  it('Ctrl-C ends the command and its host', async () => {
    const agent = await startLoading('--json')
    agent.kill('SIGINT')
    const result = await agent.ended
    expect([result.code, result.json().status]).toEqual([130, 'interrupted'])
    await endToEnd(result)
  })

  it('the host ends with a command that is killed', async () => {
    const agent = await startLoading()
    agent.kill('SIGKILL')
    await endToEnd(await agent.ended, { killed: true })
  })
})
