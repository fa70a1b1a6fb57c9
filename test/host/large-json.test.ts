import fc from 'fast-check'
import { expect, it } from 'vitest'
import { writeJson } from '../../src/host/large-json.ts'

function written(value: Parameters<typeof writeJson>[0]): string {
  let text = ''
  writeJson(value, (piece) => {
    expect(piece).not.toMatch(/[\ud800-\udbff]$/)
    text += piece
  })
  return text
}

it('writes what JSON.stringify would', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
      const plain = JSON.parse(JSON.stringify(value))
      expect(written(plain)).toBe(JSON.stringify(plain))
    }),
  )
})

it('writes long texts in pieces of whole characters', () => {
  for (const text of ['😀'.repeat(70_000), `a${'😀"\n'.repeat(70_000)}`])
    expect(written([text, { [text]: null }])).toBe(JSON.stringify([text, { [text]: null }]))
})
