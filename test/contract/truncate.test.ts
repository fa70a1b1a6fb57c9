import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keepHeadAndTail } from '../../src/contract/truncate.ts'

describe('truncation', () => {
  it('leaves a text that fits as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(keepHeadAndTail(text, Buffer.byteLength(text))).toBe(text)
      }),
    )
  })

  it('keeps head and tail within the bytes allowed, whole characters only, and says what is missing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(64), (text, maxBytes) => {
        fc.pre(Buffer.byteLength(text) > maxBytes)
        const [head = '', tail = ''] = keepHeadAndTail(text, maxBytes).split(
          /\n\[\.\.\. \d+ of \d+ bytes left out \.\.\.\]\n/,
        )
        expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(maxBytes)
        expect(text.startsWith(head) && text.endsWith(tail)).toBe(true)
      }),
    )
    expect(keepHeadAndTail('aäöüz', 4)).toBe('a\n[... 6 of 8 bytes left out ...]\nz')
  })
})
