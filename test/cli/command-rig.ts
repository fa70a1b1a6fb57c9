/** Asks the built command for calls of commands, which a scripted server wants in one message. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import { reply } from '../rig/reply.ts'
import type { AgentHandle, AgentOptions } from '../rig/run-agent.ts'
import { makeRunFolder, startAgent } from '../rig/run-agent.ts'
import { server } from './asking.ts'

export type Manifest = JsonObject & { name: string; command: JsonValue }

/** A folder whose working directory holds the manifests, in `tools.tool.json`. */
export function withManifests(...manifests: Manifest[]): string {
  const dir = makeRunFolder()
  const whole = manifests.map((manifest) => ({ description: 'For tests.', input_schema: {}, ...manifest }))
  writeFileSync(join(dir, 'work', 'tools.tool.json'), JSON.stringify(whole))
  return dir
}

export const shell = (name: string, script: string, more: JsonObject = {}): Manifest => ({
  name,
  command: ['sh', '-c', script, '{dir}'],
  ...more,
})

/** The command, about to be asked for these calls. */
export async function startCalls(
  dir: string,
  calls: readonly (readonly [tool: string, input?: JsonObject])[],
  args: readonly string[] = [],
  options: AgentOptions = {},
) {
  const message = calls.reduce((asked, [tool, input = {}]) => asked.toolUse(tool, input), reply.text('Let me see.'))
  const { api, env } = await server(message, reply.text('All said.'))
  const format = args.includes('--jsonl') ? [] : ['--json']
  const agent: AgentHandle = startAgent(
    ['ask', ...format, '--no-builtins', '-t', 'tools.tool.json', ...args, 'the question'],
    { ...options, dir, env: { ...env, ...options.env } },
  )
  return { agent, api }
}
