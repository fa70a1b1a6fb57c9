/**
 * The built command between a scripted model and tools that the test holds by strings: a call of
 * `held` goes on until a file with its name is there, so that no test depends on how fast a machine is.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import type { ApiServer } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { Reply } from '../rig/reply.ts'
import type { AgentHandle, AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, startAgent } from '../rig/run-agent.ts'

/** `quick` ends at once, `held` when it is let go, `fails` at once or when it is let go. */
const TOOLS = `import { existsSync } from 'node:fs'
const letGo = async (name, signal) => {
  while (!existsSync(process.env.TMPDIR + '/go-' + name) && !signal.aborted)
    await new Promise((resolve) => setTimeout(resolve, 10))
}
const tool = (name, effect, execute) => ({
  name, effect, description: name, execute, policy: { retry: false },
  input_schema: { type: 'object', properties: { name: { type: 'string' } } },
})
export default [
  tool('quick', 'read', async ({ name }) => 'quick ' + name),
  tool('held', 'read', async ({ name }, { signal }) => (await letGo(name, signal), 'held ' + name)),
  tool('held_write', 'write', async ({ name }, { signal }) => (await letGo(name, signal), 'wrote ' + name)),
  tool('fails', 'read', async ({ name }, { signal }) => {
    if (name !== undefined) await letGo(name, signal)
    throw new Error('it is broken')
  }),
]
`

export interface Held {
  readonly agent: AgentHandle
  readonly api: ApiServer
  /** Lets the calls with this name end. */
  letGo(name: string): void
  /** The end of the command, audited, the whole conversation one that the API accepts. */
  ended(): Promise<AgentResult>
  /** The blocks of the last message of a request. */
  lastBlocks(request: number): Promise<JsonObject[]>
}

export async function startHeld(replies: readonly Reply[], args: readonly string[]): Promise<Held> {
  const api = await openApiServer({ key: CANARY_KEY, replies })
  const dir = makeRunFolder()
  const tools = join(dir, 'tools.mjs')
  writeFileSync(tools, TOOLS)
  const agent = startAgent(['ask', '--base-url', api.url, '--no-builtins', '-t', tools, ...args, 'the question'], {
    dir,
  })
  return {
    agent,
    api,
    letGo: (name) => writeFileSync(join(dir, 'tmp', `go-${name}`), ''),
    async ended() {
      const result = await agent.ended
      await api.close()
      await endToEnd(result)
      expect(api.violations).toEqual([])
      return result
    },
    async lastBlocks(request) {
      const { rawBody } = await api.request(request)
      // The server has checked the request already; this only says so to the compiler.
      const { messages } = JSON.parse(String(rawBody)) as { messages: { content: JsonObject[] }[] }
      return messages.at(-1)?.content ?? []
    },
  }
}
