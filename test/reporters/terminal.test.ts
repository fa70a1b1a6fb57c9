/** What a person sees, in a real terminal. */
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { EventBody } from '../../src/contract/event.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { BundledScript } from '../rig/bundle-script.ts'
import { bundleScript } from '../rig/bundle-script.ts'
import { hasTmux } from '../rig/tmux.ts'
import { callEnd, callReady, callStart, messageEnd, runEnd, runStart, textDelta, turnRetry } from './driver/events.ts'
import type { Terminal } from './driver/terminal.ts'
import { openTerminal } from './driver/terminal.ts'

const turn = (number: number): EventBody => ({ type: 'turn_start', turn: number })

describe.skipIf(!hasTmux)('at a terminal (needs tmux)', () => {
  let driver: BundledScript
  const open: Terminal[] = []
  beforeAll(async () => {
    driver = await bundleScript(join(import.meta.dirname, 'driver', 'show-events.ts'))
  })
  afterEach(() => {
    for (const terminal of open.splice(0)) terminal.end()
  })
  afterAll(() => driver.remove())

  async function terminalOf(
    ...args: Parameters<typeof openTerminal> extends [BundledScript, ...infer Rest] ? Rest : never
  ) {
    const terminal = await openTerminal(driver, ...args)
    open.push(terminal)
    return terminal
  }

  const answer = '- San Francisco: sunny, 68 °F\n- New York: cloudy, 45 °F\n- Tokyo: clear, 72 °F'
  const places = ['San Francisco', 'New York', 'Tokyo']

  it('shows running calls, then ticks with durations, then the answer and one line about the run', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1)], 40)
    await terminal.until(/^ {2}\S thinking {2}\d\.\d s$/)
    expect(terminal.cursor().shown).toBe(false)
    await terminal.add(places.map((location, index) => callReady(1, `c${index}`, 'get_weather', { location })))
    await terminal.add([callStart(1, 'c0'), callStart(1, 'c1'), callStart(1, 'c2'), messageEnd(1, '', 'tool_use')], 100)
    await terminal.until(/ {2}\S get_weather Tokyo {12}\d\.\d s$/)
    await terminal.add([callEnd(1, 'c0')], 1080)
    await terminal.add([callEnd(1, 'c1')], 1120)
    const during = await terminal.until(/✔ get_weather New York {8}1\.02 s\n {2}\S get_weather Tokyo {12}\d\.\d s$/)
    expect(during.split('\n')[0]).toBe('  ✔ get_weather San Francisco   0.98 s')
    await terminal.add([callEnd(1, 'c2', failure('timed_out', 'timed_out', 'no answer in 1.1 s'))], 1200)
    await terminal.add([turn(2), ...answer.split(/(?<= )/).map((piece) => textDelta(2, piece))], 1300)
    await terminal.add([messageEnd(2, answer), runEnd(answer)], 1500)
    await terminal.close()
    expect(await terminal.until('[exit 0]')).toBe(
      [
        '  ✔ get_weather San Francisco   0.98 s',
        '  ✔ get_weather New York        1.02 s',
        '  ✖ get_weather Tokyo           1.10 s  timed out: no answer in 1.1 s',
        '- San Francisco: sunny, 68 °F',
        '- New York: cloudy, 45 °F',
        '- Tokyo: clear, 72 °F',
        '3 calls (1 failed) in 1.1 s · 2 turns · 1,490 tokens · $0.0045',
        '[exit 0]',
      ].join('\n'),
    )
    expect(terminal.cursor().shown).toBe(true)
  })

  it('never mixes the moving lines with text that streams, with warnings and with what tools print', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1)])
    await terminal.until('thinking')
    await terminal.add([textDelta(1, 'Let me '), textDelta(1, 'look.')])
    await terminal.add([callReady(1, 'a', 'get', { of: 'x' }), callStart(1, 'a')], 100)
    await terminal.tell({ tell: 'warning', text: 'the server is slow' })
    await terminal.add([callEnd(1, 'a')], 200)
    await terminal.add([textDelta(1, ' And '), textDelta(1, 'on.')])
    await terminal.add([messageEnd(1, 'Let me look. And on.', 'tool_use')])
    await terminal.tell({ tell: 'tool', text: 'printed by \x1b[31ma tool\n' })
    await terminal.add([turn(2)])
    await terminal.until('thinking')
    await terminal.add([textDelta(2, 'Done.'), turnRetry(2, 'overloaded')])
    await terminal.until('asking again: overloaded')
    await terminal.add([textDelta(2, 'Done.'), messageEnd(2, 'Done.'), runEnd('Done.')])
    await terminal.close()
    expect((await terminal.until('[exit 0]')).split('\n').slice(0, -2)).toEqual([
      'Let me look.',
      'agent: warning: the server is slow',
      ' And on.',
      '  ✔ get x   0.10 s',
      'printed by a tool',
      'Done.',
      'agent: warning: the text above is void and will be asked for again: overloaded',
      'Done.',
    ])
  })

  it('M14 counts 500 calls instead of scrolling them by, and one line of them stays', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1)])
    const ids = Array.from({ length: 500 }, (_, index) => `c${index}`)
    await terminal.add(ids.map((id) => callReady(1, id, 'get', { id })))
    await terminal.add([...ids.slice(0, 64).map((id) => callStart(1, id)), messageEnd(1, '', 'tool_use')], 100)
    const during = await terminal.until(/0 of 500 calls · 64 running · 436 waiting\n {4}get c0 +\d\.\d s/)
    expect(during.split('\n')).toHaveLength(4)
    await terminal.add(
      ids.map((id) => callEnd(1, id)),
      200,
    )
    await terminal.add([runEnd('all done')], 300)
    await terminal.close()
    expect((await terminal.until('[exit 0]')).split('\n').slice(0, 2)).toEqual([
      '  ✔ 500 calls: 500 ok, slowest get c0 0.10 s, 640/s',
      'all done',
    ])
  })

  it.each([
    // tmux has pushed out what stood above when it broke the lines
    ['narrower by and by', '', (step: number): [number, number] => [100 - 3 * step, 24]],
    ['lower by and by', '130\\n', (step: number): [number, number] => [100, 24 - step]],
    ['narrower at once, and wide again', '130\\n', (step: number): [number, number] => [step < 10 ? 40 : 100, 24]],
    ['lower at once, and high again', '130\\n', (step: number): [number, number] => [100, step < 10 ? 4 : 24]],
  ])('leaves nothing behind in a window that is made %s', async (_how, above, sizeAt) => {
    // lines above: the moving ones stand at the window's bottom
    const terminal = await terminalOf({ size: [100, 24], before: 'seq 100 130;' })
    const of = 'a name that is long enough to need all of the width that a window of a hundred columns has'
    await terminal.add([runStart(), turn(1)])
    const ids = ['a', 'b', 'c', 'd']
    await terminal.add(ids.map((id) => callReady(1, id, 'get', { id, of })))
    await terminal.add([...ids.map((id) => callStart(1, id)), messageEnd(1, '', 'tool_use')], 100)
    await terminal.until(/get d a name.*\d\.\d s$/)
    for (let step = 1; step <= 19; step += 1) terminal.resize(...sizeAt(step))
    const [columns, rows] = sizeAt(19)
    const expected = ids.slice(0, Math.max(rows - 4, 1)).map((id) => `get ${id}`)
    // each once, and right above them what was there before
    const lines = new RegExp(
      `(?:^|\\n)${above}${expected.map((line) => ` {2}\\S ${line} [^\\n]*…? +\\d\\.\\d s`).join('\\n')}(?:\\n {4}… and \\d more)?$`,
    )
    const during = await terminal.until(lines)
    expect(during.match(/get [a-d] /g)).toHaveLength(expected.length)
    expect(Math.max(...during.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns)
    await terminal.add(
      ids.map((id) => callEnd(1, id)),
      200,
    )
    await terminal.close()
    await terminal.until(/✔ get d .*\n4 calls /)
  })

  it('cuts what is wider than the window, counting wide characters twice', async () => {
    const terminal = await terminalOf({ size: [50, 10] })
    await terminal.add([runStart(), turn(1)])
    await terminal.add([
      callReady(1, 'a', 'get_weather', { location: '東京都千代田区霞が関一丁目二番三号四五六七八九十' }),
    ])
    await terminal.add([
      callReady(1, 'b', 'fetch_url', { url: `https://example.org/${'long/'.repeat(50)}\n\x1b[31mred` }),
    ])
    await terminal.add([callStart(1, 'a'), callStart(1, 'b'), messageEnd(1, '', 'tool_use')], 100)
    const during = await terminal.until(/get_weather[^\n]*\d s\n.*fetch_url[^\n]*\d s$/)
    expect(during.split('\n')).toHaveLength(2)
    await terminal.add([callEnd(1, 'a'), callEnd(1, 'b'), runEnd('ok')], 200)
    await terminal.close()
    const lines = (await terminal.until('[exit 0]')).split('\n')
    expect(lines[0]).toBe('  ✔ get_weather 東京都千代田区霞が関…    0.10 s')
    expect(lines[1]).toBe('  ✔ fetch_url https://example.org/lon…   0.10 s')
    expect(lines[2]).toBe('ok')
  })

  it('fits into a window that was made smaller while calls run', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1)])
    await terminal.add([callReady(1, 'a', 'fetch_url', { url: `https://example.org/${'long/'.repeat(50)}` })])
    await terminal.add([callReady(1, 'b', 'get', { of: 'x' })])
    await terminal.add([callStart(1, 'a'), callStart(1, 'b'), messageEnd(1, '', 'tool_use')], 100)
    await terminal.until(/get x +\d\.\d s$/)
    terminal.resize(50, 24)
    const during = await terminal.until(/fetch_url https:\/\/example\.org\/lon… +\d\.\d s\n.*get x {30} +\d\.\d s$/)
    expect(Math.max(...during.split('\n').map((line) => line.length))).toBeLessThanOrEqual(50)
    await terminal.add([callEnd(1, 'a'), callEnd(1, 'b'), runEnd('ok')], 200)
    await terminal.close()
    expect((await terminal.until('[exit 0]')).split('\n')).toContain('  ✔ fetch_url https://example.org/lon…   0.10 s')
  })

  it('does not wait for a call that had ended before another one took it over', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1), callReady(1, 'a', 'get', { of: 'x' }), callStart(1, 'a')])
    await terminal.add([callEnd(1, 'a'), callReady(1, 'b', 'get', { of: 'y' }), callStart(1, 'b')], 100)
    await terminal.add([turnRetry(1, 'overloaded')])
    await terminal.add([callReady(1, 'c', 'get', { of: 'x' }, 'a'), callReady(1, 'd', 'get', { of: 'y' }, 'b')])
    const during = await terminal.until(/✔ get x +0\.10 s\n {2}\S get y +\d\.\d s$/)
    expect(during).not.toContain('waiting')
  })

  it('S3 S5 shows no secret and no escape of an input', async () => {
    const terminal = await terminalOf()
    await terminal.add([
      runStart(),
      turn(1),
      callReady(1, 'a', 'get\x1b]0;x\x07', { key: 'a canary-0123456789\x1b[2J b' }),
    ])
    await terminal.add([callStart(1, 'a'), messageEnd(1, '', 'tool_use'), callEnd(1, 'a'), runEnd(null, 'failed')], 100)
    await terminal.close()
    expect((await terminal.until('[exit 0]')).split('\n')[0]).toMatch(/^ {2}✔ get a \[redacted\] b +0\.00 s$/)
  })

  it('C10 moves nothing and colours nothing where it may not, and shows what has ended', async () => {
    const terminal = await terminalOf({ options: 'plain mono' })
    await terminal.add([runStart(), turn(1), callReady(1, 'a', 'get', { of: 'x' }), callStart(1, 'a')])
    await terminal.add(
      [messageEnd(1, '', 'tool_use'), callEnd(1, 'a'), textDelta(2, 'ok'), messageEnd(2, 'ok'), runEnd('ok')],
      900,
    )
    await terminal.close()
    const lines = (await terminal.until('[exit 0]')).split('\n')
    expect(lines.slice(0, 2)).toEqual(['  ✔ get x   0.90 s', 'ok'])
    expect(terminal.coloured()).not.toContain('\x1b[')
  })

  it('gives the cursor back, and leaves no line, where a bug of ours ends the process', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1)])
    await terminal.until('thinking')
    await terminal.tell({ tell: 'throw' })
    const after = await terminal.until('[exit 1]')
    expect(after).toContain('Error: a bug')
    expect(after).not.toContain('thinking')
    expect(terminal.cursor().shown).toBe(true)
  })

  it('gives the cursor back when the process leaves in the middle', async () => {
    const terminal = await terminalOf()
    await terminal.add([runStart(), turn(1)])
    await terminal.until('thinking')
    expect(terminal.cursor().shown).toBe(false)
    // 2: somebody listens to SIGXFSZ, and C2 would be a death by signal instead of exit 12
    await terminal.tell({ tell: 'leave' })
    await terminal.until('[exit 1]')
    expect(terminal.cursor().shown).toBe(true)
  })
})
