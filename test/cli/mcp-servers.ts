/** Questions that are answered with calls of MCP servers' tools, for the tests of the built command. */
import { expect } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import type { ToolCallRecord, Transcript } from '../../src/contract/transcript.ts'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { MessageReply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { runAgent } from '../rig/run-agent.ts'
import { node } from '../sources/mcp-rig.ts'

export { EVERYTHING, FAULTY, FILESYSTEM, MEMORY } from '../sources/mcp-rig.ts'

export const server = (...words: string[]) => ['--mcp', node(...words)]

export type WantedCall = readonly [tool: string, input?: JsonObject]

export function asked(wanted: readonly WantedCall[]): MessageReply {
  return wanted.reduce((message, [tool, input = {}]) => message.toolUse(tool, input), reply.text('Let me see.'))
}

/** One turn of calls, and the answer. */
export async function callServers(
  args: readonly string[],
  wanted: readonly WantedCall[],
  options: AgentOptions = {},
): Promise<{ result: AgentResult; transcript: Transcript; calls: ToolCallRecord[]; sent: string }> {
  await using api = await openApiServer({ replies: [asked(wanted), reply.text('All said.')] })
  const fixed = ['ask', '--json', '--no-builtins', '--base-url', api.url]
  const result = await runAgent([...fixed, ...args, 'the question'], options)
  await endToEnd(result)
  expect(api.violations).toEqual([])
  expect(result.code, result.stderr.slice(-2000)).toBe(0)
  const transcript = result.json()
  return { result, transcript, calls: transcript.turns[0]?.tool_calls ?? [], sent: String(api.requests[1]?.rawBody) }
}

export const statuses = (calls: readonly ToolCallRecord[]) =>
  calls.map(({ status, output, error }) => [status, status === 'ok' ? output : error?.message])
