/** `--max-total-tokens` and `--max-cost` through the built command. */
import { expect, it } from 'vitest'
import { endToEnd } from '../rig/auditor.ts'
import { reply } from '../rig/reply.ts'
import { runAgent } from '../rig/run-agent.ts'
import { startHeld } from './held-tools.ts'

const asks = reply.text('I look.').toolUse('quick', { name: 'a' }, 'toolu_a')

it.each([
  [
    ['--max-total-tokens', '1000'],
    { input_tokens: 900, output_tokens: 100 },
    'max_total_tokens',
    /used 1000 tokens, and may use 1000/,
  ],
  [['--max-cost', '0.01'], { input_tokens: 0, output_tokens: 1_000 }, 'max_cost', /cost \$0\.01, and may cost \$0\.01/],
] as const)(
  '%j stops before the next request, with exit 7 and every call answered',
  async (flags, usage, code, message) => {
    const held = await startHeld([asks.usage(usage)], [...flags, '--json'])
    const result = await held.ended()
    const transcript = result.json()
    expect(held.api.requests).toHaveLength(1)
    expect(transcript).toMatchObject({ status: 'incomplete', exit_code: 7, answer: 'I look.', error: { code } })
    expect(transcript.error?.message).toMatch(message)
    expect(transcript.messages.at(-1)?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'toolu_a', content: 'quick a' },
    ])
    expect(result.stderr).toMatch(/^agent: the run has .*\nhint: give it more with --max-.*\n$/)
  },
)

it('lets an answer stand that went over the budget', async () => {
  const held = await startHeld([reply.text('There.').usage({ output_tokens: 9_000 })], ['--max-total-tokens', '1000'])
  const result = await held.ended()
  expect([result.code, result.stdout]).toEqual([0, 'There.\n'])
})

it('refuses a limit of the cost of a model whose price nobody knows, before anything is asked', async () => {
  const held = await startHeld([], ['--max-cost', '1', '--model', 'llama3'])
  const result = await held.ended()
  expect(result.code).toBe(3)
  expect(result.stderr).toMatch(
    /^agent: --max-cost: the price of the model "llama3" is not known\nhint: .*--max-total-tokens/,
  )
})

it('costs nothing offline', async () => {
  const result = await runAgent(['ask', '--offline', '-q', '--max-cost', '0.01', '2 + 3'])
  await endToEnd(result)
  expect([result.code, result.stdout]).toEqual([0, '- 2 + 3: 5\n'])
})
