/** The command's core paths on every Node that it promises to run on, besides the one that runs all tests. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { otherNodes } from '../rig/other-nodes.ts'
import { reply } from '../rig/reply.ts'
import { isRun } from '../rig/requirement.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { runAgent, startAgent } from '../rig/run-agent.ts'
import { server, toolSource, withTool } from './asking.ts'

const WEATHER = 'What is the weather in San Francisco, New York and Tokyo?'
const PLAIN = `export const plain = {
  name: 'plain', description: 'For tests.', effect: 'read', input_schema: { type: 'object' },
  execute: ({ text }) => text + ' from ' + process.versions.node.split('.')[0],
}
`
const LATER = `export const later = {
  name: 'later', description: 'For tests.', effect: 'read', input_schema: { type: 'object' },
  execute: async ({ text }) => { await new Promise((resolve) => setTimeout(resolve, 20)); return text },
}
`
const BLOCKING = `export const blocking = {
  name: 'blocking', description: 'For tests.', effect: 'read', input_schema: { type: 'object' },
  execute: async () => { for (;;); },
}
`
const WAITING = toolSource(
  'wait',
  `process.stderr.write('tool began\\n'); await new Promise(() => setInterval(() => {}, 1000))`,
)

describe.each(otherNodes())('Node $major', ({ major, path }) => {
  const test = it.skipIf(!isRun(`node-${major}`, path !== null))
  const need = path === null ? ' (needs that Node, which is absent)' : ''

  function onIt(options: AgentOptions = {}): AgentOptions {
    if (path === null) throw new Error(`Node ${major} is insisted on and absent`)
    return { ...options, node: path }
  }

  async function run(args: readonly string[], options?: AgentOptions): Promise<AgentResult> {
    const result = await runAgent(args, onIt(options))
    await endToEnd(result)
    return result
  }

  test(`says the version${need}`, async () => {
    const manifest = readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8')
    const { version }: { version: string } = JSON.parse(manifest)
    const result = await run(['--version'])
    expect([result.stdout, result.stderr, result.code]).toEqual([`${version}\n`, '', 0])
  })

  test(`runs three calls at once without key and network${need}`, async () => {
    const result = await run(['ask', '--offline', '--quiet', '--json', WEATHER], {
      env: { ANTHROPIC_API_KEY: undefined },
    })
    expect([result.stderr, result.code]).toEqual(['', 0])
    const { turns, totals, answer } = result.json()
    expect(turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok'])
    expect(totals).toMatchObject({ tool_calls: 3, concurrency_peak: 3 })
    for (const place of ['San Francisco', 'New York', 'Tokyo']) expect(answer).toContain(place)
  })

  test(`streams prose${need}`, async () => {
    const { api, env } = await server(reply.text('Grüße 👋').split(1))
    const result = await run(['ask', 'q'], { env })
    expect([result.stdout, result.stderr, result.code]).toEqual(['Grüße 👋\n', '', 0])
    expect(api.violations).toEqual([])
  })

  test(`runs async and plain tools of a file${need}`, async () => {
    const calls = reply.toolUse('plain', { text: 'one' }).toolUse('later', { text: 'two' })
    const { api, env } = await server(calls, reply.text('Both said.'))
    const { dir } = withTool(PLAIN + LATER)
    const result = await run(['ask', '--json', '-t', 'tool.mjs', 'q'], { env, dir })
    expect([result.stderr, result.code]).toEqual(['', 0])
    expect(result.json()).toMatchObject({
      answer: 'Both said.',
      turns: [{ tool_calls: [{ output: `one from ${major}` }, { output: 'two' }] }, {}],
    })
    expect(api.violations).toEqual([])
  })

  test(`lends zod and agent-ask to TypeScript and plain modules, on the loop and in threads${need}`, async () => {
    const imports = `import { defineTool } from 'agent-ask'\nimport * as z from 'zod/v4'\n`
    const tool = (name: string, execute: string) =>
      `export const ${name} = defineTool({ name: '${name}', description: 'd', input: z.object({ n: z.number() }), execute: ${execute} })\n`
    const both = (name: string) =>
      imports + tool(name, 'async ({ n }) => n + 1') + tool(`plain_${name}`, '({ n }) => n + 2')
    const { dir } = withTool(both('module'), 'tool.mjs')
    writeFileSync(join(dir, 'work', 'tool.ts'), `const one: number = 1\n${both('typed')}`)
    const required = `const z = require('zod')\nconst { defineTool } = require('agent-ask')\nexports.`
    writeFileSync(
      join(dir, 'work', 'tool.js'),
      required + tool('common', 'async ({ n }) => n + 1').replace('export const ', ''),
    )
    const names = ['module', 'plain_module', 'typed', 'plain_typed', 'common']
    const { api, env } = await server(
      names.reduce((message, name) => message.toolUse(name, { n: 1 }), reply.text('Let me see.')),
      reply.text('Done.'),
    )
    const files = ['tool.mjs', 'tool.ts', 'tool.js'].flatMap((name) => ['-t', name])
    const result = await run(['ask', '--json', ...files, 'q'], { env, dir })
    expect([result.stderr, result.code]).toEqual(['', 0])
    expect(result.json().turns[0]?.tool_calls.map(({ output }) => output)).toEqual([2, 3, 2, 3, 2])
    expect(api.violations).toEqual([])
  })

  test(`names the line of a TypeScript helper that throws: exit 3${need}`, async () => {
    const { dir } = withTool('type A = 1\nimport "./helper"\n', 'tool.ts')
    writeFileSync(join(dir, 'work', 'helper.ts'), 'type A = 1\n\nthrow new Error("boom")\n')
    const result = await run(['ask', '--offline', '-q', '-t', 'tool.ts', 'q'], { dir })
    expect([result.code, result.stderr]).toEqual([
      3,
      expect.stringMatching(/tool\.ts" does not load: boom \(.*\/helper\.ts:3\)\n$/),
    ])
  })

  test(`T4 ends a tool that blocks, and it alone${need}`, async () => {
    const calls = reply.toolUse('blocking', {}).toolUse('later', { text: 'two' })
    const { api, env } = await server(calls, reply.text('Done.'))
    const { dir } = withTool(BLOCKING + LATER)
    const result = await run(['ask', '--json', '--tool-timeout', '1s', '-t', 'tool.mjs', 'q'], { env, dir })
    expect(result.code).toBe(0)
    expect(result.json()).toMatchObject({
      answer: 'Done.',
      turns: [{ tool_calls: [{ status: 'timed_out' }, { status: 'ok', output: 'two' }] }, {}],
    })
    expect(api.violations).toEqual([])
  })

  test(`C4 ends at SIGINT with 130 while a tool does not${need}`, async () => {
    const { env } = await server(reply.toolUse('wait', {}), reply.text('Done.'))
    const { dir } = withTool(WAITING)
    const agent = startAgent(['ask', '--json', '-t', 'tool.mjs', 'q'], onIt({ env, dir }))
    await agent.stderr.until('tool began')
    agent.kill('SIGINT')
    const result = await agent.ended
    expect([result.code, result.signal]).toEqual([130, null])
    expect(result.json()).toMatchObject({ status: 'interrupted', exit_code: 130 })
    await endToEnd(result)
  })

  test(`refuses an unknown flag with 2${need}`, async () => {
    const result = await run(['ask', '--bogus', 'q'])
    expect([result.stdout, result.code]).toEqual(['', 2])
    expect(result.stderr).toMatch(/^agent: unknown option "--bogus"\nhint: .*\n$/)
  })

  test(`names the line of a tool file with a syntax error: exit 3${need}`, async () => {
    const { dir } = withTool('const fine = 1\nconst = 2\n')
    const result = await run(['ask', '--offline', '-t', 'tool.mjs', 'q'], { dir })
    expect(result.code).toBe(3)
    expect(result.stderr).toMatch(/tool\.mjs:2/)
  })
})
