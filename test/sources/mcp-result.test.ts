/** What every kind of a server's result becomes: output for the transcript, content for the model. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { OkOutcome } from '../../src/contract/outcome.ts'
import { MAX_OUTPUT_BYTES } from '../../src/host/protocol.ts'
import { resultOutcome } from '../../src/sources/mcp-result.ts'

const base64 = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64')
const PNG = base64(Buffer.from('89504e470d0a1a0a0000000d494844', 'hex'))
const text = (words: string): JsonObject => ({ type: 'text', text: words })

function ok(result: JsonObject): OkOutcome {
  const outcome = resultOutcome(result)
  if (outcome.status !== 'ok') throw new Error(`${outcome.status}: ${outcome.error.message}`)
  return outcome
}

const content = (...blocks: JsonValue[]) => ok({ content: blocks })

function failed(result: JsonObject): unknown {
  const outcome = resultOutcome(result)
  return outcome.status === 'ok' ? outcome : [outcome.status, outcome.error.code, outcome.error.message]
}

describe('a result of a server', () => {
  it('is its text where there is only text', () => {
    expect(content(text('one'), text('two'))).toEqual({
      status: 'ok',
      output: 'one\ntwo',
      output_bytes: 7,
      truncated: false,
    })
    expect(content().output).toBe('')
    expect(ok({}).output).toBe('')
  })

  it('is its structured content where there is some', () => {
    const outcome = ok({ content: [text('{"a":1}')], structuredContent: { a: 1 } })
    expect(outcome).toEqual({ status: 'ok', output: { a: 1 }, output_bytes: 7, truncated: false })
  })

  it('hands an image on to the model, as what its first bytes say it is', () => {
    const blocks = [text('a picture'), { type: 'image', mimeType: 'image/jpeg', data: PNG }]
    const outcome = content(...blocks)
    expect(outcome.output).toEqual(blocks)
    const source = { type: 'base64', media_type: 'image/png', data: PNG }
    expect(outcome.content).toEqual([text('a picture'), { type: 'image', source }])
  })

  it('tells of data that a model cannot look at', () => {
    const told = content(
      { type: 'image', mimeType: 'image/svg+xml', data: base64('<svg/>') },
      { type: 'image', mimeType: 'image/png', data: 'no base64!' },
      { type: 'image', mimeType: 'image/png', data: PNG.padEnd(6 * 1024 * 1024, 'A') },
      { type: 'audio', mimeType: 'audio/wav', data: base64('RIFF') },
      { type: 'resource', resource: { uri: 'file:///a.zip', mimeType: 'application/zip', blob: base64('PK') } },
    ).content
    expect(told?.map((block) => ('text' in block ? block.text : block.type))).toEqual([
      '[image: image/svg+xml, 6 bytes, not shown]',
      expect.stringContaining('image/png'),
      expect.stringMatching(/^\[image: image\/png, 47185\d\d bytes, not shown\]$/),
      '[audio: audio/wav, 4 bytes, not shown]',
      '[file:///a.zip: application/zip, 2 bytes, not shown]',
    ])
  })

  it('tells of resources, links and kinds that are not known', () => {
    const pdf = base64('%PDF-1.7 and more')
    const told = content(
      { type: 'resource', resource: { uri: 'file:///a.txt', text: 'hello' } },
      { type: 'resource', resource: { uri: 'file:///a.pdf', mimeType: 'application/pdf', blob: pdf } },
      { type: 'resource_link', uri: 'file:///b', name: 'B', description: 'the other', mimeType: 'text/plain' },
      { type: 'hologram', depth: 3 },
      text('  '),
    ).content
    expect(told).toEqual([
      text('file:///a.txt:\nhello'),
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
      text('B: file:///b (text/plain; the other)'),
      text('[a block of the unknown kind "hologram": {"type":"hologram","depth":3}]'),
    ])
  })

  it('has failed with its text where it says that it is an error', () => {
    expect(failed({ content: [text('no such'), text('file')], isError: true })).toEqual([
      'failed',
      'tool_error',
      'no such\nfile',
    ])
    expect(failed({ content: [], structuredContent: { code: 3 }, isError: true })).toContain('{"code":3}')
    expect(failed({ isError: true })).toContain('the tool reported an error and did not say which')
    expect(failed({ content: 'x' })).toContain('bad_result')
  })

  it('T8 keeps head and tail of what is large, and the sizes of all', () => {
    const large = content(text('x'.repeat(2 * MAX_OUTPUT_BYTES)))
    expect([large.output_bytes, large.truncated]).toEqual([2 * MAX_OUTPUT_BYTES, true])
    expect(String(large.output).length).toBeLessThan(MAX_OUTPUT_BYTES + 100)
    const image = { type: 'image', mimeType: 'image/png', data: PNG.padEnd(1024 * 1024, 'A') }
    const outcome = content(text('big'), image)
    expect(outcome.output).toEqual([text('big'), { ...image, data: null, bytes: 786_432 }])
    expect(outcome.output_bytes).toBeGreaterThan(1024 * 1024)
    expect(outcome.truncated).toBe(true)
    expect(outcome.content?.map(({ type }) => type)).toEqual(['text', 'image'])
  })

  it('T9 is well-formed JSON whatever the server sends', () => {
    const outcome = ok({ content: [], structuredContent: { 'a\ud800': ['\udfff', 1] } })
    expect(outcome.output).toEqual({ 'a\ufffd': ['\ufffd', 1] })
    let deep: JsonValue = 1
    for (let depth = 0; depth < 5_000; depth += 1) deep = [deep]
    expect(failed({ content: [], structuredContent: deep })).toContain('the result is nested too deep')
  })

  it('S7 keeps keys such as __proto__ as data', () => {
    const structuredContent: JsonObject = JSON.parse('{"__proto__":{"a":"\\ud800"}}')
    expect(JSON.stringify(ok({ structuredContent }).output)).toBe('{"__proto__":{"a":"\ufffd"}}')
  })
})
