/** `--early-results` through the built command. */
import { expect, it } from 'vitest'
import { pendingText } from '../../src/contract/pending-result.ts'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { runAgent } from '../rig/run-agent.ts'
import { toolSource, withTool } from './asking.ts'
import { startHeld } from './held-tools.ts'

const EARLY = ['--early-results', '50ms']
const asks = reply.toolUse('quick', { name: 'a' }, 'toolu_a').toolUse('held', { name: 'b' }, 'toolu_b')
const pendingB = { type: 'tool_result', tool_use_id: 'toolu_b', content: pendingText('held', 'toolu_b') }

it('answers a slow call as still running, waits for it when the model has nothing more to do, and prints the last answer only', async () => {
  const held = await startHeld([asks, reply.text('I wait for b.'), reply.text('Both are there.')], EARLY)
  expect(await held.lastBlocks(1)).toEqual([
    { type: 'tool_result', tool_use_id: 'toolu_a', content: 'quick a' },
    pendingB,
  ])
  held.letGo('b')
  const result = await held.ended()
  expect([result.code, result.stdout]).toEqual([0, 'Both are there.\n'])
  expect(await held.lastBlocks(2)).toEqual([{ type: 'text', text: 'Late result of call toolu_b (held): held b' }])
})

it('sends the real result along with the results of the next turn, and shows it all in the transcript', async () => {
  const more = reply.toolUse('held', { name: 'c' }, 'toolu_c')
  const held = await startHeld([asks, more, reply.text('I wait.'), reply.text('All.')], [...EARLY, '--json'])
  expect((await held.lastBlocks(1))[1]).toEqual(pendingB)
  held.letGo('b')
  // Not before it was answered as pending: the last answer is the one after it.
  await held.api.request(2)
  held.letGo('c')
  const result = await held.ended()
  const transcript = result.json()
  expect(transcript).toMatchObject({ status: 'completed', exit_code: 0, answer: 'All.', totals: { tool_calls: 3 } })
  expect(transcript.turns[0]?.tool_calls).toMatchObject([
    { id: 'toolu_a', timing: { pending_ms: null } },
    { id: 'toolu_b', status: 'ok', output: 'held b', timing: { pending_ms: expect.any(Number) } },
  ])
})

it.each([
  ['--timeout', 124, 'timed_out'],
  ['SIGINT', 130, 'interrupted'],
] as const)('cancels what is pending with the run: %s', async (how, code, status) => {
  const limit = how === '--timeout' ? [how, '3s'] : []
  const held = await startHeld([asks, reply.text('I wait.')], [...EARLY, ...limit, '--json'])
  await held.api.request(1)
  if (how === 'SIGINT') held.agent.kill('SIGINT')
  const result = await held.ended()
  const transcript = result.json()
  expect([result.code, transcript.status]).toEqual([code, status])
  expect(transcript.turns[0]?.tool_calls.map((call) => call.status)).toEqual(['ok', 'canceled'])
})

it('reaches a model without native tool use as text', async () => {
  const calls = JSON.stringify([
    { tool: 'quick', inputs: { name: 'a' } },
    { tool: 'held', inputs: { name: 'b' } },
  ])
  const held = await startHeld(
    [reply.text(calls), reply.text('I wait.'), reply.text('Both.')],
    [...EARLY, '--protocol', 'text'],
  )
  expect(await held.lastBlocks(1)).toMatchObject([
    { text: 'Result 1 of 2: quick succeeded\nquick a' },
    { text: expect.stringMatching(/^Result 2 of 2: held has not ended\npending: held \(call toolu_text_1_2\)/) },
  ])
  held.letGo('b')
  expect((await held.ended()).stdout).toBe('Both.\n')
  expect(await held.lastBlocks(2)).toMatchObject([{ text: 'Late result of call toolu_text_1_2 (held): held b' }])
})

it('lets the offline model answer from the real results', async () => {
  const { dir } = withTool(
    toolSource('nap', `await new Promise((r) => setTimeout(r, input.ms)); return input.ms + ' ms'`),
  )
  const question = 'nap({"ms": 1}) nap({"ms": 800})'
  const args = ['ask', '--offline', '-q', '--no-builtins', '-t', 'tool.mjs', '--early-results', '100ms']
  const prose = await runAgent([...args, question], { dir })
  await endToEnd(prose)
  expect([prose.code, prose.stdout]).toEqual([0, '- {"ms":1}: 1 ms\n- {"ms":800}: 800 ms\n'])
  const { turns } = (await runAgent([...args, '--json', question], { dir })).json()
  expect(turns.map(({ text }) => text)).toEqual([
    '',
    '- {"ms":1}: 1 ms\n- nap {"ms":800}: still running',
    '- {"ms":1}: 1 ms\n- {"ms":800}: 800 ms',
  ])
})

it('says with -v that a call goes on', async () => {
  const held = await startHeld([asks, reply.text('I wait for b.'), reply.text('Both are there.')], [...EARLY, '-v'])
  await held.agent.stderr.until('held b: still running')
  held.letGo('b')
  expect((await held.ended()).code).toBe(0)
})
