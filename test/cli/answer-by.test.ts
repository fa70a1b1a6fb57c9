/** `--answer-by` through the built command. */
import { expect, it } from 'vitest'
import { reply } from '../rig/reply.ts'
import { startHeld } from './held-tools.ts'

const BY = ['--answer-by', '1500ms']

it('ends the calls, tells the model so, and prints the answer from what there is with exit 7', async () => {
  const asks = reply.toolUse('quick', { name: 'a' }, 'toolu_a').toolUse('held', { name: 'b' }, 'toolu_b')
  const held = await startHeld([asks, reply.text('Only a is known.')], BY)
  const result = await held.ended()
  expect([result.code, result.stdout]).toEqual([7, 'Only a is known.\n'])
  expect(result.stderr).toMatch(/^agent: the answer is incomplete: .*1500 ms\nhint: .*--answer-by\n$/)
  expect(await held.lastBlocks(1)).toMatchObject([
    { tool_use_id: 'toolu_a', content: 'quick a' },
    { tool_use_id: 'toolu_b', is_error: true, content: expect.stringMatching(/^canceled: /) },
    { type: 'text', text: expect.stringContaining('no more time') },
  ])
  expect(held.api.requests[1]?.body).toMatchObject({ tool_choice: { type: 'none' }, tools: expect.any(Array) })
})

it('waits for a write that ends within its grace, and marks the transcript', async () => {
  const asks = reply.toolUse('held_write', { name: 'w' }, 'toolu_w')
  const held = await startHeld([asks, reply.text('It is written.')], [...BY, '--json'])
  const result = await held.ended()
  const transcript = result.json()
  expect(transcript).toMatchObject({ status: 'incomplete', exit_code: 7, error: { code: 'answer_by' } })
  // It heeds its signal, and ends by itself.
  expect(transcript.turns[0]?.tool_calls).toMatchObject([{ status: 'ok', output: 'wrote w' }])
})

it('tells a model without native tool use that no tool can be called', async () => {
  const call = JSON.stringify({ tool: 'held', inputs: { name: 'b' } })
  const held = await startHeld([reply.text(call), reply.text('Nothing.')], [...BY, '--protocol', 'text'])
  expect((await held.ended()).code).toBe(7)
  expect(await held.lastBlocks(1)).toMatchObject([
    { text: expect.stringContaining('held failed\ncanceled: ') },
    { text: expect.stringContaining('no more time') },
    { text: expect.stringContaining('No tool can be called any more') },
  ])
})

it('leaves a run alone that is quicker', async () => {
  const held = await startHeld([reply.text('Quick.')], ['--answer-by', '60s'])
  const result = await held.ended()
  expect([result.code, result.stdout, result.stderr]).toEqual([0, 'Quick.\n', ''])
})
