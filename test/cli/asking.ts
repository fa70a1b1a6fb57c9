/** Questions to a scripted server, and tool files, for the tests of the built command. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ApiServer } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import type { Reply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import { makeRunFolder } from '../rig/run-agent.ts'

/** A server that answers so; the environment that makes the command ask it. */
export async function server(...replies: Reply[]): Promise<{ api: ApiServer; env: Record<string, string> }> {
  const api = await openApiServer({ replies: replies.length === 0 ? () => reply.text('The answer.') : replies })
  onTestFinished(() => api.close())
  return { api, env: { ANTHROPIC_BASE_URL: api.url } }
}

/** Text blocks of the first user message of a request. */
export function userTexts(body: unknown): string[] {
  return userBlocks(body).flatMap((block) => (typeof block['text'] === 'string' ? [block['text']] : []))
}

export function userBlocks(body: unknown): Record<string, unknown>[] {
  // The server has checked the request already; this only says so to the compiler.
  const { messages } = body as { messages: { content: Record<string, unknown>[] }[] }
  return messages[0]?.content ?? []
}

/** A run folder with a tool file in its working directory. */
export function withTool(source: string, name = 'tool.mjs'): { dir: string; tool: string } {
  const dir = makeRunFolder()
  const tool = join(dir, 'work', name)
  writeFileSync(tool, source)
  return { dir, tool }
}

/** A tool `NAME` with this body of `execute(input, context)`. */
export function toolSource(name: string, body: string, effect = 'read'): string {
  return `export default {
  name: '${name}',
  description: 'For tests.',
  input_schema: { type: 'object' },
  effect: '${effect}',
  async execute(input, context) { ${body} },
}
`
}
