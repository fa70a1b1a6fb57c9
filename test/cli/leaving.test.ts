import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { runAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

/** What tools leave behind when they have answered. */
const LEFT_BEHIND: [what: string, body: string][] = [
  ['a timer', 'setInterval(() => {}, 1000)'],
  ['a loop that never ends', 'setTimeout(() => { while (true); }, 5)'],
  ['a listening socket', `const { createServer } = await import('node:net'); createServer().listen(0, '127.0.0.1')`],
  ['a promise', 'void new Promise(() => setInterval(() => {}, 1000))'],
  [
    'a child process',
    `const { spawn } = await import('node:child_process'); spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])`,
  ],
  ['deaf ears', `process.on('SIGTERM', () => {}); process.on('disconnect', () => {}); setInterval(() => {}, 1000)`],
]

describe('C9 after the answer', () => {
  it.each(LEFT_BEHIND)('the process leaves although a tool left %s', async (_what, body) => {
    const { env } = await server(reply.toolUse('leave', {}), reply.text('Done.'))
    const { dir } = withTool(toolSource('leave', `${body}; return 'ok'`))
    const result = await runAgent(['ask', '--json', '-t', 'tool.mjs', 'q'], { env, dir, giveUpAfterMs: 5_000 })
    expect([result.json().answer, result.code]).toEqual(['Done.', 0])
    await endToEnd(result)
  })
})
