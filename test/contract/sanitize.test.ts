import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeJson } from '../../src/contract/safe-json.ts'
import { openSanitizer, sanitize } from '../../src/contract/sanitize.ts'

/** Pieces that open, continue or end sequences, among text. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom('\x1b', '\x1b[', '\x9b', '\x1b]8;;http://x', '\x07', '\x1b\\', '\x1bP', '\x9c', '31m', '\u202e'),
      fc.constantFrom('\ud83d\ude00', '\u{e0041}', '\r', '\n', '\t', '\u2066', '\u2028', 'é', '東'),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''))

describe('S5 text for people', () => {
  it.each([
    ['colours', 'a\x1b[31mred\x1b[0m b', 'ared b'],
    ['C1 colours', 'a\x9b31mred', 'ared'],
    ['a title', '\x1b]0;owned\x07text', 'text'],
    ['a hyperlink', '\x1b]8;;http://evil\x1b\\label\x1b]8;;\x1b\\!', 'label!'],
    ['a device control string', 'a\x1bPq#0;2;0;0;0\x1b\\b', 'ab'],
    ['clearing the screen', '\x1b[2J\x1b[H\x1bcx', 'x'],
    ['a character set', '\x1b(0x', 'x'],
    ['backspaces, bells and carriage returns', 'safe\b\b\b\b\x07evil\r\nnext\rover', 'safeevil\nnextover'],
    ['bidi controls', 'a\u202eb\u2066c\u2069\u200f\u061cd', 'abcd'],
    ['invisible tags', `a${'\u{e0049}\u{e0047}'}b`, 'ab'],
    ['zero-width characters', 'pay\u200bpal\ufeff', 'paypal'],
    ['line separators', 'a\u2028b', 'a\nb'],
    ['an escape at the very end', 'a\x1b', 'a'],
  ])('loses %s', (_name, text, shown) => {
    expect(sanitize(text)).toBe(shown)
  })

  it('keeps newlines, tabs, accents, wide characters, joined emoji and Persian', () => {
    const text = 'a\n\tÉ 東京 👩‍👩‍👧 ❤️ می‌خواهم e\u0301'
    expect(sanitize(text)).toBe(text)
  })

  it('is not swallowed by a sequence that never ends', () => {
    expect(sanitize('\x1b]0;title\nthe answer')).toBe('\nthe answer')
    expect(sanitize(`\x1b]${'x'.repeat(5000)} the answer`)).toContain('the answer')
  })

  it('comes out the same however it is split', () => {
    fc.assert(
      fc.property(nasty, fc.array(fc.nat(5)), (text, sizes) => {
        const sanitizer = openSanitizer()
        let shown = ''
        let at = 0
        for (const size of sizes) {
          shown += sanitizer.push(text.slice(at, at + size))
          at += size
        }
        shown += sanitizer.push(text.slice(at)) + sanitizer.end()
        expect(Buffer.from(shown)).toEqual(Buffer.from(sanitize(text)))
      }),
    )
  })

  it('holds no control character, whatever comes', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(sanitize(text)).not.toMatch(/(?![\n\t])\p{Cc}|\p{Bidi_Control}/u)
        expect(sanitize(sanitize(text))).toBe(sanitize(text))
      }),
    )
  })
})

describe('S5 JSON', () => {
  it('escapes what could steer a terminal, and stays the same document', () => {
    fc.assert(
      fc.property(nasty, nasty, (key, text) => {
        const value = { [key]: [text], other: null }
        for (const indent of [0, 2]) {
          const json = safeJson(value, indent)
          expect(json).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}|[\u2028\u2029]/u)
          expect(JSON.parse(json)).toEqual(value)
        }
      }),
    )
  })

  it('writes one line where no indent is asked for', () => {
    expect(safeJson({ a: 'x\ny\u009b\u{e0041}' })).toBe('{"a":"x\\ny\\u009b\\udb40\\udc41"}')
  })
})
