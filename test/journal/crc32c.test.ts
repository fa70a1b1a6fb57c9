/** CRC-32C against the vectors of RFC 3720 and the check value of its catalogue entry. */
import { describe, expect, it } from 'vitest'
import { crc32c, viewOf } from '../../src/journal/crc32c.ts'

describe('crc32c', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 ascending', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['32 descending', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
  ])('is right for %s', (_, bytes, sum) => {
    expect(crc32c(viewOf(bytes))).toBe(sum)
  })

  it('begins and ends where it is told to', () => {
    expect(crc32c(viewOf(Buffer.from('head123456789')), 4)).toBe(0xe3069283)
    expect(crc32c(viewOf(Buffer.from('head123456789, and a tail')), 4, 13)).toBe(0xe3069283)
  })
})
