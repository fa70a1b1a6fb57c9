import { describe, expect, it } from 'vitest'
import type { ContentBlock, ToolResultBlock } from '../../src/contract/message.ts'
import { isTextBlock } from '../../src/contract/message.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { FAILURES, failure } from '../../src/contract/outcome.ts'
import { pendingText, readLateResult } from '../../src/contract/pending-result.ts'
import type { AnsweredCall } from '../../src/contract/tool-result.ts'
import { MAX_MESSAGE_BYTES, MAX_RESULT_BYTES, resultsMessage } from '../../src/contract/tool-result.ts'

function ok(output: string): Outcome {
  return { status: 'ok', output, output_bytes: output.length, truncated: false }
}

function withBlocks(...content: ContentBlock[]): Outcome {
  return { status: 'ok', output: '', output_bytes: 0, truncated: false, content }
}

function textBlock(text: string): ContentBlock {
  return { type: 'text', text }
}

function textsOf(result: ToolResultBlock | undefined): string[] {
  return typeof result?.content === 'string'
    ? [result.content]
    : (result?.content.filter(isTextBlock) ?? []).map(({ text }) => text)
}

function answered(id: string, outcome: Outcome | null): AnsweredCall {
  return { id, tool: 'tool', outcome, raw_input: null }
}

function results(outcomes: Outcome[]): ToolResultBlock[] {
  const calls = outcomes.map((outcome, index) => answered(`toolu_${index}`, outcome))
  // Without a note every block is a tool_result.
  return resultsMessage({ calls, late: [], note: null }).content as ToolResultBlock[]
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
    const { content } = resultsMessage({ calls: [answered('a', ok(''))], late: [], note: 'go on' })
    expect(content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: '(empty)' },
      { type: 'text', text: 'go on' },
    ])
  })

  it('M11 quotes the first and last of unreadable input, at most 2 KB of it', () => {
    const outcome = failure('invalid_input', 'input_not_json', 'the input is not a JSON object')
    const raw = `{"path": "${'x'.repeat(10_000)}`
    const [block] = resultsMessage({ calls: [{ ...answered('a', outcome), raw_input: raw }], late: [], note: null })
      .content as ToolResultBlock[]
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

  it('answers a call that is still running with words made of its name and id alone, which is no error', () => {
    const [block] = resultsMessage({ calls: [answered('a', null)], late: [], note: null }).content
    expect(block).toEqual({ type: 'tool_result', tool_use_id: 'a', content: pendingText('tool', 'a') })
    expect(pendingText('get_weather', 'toolu_01')).toMatch(/get_weather \(call toolu_01\) is still running/)
  })

  it('puts late results behind the results and before our own text, each under the name of its call', () => {
    const late = [answered('x', ok('late')), answered('y', failure('failed', 'code', 'broken')), answered('z', ok(''))]
    const { content } = resultsMessage({ calls: [answered('a', ok('now'))], late, note: 'go on' })
    expect(content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: 'now' },
      textBlock('Late result of call x (tool): late'),
      textBlock('Late result of call y (tool), which failed: failed: broken'),
      textBlock('Late result of call z (tool): (empty)'),
      textBlock('go on'),
    ])
    const names = new Map(['x', 'y', 'z'].map((id) => [id, 'tool']))
    expect(content.map((block) => readLateResult(block, names))).toEqual([
      null,
      { id: 'x', failed: false, text: 'late' },
      { id: 'y', failed: true, text: 'failed: broken' },
      { id: 'z', failed: false, text: '(empty)' },
      null,
    ])
  })

  it('never sends an empty text of a late result, and spells blocks that a user message cannot hold', () => {
    const late = [answered('x', withBlocks(textBlock(' '))), answered('y', withBlocks({ type: 'tool_reference' }))]
    expect(resultsMessage({ calls: [], late, note: null }).content).toEqual([
      textBlock('Late result of call x (tool): (empty)'),
      textBlock('Late result of call y (tool): {"type":"tool_reference"}'),
    ])
  })

  it('takes no text for a late result that is about no call of the conversation', () => {
    const names = new Map([['a', 'tool']])
    for (const said of ['Late result of call b (tool): x', 'Late result of call a (other): x', 'Late result of call a'])
      expect(readLateResult(textBlock(said), names)).toBeNull()
  })

  it('hands on blocks where text does not do', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }
    expect(results([withBlocks(textBlock('a cat'), image)])[0]?.content).toEqual([
      { type: 'text', text: 'a cat' },
      image,
    ])
    expect(results([withBlocks()])[0]?.content).toBe('(empty)')
  })

  it('T8 keeps the texts of blocks within the same limits as other text', () => {
    const large = 'x'.repeat(300_000)
    const [one] = results([withBlocks(textBlock(large), textBlock('small'), textBlock(large))])
    const texts = textsOf(one)
    expect(texts[1]).toBe('small')
    expect(texts[0]?.length).toBe(texts[2]?.length)
    expect(texts.join('').length).toBeLessThan(MAX_RESULT_BYTES + 200)
    expect(texts.join('').length).toBeGreaterThan(MAX_RESULT_BYTES - 200)
    const many = results([ok('small'), ...Array.from({ length: 9 }, () => withBlocks(textBlock(large))), ok(large)])
    const sizes = many.slice(1).map((block) => textsOf(block).join('').length)
    expect(new Set(sizes).size).toBe(1)
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(MAX_MESSAGE_BYTES + 20 * 100)
  })

  it('leaves images out that are too large together for one request', () => {
    const image = (megabytes: number) => ({
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'A'.repeat(megabytes * 1024 * 1024) },
    })
    const sent = results([withBlocks(image(5), image(5), textBlock('and')), withBlocks(image(5), image(6), image(5))])
    const types = sent.map(({ content }) => (typeof content === 'string' ? [] : content.map(({ type }) => type)))
    expect(types).toEqual([
      ['image', 'image', 'text'],
      ['image', 'text', 'image'],
    ])
    expect(textsOf(sent[1])[0]).toContain('image left out')
  })
})
