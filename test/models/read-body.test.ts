import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ModelPart } from '../../src/contract/model.ts'
import { openMessageStream } from '../../src/models/message-stream.ts'
import type { BodyEnd } from '../../src/models/read-body.ts'
import { readBody } from '../../src/models/read-body.ts'

describe('M13 the bytes of a stream', () => {
  const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields })
  const json = (partial_json: string) => delta(1, { type: 'input_json_delta', partial_json })
  const events = [
    {
      type: 'message_start',
      message: { id: 'msg_1', model: 'm', content: [], usage: { input_tokens: 7, output_tokens: 1 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    delta(0, { type: 'text_delta', text: 'Zürich 🌦️ 東京\u2028 \ud83d\ude00' }),
    { type: 'content_block_stop', index: 0 },
    { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'n', input: {} } },
    json('{"ort":"Gen'),
    json('ève 東"}'),
    { type: 'content_block_stop', index: 1 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]
  const spell = (newline: string, comments: boolean) =>
    events
      .map((event) =>
        [
          ...(comments ? [': keep alive', ''] : []),
          `event: ${event.type}`,
          `data: ${JSON.stringify(event)}`,
          '',
          '',
        ].join(newline),
      )
      .join('')

  async function read(chunks: Buffer[]) {
    const parts: ModelPart[] = []
    const stream = openMessageStream((part) => parts.push(part))
    const end = await new Promise<BodyEnd>((resolve, reject) => {
      readBody(Readable.from(chunks, { objectMode: false }), stream, {
        onAlive: () => {},
        onEnd: resolve,
        onBug: reject,
      })
    })
    return JSON.stringify({ parts, end })
  }

  it('parse alike however they are split, with CRLF, comments and a byte order mark', async () => {
    const expected = await read([Buffer.from(spell('\n', false))])
    expect(expected).toContain('"type":"message"')
    const split = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(
        split,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.boolean(),
        async (sizes, newline, comments, mark) => {
          const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${spell(newline, comments)}`)
          const chunks: Buffer[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1
            chunks.push(bytes.subarray(at, at + size))
            at += size
          }
          expect(await read(chunks)).toBe(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('count as life, pings and comments too', async () => {
    const body = new PassThrough()
    let alive = 0
    readBody(
      body,
      openMessageStream(() => {}),
      {
        onAlive: () => {
          alive += 1
        },
        onEnd: () => {},
        onBug: () => {},
      },
    )
    for (const bytes of [
      'event: ping\ndata: {"type":"ping"}\n\n',
      ': comment\n\n',
      'event: strange\ndata: no json\n\n',
    ]) {
      body.write(bytes)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(alive).toBe(3)
  })

  it('M4 never pass for a message when they end early, at whatever byte', async () => {
    const bytes = Buffer.from(spell('\n', false))
    for (let at = 0; at < bytes.length; at += 1) {
      const { end } = JSON.parse(await read([bytes.subarray(0, at)]))
      expect(end.type).toBe(at === 0 ? 'empty' : 'cut')
    }
  })
})
