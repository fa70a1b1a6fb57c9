import { describe, expect, it } from 'vitest'
import type { ToolResultBlock } from '../../src/contract/message.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { FAILURES, failure } from '../../src/contract/outcome.ts'
import { MAX_MESSAGE_BYTES, MAX_RESULT_BYTES, resultsMessage } from '../../src/contract/tool-result.ts'

function ok(output: string): Outcome {
  return { status: 'ok', output, output_bytes: output.length, truncated: false }
}

function results(outcomes: Outcome[]): ToolResultBlock[] {
  const calls = outcomes.map((outcome, index) => ({ id: `toolu_${index}`, outcome, raw_input: null }))
  // Without a note every block is a tool_result.
  return resultsMessage(calls, null).content as ToolResultBlock[]
}

describe('the results message', () => {
  it('M2 answers every tool_use once, in the order asked, whatever the outcomes', () => {
    const outcomes = [ok('fine'), ...FAILURES.map((status) => failure(status, 'code', `because ${status}`))]
    const blocks = results(outcomes)
    expect(blocks.map((block) => block.tool_use_id)).toEqual(outcomes.map((_, index) => `toolu_${index}`))
    expect(blocks.map((block) => block.is_error ?? false)).toEqual(outcomes.map(({ status }) => status !== 'ok'))
    expect(blocks[1]?.content).toBe('failed: because failed')
  })

  it('puts our own text behind the results and never sends an empty one', () => {
    const { content } = resultsMessage([{ id: 'a', outcome: ok(''), raw_input: null }], 'go on')
    expect(content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: '(empty)' },
      { type: 'text', text: 'go on' },
    ])
  })

  it('M11 quotes the first and last of unreadable input, at most 2 KB of it', () => {
    const outcome = failure('invalid_input', 'input_not_json', 'the input is not a JSON object')
    const raw = `{"path": "${'x'.repeat(10_000)}`
    const [block] = resultsMessage([{ id: 'a', outcome, raw_input: raw }], null).content as ToolResultBlock[]
    expect(block?.content).toContain('{"path": "xxx')
    expect(String(block?.content).length).toBeLessThan(2_300)
  })

  it('T8 gives the model 64 KiB of one result and shares 256 KiB evenly among many', () => {
    const large = 'x'.repeat(300_000)
    expect(String(results([ok(large)])[0]?.content).length).toBeLessThan(MAX_RESULT_BYTES + 100)
    const blocks = results([ok('small'), ...Array.from({ length: 19 }, () => ok(large))])
    const sizes = blocks.map((block) => String(block.content).length)
    expect(blocks[0]?.content).toBe('small')
    expect(new Set(sizes.slice(1)).size).toBe(1)
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(MAX_MESSAGE_BYTES + 20 * 100)
  })
})
