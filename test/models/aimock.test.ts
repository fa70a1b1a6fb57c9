/**
 * The built command against a stand-in for the API that nobody here wrote: what our own scripted
 * server takes for granted about the wire has a second witness.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LLMock } from '@copilotkit/aimock'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import type { AgentOptions, AgentResult } from '../rig/run-agent.ts'
import { CANARY_KEY, makeRunFolder, runAgent } from '../rig/run-agent.ts'

const TOOLS = `export const get_height = {
  name: 'get_height',
  description: 'Height of a mountain in metres.',
  effect: 'read',
  input_schema: { type: 'object', properties: { mountain: { type: 'string' } }, required: ['mountain'] },
  async execute({ mountain }) {
    const metres = new Map([['Fuji', 3776], ['Rigi', 1798]]).get(mountain)
    if (metres === undefined) throw new Error('no such mountain: ' + mountain)
    return { mountain, metres }
  },
}
`
const CALLS = [
  { id: 'toolu_fuji', name: 'get_height', arguments: { mountain: 'Fuji' } },
  { id: 'toolu_rigi', name: 'get_height', arguments: { mountain: 'Rigi' } },
]

let mock: LLMock

/** Strict: a request that no fixture expects is answered with an error, not with a default. */
async function openMock(apiKeys: readonly string[] | null): Promise<LLMock> {
  const options = { port: 0, strict: true, chunkSize: 5, latency: 1, logLevel: 'silent' as const }
  const opened = new LLMock({ ...options, ...(apiKeys && { auth: { apiKeys } }) })
  await opened.start()
  return opened
}

beforeEach(async () => {
  mock = await openMock(null)
})
afterEach(() => mock.stop())

async function ask(args: readonly string[], options: AgentOptions = {}): Promise<AgentResult> {
  const dir = makeRunFolder()
  const tools = join(dir, 'tools.mjs')
  writeFileSync(tools, TOOLS)
  const result = await runAgent(['ask', '--base-url', mock.url, '-t', tools, '--no-builtins', ...args], {
    dir,
    ...options,
  })
  await endToEnd(result)
  return result
}

/** The second fixture is reached only by a request whose last result holds what the tool returned. */
function expectHeights(): void {
  mock.on({ userMessage: 'how high', hasToolResult: false }, { content: 'Let me look.', toolCalls: CALLS })
  mock.on({ toolCallId: 'toolu_rigi', toolResultContains: '1798' }, { content: 'Fuji is 3,776 m high, Rigi 1,798 m.' })
}

describe('a tool round trip', () => {
  it('ends in the answer and nothing else on stdout', async () => {
    expectHeights()
    const { stdout, code } = await ask(['how high are Fuji and Rigi?'])
    expect([code, stdout]).toEqual([0, 'Fuji is 3,776 m high, Rigi 1,798 m.\n'])
    expect(mock.getRequests().map(({ response }) => response.status)).toEqual([200, 200])
  })

  it('is told in the transcript, call by call', async () => {
    expectHeights()
    const result = await ask(['--json', 'how high are Fuji and Rigi?'])
    const transcript = result.json()
    expect(transcript).toMatchObject({
      status: 'completed',
      exit_code: 0,
      answer: 'Fuji is 3,776 m high, Rigi 1,798 m.',
    })
    expect(transcript.turns.map(({ stop_reason }) => stop_reason)).toEqual(['tool_use', 'end_turn'])
    expect(transcript.turns[0]?.tool_calls).toMatchObject([
      { id: 'toolu_fuji', status: 'ok', input: { mountain: 'Fuji' }, output: { mountain: 'Fuji', metres: 3776 } },
      { id: 'toolu_rigi', status: 'ok', input: { mountain: 'Rigi' }, output: { mountain: 'Rigi', metres: 1798 } },
    ])
    expect(transcript.messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [{ type: 'text' }, { type: 'tool_use', id: 'toolu_fuji' }, { type: 'tool_use', id: 'toolu_rigi' }],
      },
      { role: 'user', content: [{ tool_use_id: 'toolu_fuji' }, { tool_use_id: 'toolu_rigi' }] },
      { role: 'assistant' },
    ])
  })

  it('tells the model of a call that failed, and goes on', async () => {
    const calls = [{ id: 'toolu_x', name: 'get_height', arguments: { mountain: 'Mordor' } }]
    mock.on({ userMessage: 'how high', hasToolResult: false }, { toolCalls: calls })
    mock.on({ toolCallId: 'toolu_x', toolResultContains: 'no such mountain: Mordor' }, { content: 'I do not know it.' })
    const { stdout, code } = await ask(['how high is it?'])
    expect([code, stdout]).toEqual([0, 'I do not know it.\n'])
  })

  it('keeps thinking that comes before the calls', async () => {
    mock.on(
      { userMessage: 'how high', hasToolResult: false },
      { reasoning: 'Two mountains.', reasoningSignature: 'c2ln', toolCalls: CALLS },
    )
    mock.on({ toolCallId: 'toolu_rigi' }, { content: 'Done.' })
    const transcript = (await ask(['--json', 'how high?'])).json()
    expect(transcript.messages[1]?.content[0]).toEqual({
      type: 'thinking',
      thinking: 'Two mountains.',
      signature: 'c2ln',
    })
    expect(transcript.answer).toBe('Done.')
  })
})

describe('the credentials', () => {
  it('are the key or the token that the environment holds, and a wrong one is a matter of the account', async () => {
    await mock.stop()
    mock = await openMock([CANARY_KEY, 'local-token-1234567890'])
    mock.onMessage('hello', { content: 'Hi.' })
    const withKey = await ask(['hello'])
    const withToken = await ask(['hello'], {
      env: { ANTHROPIC_API_KEY: undefined, ANTHROPIC_AUTH_TOKEN: 'local-token-1234567890' },
    })
    const withWrong = await ask(['hello'], { env: { ANTHROPIC_API_KEY: 'sk-ant-wrong-1234567890' } })
    expect([withKey.code, withToken.code, withWrong.code]).toEqual([0, 0, 4])
    expect(withWrong.stderr).toContain('Invalid API key')
  })

  it('are not needed for another server than the API, and nothing is sent in their place', async () => {
    mock.onMessage('hello', { content: 'Hi.' })
    const { stdout, code } = await ask(['hello'], { env: { ANTHROPIC_API_KEY: undefined } })
    expect([code, stdout]).toEqual([0, 'Hi.\n'])
    expect(mock.getLastRequest()?.headers).not.toHaveProperty('authorization')
    expect(mock.getLastRequest()?.headers).not.toHaveProperty('x-api-key')
  })
})

describe('a fault', () => {
  it('M7 an overloaded server is asked again', async () => {
    mock.onMessage('hello', { content: 'Hi.' })
    mock.nextRequestError(529, { type: 'overloaded_error', message: 'busy' })
    const transcript = (await ask(['--json', 'hello'])).json()
    expect(transcript).toMatchObject({ answer: 'Hi.', turns: [{ attempts: 2 }] })
  })

  it('M4 a stream that ends early is asked again, and its text is never part of the answer', async () => {
    mock.on(
      { userMessage: 'hello', sequenceIndex: 0 },
      { content: 'This will be cut off somewhere.' },
      { truncateAfterChunks: 4 },
    )
    mock.on({ userMessage: 'hello', sequenceIndex: 1 }, { content: 'Hi.' })
    const { stdout, code } = await ask(['hello'])
    expect([code, stdout]).toEqual([0, 'Hi.\n'])
  })

  it('M8 a request that is refused ends the run at once', async () => {
    mock.nextRequestError(400, { type: 'invalid_request_error', message: 'no such thing' })
    const { code, stdout, stderr } = await ask(['hello'])
    expect([code, stdout]).toEqual([5, ''])
    expect(stderr).toContain('no such thing')
    expect(mock.getRequests()).toHaveLength(1)
  })

  it('M8 a key that is refused is a matter of the account', async () => {
    mock.nextRequestError(401, { type: 'authentication_error', message: 'invalid bearer token' })
    const result = await ask(['--json', 'hello'])
    expect(result.code).toBe(4)
    expect(result.json()).toMatchObject({
      status: 'failed',
      exit_code: 4,
      answer: null,
      error: { message: expect.stringContaining('invalid bearer token') },
    })
  })
})
