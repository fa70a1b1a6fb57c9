/** Tool files of every form, through the built command. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import type { AgentResult } from '../rig/run-agent.ts'
import { makeRunFolder, runAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

/** A run folder with these files in its working directory, which stands where no node_modules is. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const dir = makeRunFolder()
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, 'work', name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return dir
}

async function offline(dir: string, args: readonly string[]): Promise<AgentResult> {
  const result = await runAgent(['ask', '--offline', '--json', '--no-builtins', ...args], { dir })
  await endToEnd(result)
  return result
}

const TYPESCRIPT = `import { defineTool } from 'agent-ask'
import * as z from 'zod'
import { Unit } from './_units'

export default defineTool({
  name: 'measure',
  description: 'Measures.',
  effect: 'read',
  input: z.object({ place: z.string(), unit: z.enum(Unit).default(Unit.Metre) }),
  execute: async ({ place, unit }) => \`\${place} in \${unit}\`,
})
`
const DESCRIPTIONS = `[{ "name": "get_weather", "description": "Weather.", "inputs": { "location": "string" } },
 { "name": "count", "description": "Counts.", "inputs": { "text": "string" } }]`

describe('tool files', () => {
  it('run together in one turn: TypeScript, plain modules, described functions', async () => {
    const dir = folderWith({
      'tools/measure.ts': TYPESCRIPT,
      'tools/_units.ts': `export enum Unit { Metre = 'm', Foot = 'ft' }`,
      'tools/shout.mjs': `export const shout = { name: 'shout', description: 'Shouts.', input_schema: { type: 'object' }, execute: ({ text }) => text.toUpperCase() }`,
      'lesson/tool_descriptions.json': DESCRIPTIONS,
      'lesson/tool_funcs.ts': `export async function get_weather({ location }: { location: string }) { return { location, sunny: true } }
export function count({ text }: { text: string }): number { return text.length }`,
    })
    const { api, env } = await server(
      reply
        .toolUse('measure', { place: 'Rome' })
        .toolUse('shout', { text: 'hi' })
        .toolUse('get_weather', { location: 'Rome' })
        .toolUse('count', { text: 'four' }),
      reply.text('Done.'),
    )
    const result = await runAgent(['ask', '--json', '-t', 'tools', '-t', 'lesson', 'q'], { dir, env })
    await endToEnd(result)
    expect([result.stderr, result.code]).toEqual(['', 0])
    const { turns, totals } = result.json()
    expect(turns[0]?.tool_calls.map(({ tool, source, status, output }) => [tool, source, status, output])).toEqual([
      ['measure', 'module', 'ok', 'Rome in m'],
      ['shout', 'module', 'ok', 'HI'],
      ['get_weather', 'module', 'ok', { location: 'Rome', sunny: true }],
      ['count', 'module', 'ok', 4],
    ])
    expect(totals.tool_errors).toBe(0)
    expect(api.violations).toEqual([])
  })

  it('gives the one that tells of progress its time anew, and shows what it says with -v', async () => {
    const step = `progress("step " + n); await new Promise((next) => setTimeout(next, 200))`
    const dir = folderWith({
      'tool.mjs': `export default { name: 'steps', description: 'd', input_schema: { type: 'object' },
        execute: async (_, { progress }) => { for (let n = 1; n < 12; n += 1) { ${step} } return 'done' } }`,
    })
    const result = await offline(dir, ['-v', '--tool-timeout', '1500ms', '-t', 'tool.mjs', 'steps({})'])
    expect(result.code).toBe(0)
    expect(result.json().turns[0]?.tool_calls).toMatchObject([{ tool: 'steps', status: 'ok', output: 'done' }])
    expect(result.stderr).toMatch(/steps: step 1\n/)
  })

  it.each([
    [
      'a throw',
      { 'tool.ts': 'type A = 1\n\nthrow new Error("boom")\n' },
      /^agent: ".*\/tool\.ts:3" does not load: boom\n$/,
    ],
    ['syntax', { 'tool.ts': 'const a: = 1\n' }, /^agent: ".*\/tool\.ts:1" does not load: Unexpected token\n$/],
    [
      'process.exit',
      { 'tool.ts': 'type A = 1\nprocess.exit(0)\n' },
      /^agent: ".*\/tool\.ts:2" does not load: called process\.exit\(0\)\n$/,
    ],
    [
      'no tool',
      { 'tool.ts': 'export type A = 1\n' },
      /^agent: ".*\/tool\.ts" does not load: exports no tool\nhint: .*\n$/,
    ],
    [
      'a missing package',
      { 'tool.ts': 'import "no-such"\n' },
      /^agent: ".*\/tool\.ts:1" does not load: cannot find package "no-such"\nhint: .*npm install.*\n$/,
    ],
    [
      'a crash of the host',
      {
        'tool.ts': `import { spawnSync } from 'node:child_process'\nspawnSync('kill', ['-SEGV', String(process.pid)])\nawait new Promise(() => setTimeout(() => {}, 60000))`,
      },
      /^agent: the tool host ended while it loaded tools: SIGSEGV\nhint: .*\n$/,
    ],
  ])('C3 a TypeScript file that does not load is exit 3 with its line: %s', async (_, files, stderr) => {
    const result = await offline(folderWith(files), ['-q', '-t', 'tool.ts', 'q'])
    expect(result.code).toBe(3)
    expect(result.stderr).toMatch(stderr)
  })

  it('C3 a mistake in descriptions is exit 3 with its line', async () => {
    const dir = folderWith({
      'tool_descriptions.json': `[\n{ "name": "f", "description": "d", "inputs": { "a": "text" } }\n]`,
      'tool_funcs.js': 'exports.f = () => 1',
    })
    const result = await offline(dir, ['-q', '-t', '.', 'q'])
    expect(result.code).toBe(3)
    expect(result.stderr).toMatch(
      /^agent: ".*\/tool_descriptions\.json:2" does not load: tool 1 \("f"\): inputs\.a: "text" is no type word\nhint: type words are .*\n$/,
    )
  })
})
