import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Verbosity } from '../../src/contract/config.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { stillScreen } from '../../src/reporters/screen.ts'
import { openStderr } from '../../src/reporters/stderr.ts'

const redact = openRedactor({ credentials: ['canary-0123456789'], secrets: [] })

function rig(verbosity: Verbosity = 'normal') {
  const stream = new PassThrough({ highWaterMark: 16 * 1024 * 1024 })
  // a stream like any other; only its being a terminal is asked for
  const stderr = openStderr({ verbosity, redact, progress: null, stream: stream as unknown as NodeJS.WriteStream })
  return { stderr, stream, text: () => readAll(stream) }
}

/** One read() gives all that is buffered up to Node 24, one chunk of it from Node 26 on. */
function readAll(stream: PassThrough): string {
  const chunks: Buffer[] = []
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('stderr', () => {
  it('C3 tells a mistake in one line and a hint', () => {
    const { stderr, text } = rig('quiet')
    stderr.error({ message: 'no API key: ANTHROPIC_API_KEY is not set', hint: 'try --offline' })
    stderr.error({ message: 'first\n second \x1b[31mcanary-0123456789', hint: null })
    expect(text()).toBe(
      'agent: no API key: ANTHROPIC_API_KEY is not set\nhint: try --offline\nagent: first second [redacted]\n',
    )
  })

  it.each<[Verbosity, string]>([
    ['quiet', ''],
    ['normal', 'agent: warning: w\n'],
    ['verbose', 'agent: warning: w\nagent: i\n'],
    ['debug', 'agent: warning: w\nagent: i\nagent: d\n'],
  ])('says as much as %s asks for', (verbosity, expected) => {
    const { stderr, text } = rig(verbosity)
    stderr.notify('warning', 'w')
    stderr.notify('info', 'i')
    stderr.notify('debug', 'd')
    expect(text()).toBe(expected)
  })

  it('keeps a message short, whatever a server has put into it', () => {
    const { stderr, text } = rig()
    stderr.notify('warning', `<html>\n${'x'.repeat(100_000)}`)
    expect(text().length).toBeLessThan(2500)
  })

  it('T7 shows what tools print line by line, S3 S5 without secrets and escapes, whatever the pieces', async () => {
    const { stderr, text } = rig()
    const printed = Buffer.from('first é\n\x1b[31mred\x1b[0m 10%\r20%\r\nkey canary-0123456789\nlast')
    for (const byte of printed) stderr.toolOutput(Buffer.from([byte]))
    stderr.notify('warning', 'between')
    await stderr.close()
    expect(text()).toBe('first é\nred 10%\n20%\nkey [redacted]\nagent: warning: between\nlast\n')
  })

  it('T8 leaves out what a slow reader does not take, and says how much', () => {
    const { stderr, stream, text } = rig()
    stream.cork()
    const line = Buffer.from(`${'x'.repeat(1023)}\n`)
    for (let count = 0; count < 4096; count += 1) stderr.toolOutput(line)
    expect(stream.writableLength).toBeLessThan(1.1 * 1024 * 1024)
    stream.uncork()
    text()
    stderr.toolOutput(Buffer.from('after\n'))
    expect(text()).toMatch(/^agent: warning: 3,\d{3},\d{3} bytes of tool output left out: stderr is slow\nafter\n$/)
  })

  it.each([
    [true, '\nagent: warning: w\n', false],
    [false, 'agent: warning: w\n', true],
  ])('begins a line of its own behind unfinished text on the same terminal: %s', (isTTY, expected, insideLine) => {
    const stream = Object.assign(new PassThrough(), { isTTY })
    const progress = { ...stillScreen(), insideLine: true }
    const stderr = openStderr({
      verbosity: 'normal',
      redact,
      progress,
      stream: stream as unknown as NodeJS.WriteStream,
    })
    stderr.notify('warning', 'w')
    expect([readAll(stream), progress.insideLine]).toEqual([expected, insideLine])
  })

  it('survives a reader that has gone', async () => {
    const { stderr, stream } = rig()
    stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    stderr.notify('warning', 'nobody listens')
    stderr.toolOutput(Buffer.from('nobody\n'))
    await stderr.close()
  })
})
