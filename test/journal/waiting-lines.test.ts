import { describe, expect, it } from 'vitest'
import { decodeRecord, eventLine } from '../../src/journal/record.ts'
import { WaitingLines } from '../../src/journal/waiting-lines.ts'

const line = (n: number, text: string) =>
  eventLine(n, JSON.stringify({ seq: n - 1, at_ms: n, type: 'text_delta', turn: 1, text }))

describe('lines that wait', () => {
  it('are taken once, in order, each with its sum', () => {
    const waiting = new WaitingLines()
    const texts = ['plain', 'é \u{1f600} \ud800', '\n"\\']
    for (const [index, text] of texts.entries()) waiting.add(line(index + 1, text))
    const lines = waiting.take().toString('utf8').split('\n')
    expect(lines.pop()).toBe('')
    expect(lines.map((one, index) => decodeRecord(Buffer.from(one), index + 1))).toEqual(
      texts.map((text, index) => ({
        type: 'record',
        record: { n: index + 1, event: { seq: index, at_ms: index + 1, type: 'text_delta', turn: 1, text } },
      })),
    )
    expect(waiting.isEmpty).toBe(true)
    expect(waiting.take()).toHaveLength(0)
  })

  it('fit where their bytes do, whatever their characters are', () => {
    const waiting = new WaitingLines()
    const longest = line(1, '\u20ac'.repeat(16 * 1024))
    let lines = 0
    for (; waiting.fits(longest.slice(0, 700)); lines += 1) waiting.add(longest.slice(0, 699).concat('\n'))
    expect(lines).toBeGreaterThan(30)
    const bytes = waiting.take()
    expect(bytes.length).toBeLessThanOrEqual(64 * 1024)
    expect(bytes.toString('utf8').split('\n')).toHaveLength(lines + 1)
    // The longest line that is not written by itself fits where nothing waits.
    expect(waiting.fits(longest)).toBe(true)
  })
})
