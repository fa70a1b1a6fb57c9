import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openRedactor, redactJson } from '../../src/contract/redact.ts'
import { openRedactStream } from '../../src/contract/redact-stream.ts'

const KEY = 'canary-"key"-0123456789/+ü'
const redact = openRedactor({ credentials: [KEY, 'ollama'], secrets: ['hunter2hunter2', 'short'] })
const PRIVATE_KEY = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEpAIBAAKCAQEA'.repeat(4)}\n-----END RSA PRIVATE KEY-----`

// put together here, so that no scanner of sources takes them for real ones
const TOKENS = [
  `sk-${'ant'}-api03-${'aB3_'.repeat(12)}`,
  `sk-${'proj'}-${'aB3d'.repeat(10)}`,
  `gh${'p'}_${'a1B2'.repeat(9)}`,
  `github${'_pat'}_${'a1B2'.repeat(9)}`,
  `xo${'xb'}-1234567890-abcdef`,
  `AK${'IA'}${'ABCD'.repeat(4)}`,
  `eyJ${'hbGciOiJIUzI1NiJ9'}.${'eyJzdWIiOiIxMjM0In0'}.abc_DEF-123`,
  PRIVATE_KEY,
]

describe('S3 redaction', () => {
  it.each([
    ['as it is', KEY],
    ['inside JSON', JSON.stringify(KEY).slice(1, -1)],
    ['inside a URL', encodeURIComponent(KEY)],
    ['in base64', Buffer.from(KEY).toString('base64').replace(/=+$/, '')],
    ['in base64 for URLs', Buffer.from(KEY).toString('base64url')],
    ['of a variable', 'hunter2hunter2'],
    ...TOKENS.map((token) => [`with the shape ${token.slice(0, 8)}`, token]),
  ])('replaces a secret %s', (_name, secret) => {
    expect(redact(`before ${secret} after`)).toBe('before [redacted] after')
    expect(redact(`"${secret}"`)).toBe('"[redacted]"')
  })

  it('keeps the word Bearer', () => {
    expect(redact('Authorization: Bearer abc123def456ghi789jkl0')).toBe('Authorization: Bearer [redacted]')
  })

  it('replaces a private key that was cut', () => {
    expect(redact(PRIVATE_KEY.slice(0, 80))).toBe('[redacted]')
    expect(redact(JSON.stringify(PRIVATE_KEY.slice(0, 80)))).toBe('"[redacted]"')
  })

  it('replaces what is left of a credential that a shortened message has cut, to its half', () => {
    const key = 'canary-0123456789-abcdefgh'
    const redactCut = openRedactor({ credentials: [key], secrets: [] })
    for (let length = key.length / 2; length <= key.length; length += 1) {
      expect(redactCut(`so ${key.slice(0, length)}...`)).toBe('so [redacted]...')
      expect(redactCut(`${key.slice(-length)} so`)).toMatch(/^.{0,12}\[redacted\] so$/)
    }
    expect(redactCut('canary-01...')).toBe('canary-01...')
  })

  it.each([
    'a short value like short',
    'ollamas are animals, and so is an-ollama-x',
    'the header -----BEGIN PRIVATE KEY----- opens a key',
    'Bearer authentication-is-what-they-use here',
    'risk-antenna-something-long-and-harmless and sk-learn',
  ])('leaves "%s"', (text) => {
    expect(redact(text)).toBe(text)
  })

  it('replaces a stand-in for a key only as a whole word', () => {
    expect(redact('key=ollama ollamas')).toBe('key=[redacted] ollamas')
  })

  it('reaches values and keys of JSON, keeps both of two keys, and S7 keeps __proto__ as data', () => {
    const value = JSON.parse(`{"__proto__":{"a":"hunter2hunter2"},"hunter2hunter2":1,"x hunter2hunter2":[null,true]}`)
    const redacted = redactJson({ ...value, [`${KEY}`]: 2 }, redact)
    expect(JSON.stringify(redactJson(value, redact))).toBe(
      '{"__proto__":{"a":"[redacted]"},"[redacted]":1,"x [redacted]":[null,true]}',
    )
    expect(redacted).toMatchObject({ '[redacted]': 1, '[redacted] 2': 2 })
  })

  it('survives JSON that is nested deeper than the stack', () => {
    let value: unknown[] = []
    for (let depth = 0; depth < 100_000; depth += 1) value = [value]
    // what is built here is JSON: arrays of arrays
    expect(JSON.stringify(redactJson(value as never, redact))).toContain('[nested too deep]')
  })
})

describe('S3 redaction of text that comes in pieces', () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(...TOKENS, KEY, 'hunter2hunter2', 'sk-', 'eyJ', '-----BEGIN ', 'hunter2', 'ollama', ' ', '\n'),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 12 },
  )

  it('shows no secret, wherever it is split', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (parts, sizes) => {
        const text = parts.join(' ')
        const stream = openRedactStream(redact)
        let shown = ''
        let at = 0
        for (let index = 0; at < text.length; index += 1) {
          const size = sizes[index % sizes.length] ?? 1
          shown += stream.push(text.slice(at, at + size))
          at += size
        }
        shown += stream.end()
        for (const secret of [KEY, 'hunter2hunter2', ...TOKENS]) expect(shown).not.toContain(secret)
        expect(shown).toBe(redact(text))
      }),
    )
  })

  it('holds nothing back of text that cannot become a secret', () => {
    const stream = openRedactStream(redact)
    expect([stream.push('It is '), stream.push('sunny. '), stream.holds]).toEqual(['It is ', 'sunny. ', false])
  })

  it('holds a bounded part back', () => {
    const stream = openRedactStream(redact)
    let shown = ''
    for (let index = 0; index < 40; index += 1) shown += stream.push(index === 0 ? (TOKENS[0] ?? '') : 'a'.repeat(1024))
    expect(shown).toContain('[redacted]')
  })

  it('takes time in proportion to hostile text', () => {
    const hostile = [
      `${'eyJ'.repeat(200_000)} `,
      '-----BEGIN RSA PRIVATE KEY-----'.repeat(20_000),
      'sk-ant-'.repeat(80_000),
    ]
    for (const text of hostile) expect(redact(text).length).toBeLessThanOrEqual(text.length)
  })
})
