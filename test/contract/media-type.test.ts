import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readAttachments } from '../../src/commands/attachments.ts'
import { MAX_SIGNATURE_BYTES, mediaTypeOf } from '../../src/contract/media-type.ts'
import { visibleBlock } from '../../src/sources/mcp-binary.ts'

const bytes = (start: string) => Buffer.from(start, 'latin1')
const KNOWN: [start: string, mediaType: string, kind: 'image' | 'pdf'][] = [
  ['\x89PNG\r\n\x1a\n', 'image/png', 'image'],
  ['\xff\xd8\xff', 'image/jpeg', 'image'],
  ['GIF87a', 'image/gif', 'image'],
  ['GIF89a', 'image/gif', 'image'],
  ['RIFF\x01\x02\x03\x04WEBP', 'image/webp', 'image'],
  ['%PDF-1.7', 'application/pdf', 'pdf'],
]
const TEXTS = ['', 'PNG', 'GIF8 is how such a file begins', 'RIFF and WEBP', ' %PDF-1.7']

describe('what bytes are', () => {
  it.each(KNOWN)('%j begins %s', (start, mediaType, kind) => {
    expect(mediaTypeOf(bytes(`${start} and more`))).toEqual({ mediaType, kind })
    expect(start.length).toBeLessThanOrEqual(MAX_SIGNATURE_BYTES)
  })

  it.each(TEXTS)('%j begins none of them', (start) => expect(mediaTypeOf(bytes(start))).toBeNull())

  it('is the same of a file that goes along and of what a server sends', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-media-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const start of [...KNOWN.map(([known]) => known), ...TEXTS]) {
      const data = bytes(`${start} and more`)
      writeFileSync(join(folder, 'file'), data)
      const [attached] = await readAttachments(['file'], folder)
      const block = visibleBlock(data.toString('base64'))
      const sent = block === null ? 'text/plain' : JSON.parse(JSON.stringify(block)).source.media_type
      expect([start, attached?.mediaType]).toEqual([start, sent])
    }
  })
})
