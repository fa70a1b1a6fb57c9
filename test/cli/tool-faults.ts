/**
 * Asks the built command for calls of the evil tools in tools/, by the offline model and by a
 * scripted server, and checks what must hold whatever the tools do: one outcome per call, results in
 * the model's order, a conversation that the API accepts, and the auditor's list.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { EXIT } from '../../src/contract/error.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { ToolCallRecord, Transcript } from '../../src/contract/transcript.ts'
import { openApiServer } from '../rig/api-server.ts'
import type { AuditOptions } from '../rig/auditor.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { MessageReply } from '../rig/reply.ts'
import { reply } from '../rig/reply.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'

export { FULL, inParallel, sample } from './faulty-model.ts'

/** Of whom the calls come. */
export type Asker = 'offline' | 'server'
export const ASKERS: readonly Asker[] = ['offline', 'server']

export type WantedCall = readonly [tool: string, input?: JsonObject]

export type Asking = {
  /** File names in tools/, without `.mjs`; good.mjs is always there. */
  files: readonly string[]
  by: Asker
  args?: readonly string[]
  config?: JsonObject
  exitCode?: number
  audit?: AuditOptions
  agent?: AgentOptions
}

export type Called = {
  result: AgentResult
  transcript: Transcript
  /** In the model's order. */
  calls: ToolCallRecord[]
  /** What the model was told of them, in the order of the request. */
  told: string[]
  /** The body of the request that held the results; for offline, the conversation of the transcript. */
  sent: string
}

type ToolResult = { type: string; tool_use_id: string; content: string; is_error?: boolean }

export async function callTools(wanted: readonly WantedCall[], asking: Asking): Promise<Called> {
  const { by, args = [], config = {}, exitCode = 0, audit } = asking
  const dir = makeRunFolder()
  const settings = join(dir, 'settings.json')
  writeFileSync(settings, JSON.stringify(config))
  const files = [...asking.files, 'good'].flatMap((name) => ['-t', join(import.meta.dirname, 'tools', `${name}.mjs`)])
  const fixed = ['ask', '--json', '--no-builtins', '--config', settings, ...files, ...args]
  await using api = await openApiServer({ key: CANARY_KEY, replies: [asked(wanted), reply.text('All said.')] })
  const result =
    by === 'server'
      ? await runAgent([...fixed, '--base-url', api.url, 'the question'], { dir, ...asking.agent })
      : await runAgent([...fixed, '--offline', wanted.map(explicit).join(' ')], { dir, ...asking.agent })
  await endToEnd(result, audit)
  const transcript = result.json()
  expect([result.code, transcript.exit_code], result.stderr.slice(-2000)).toEqual([exitCode, exitCode])
  const calls = transcript.turns[0]?.tool_calls ?? []
  // Node wrote the request, and the server has read it.
  const sent = by === 'server' && exitCode !== EXIT.timeout ? String(api.requests[1]?.rawBody) : result.stdout
  expect(api.violations).toEqual([])
  const results = resultsOf(sent)
  expect(calls.map(({ tool, input }) => [tool, input])).toEqual(wanted.map(([tool, input = {}]) => [tool, input]))
  for (const { status, tool, error } of calls) {
    expect(status, `outcome of ${tool}`).not.toBeNull()
    expect(error === null, `error of ${tool}`).toBe(status === 'ok')
  }
  const answered = exitCode === EXIT.timeout ? [] : calls
  expect(results.map(({ tool_use_id }) => tool_use_id)).toEqual(answered.map(({ id }) => id))
  expect(results.map(({ is_error }) => is_error === true)).toEqual(answered.map(({ status }) => status !== 'ok'))
  return { result, transcript, calls, told: results.map(({ content }) => content), sent }
}

function asked(wanted: readonly WantedCall[]): MessageReply {
  return wanted.reduce((message, [tool, input = {}]) => message.toolUse(tool, input), reply.text('Let me see.'))
}

function explicit([tool, input = {}]: WantedCall): string {
  return `${tool}(${JSON.stringify(input)})`
}

function resultsOf(sent: string): ToolResult[] {
  // The server has checked the shape; the transcript has the same.
  const { messages } = JSON.parse(sent) as { messages: { role: string; content: ToolResult[] }[] }
  return messages.flatMap(({ role, content }) =>
    role === 'user' ? content.filter(({ type }) => type === 'tool_result') : [],
  )
}

export function outcomes(calls: readonly ToolCallRecord[]): unknown[] {
  return calls.map(({ tool, status, output, error }) => [tool, status, status === 'ok' ? output : error?.message])
}

export const statuses = (calls: readonly ToolCallRecord[]) => calls.map(({ tool, status }) => [tool, status])
