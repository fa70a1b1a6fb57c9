import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openKeptOutput } from '../../src/contract/kept-output.ts'

describe('openKeptOutput', () => {
  it('keeps whole characters only, where something is left out', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, maxBytes) => {
        const kept = openKeptOutput(maxBytes)
        for (const byte of Buffer.from(text)) kept.add(Buffer.from([byte]))
        const [head = '', tail = ''] = kept.text().split(/\n\[\.\.\. \d+ of \d+ bytes left out \.\.\.\]\n/)
        expect(text.startsWith(head) && text.endsWith(tail)).toBe(true)
      }),
    )
  })

  it('keeps head and tail of any stream, cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        // Letters only, so that no character is cut in two.
        const pieces = chunks.map((chunk) => Buffer.from(chunk.map((byte) => 97 + (byte % 26))))
        const whole = Buffer.concat(pieces).toString()
        const kept = openKeptOutput(20)
        for (const piece of pieces) kept.add(piece)
        const left = whole.length - 20
        expect(kept.text()).toBe(
          left <= 0
            ? whole
            : `${whole.slice(0, 10)}\n[... ${left} of ${whole.length} bytes left out ...]\n${whole.slice(-10)}`,
        )
        expect(kept.tail(5)).toBe(whole.slice(-5))
      }),
    )
  })
})
