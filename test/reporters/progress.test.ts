/** What is drawn when: on a terminal that is read, by a clock that the test moves. */
import { afterEach, describe, expect, it } from 'vitest'
import type { EventBody } from '../../src/contract/event.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { Progress } from '../../src/reporters/progress.ts'
import { openProgress } from '../../src/reporters/progress.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import {
  callEnd,
  callReady,
  callStart,
  messageEnd,
  ok,
  openStory,
  runEnd,
  runStart,
  turnRetry,
} from './driver/events.ts'
import { openFakeTerminal } from './driver/fake-terminal.ts'

const opened: Progress[] = []
afterEach(() => {
  for (const progress of opened.splice(0)) progress.stop()
})

const turn = (number: number): EventBody => ({ type: 'turn_start', turn: number })
const idsOf = (count: number, prefix = 'c') => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

async function rig({ animate = true, columns = 80, rows = 24 } = {}) {
  const clock = openFakeClock()
  const terminal = openFakeTerminal({ columns, rows })
  const progress = openProgress({
    stderr: terminal.stream,
    animate,
    colour: false,
    columns: 80,
    clock,
    redact: (text) => text.replaceAll('secret', '[redacted]'),
    summary: true,
  })
  opened.push(progress)
  const story = openStory()
  const report = (...bodies: EventBody[]) => {
    for (const body of bodies) progress.report(story.add(body, clock.now()))
  }
  report(runStart(), turn(1))
  await clock.advance(120)
  // the spinner is loaded by then, or loading
  if (animate) await Promise.all([import('../../src/reporters/spinner.ts'), import('../../src/reporters/suspend.ts')])
  await clock.settle()
  const end = async () => {
    report(runEnd('done'))
    await progress.close(story.transcript())
  }
  return { clock, terminal, progress, report, end }
}

/** A whole turn whose calls all run at once. */
function beginTurn(number: number, ids: readonly string[], tool = 'get'): EventBody[] {
  return [
    ...ids.map((id) => callReady(number, id, tool, { id })),
    messageEnd(number, '', 'tool_use'),
    ...ids.map((id) => callStart(number, id)),
  ]
}

describe('a turn of many calls', () => {
  it('is counted while it runs, and is one line when it is over', async () => {
    const { clock, terminal, report, end } = await rig()
    const ids = idsOf(1000)
    report(...ids.map((id) => callReady(1, id, 'get', { id })), messageEnd(1, '', 'tool_use'))
    report(...ids.slice(0, 64).map((id) => callStart(1, id)))
    await clock.advance(1_000)
    report(...ids.slice(0, 32).map((id) => callEnd(1, id)))
    await clock.advance(200)
    expect(terminal.moving()).toEqual([
      expect.stringMatching(/^ {2}\S 32 of 1,000 calls · 32 running · 936 waiting · 2[5-9]\/s$/),
      '    get c32    1.2 s',
      '    get c33    1.2 s',
      '    get c34    1.2 s',
      '    slowest so far: get c0 1.00 s',
    ])
    expect(terminal.lasting()).toEqual([])
    report(...ids.slice(32, 64).map((id) => callEnd(1, id)))
    report(...ids.slice(64).flatMap((id) => [callStart(1, id), callEnd(1, id)]))
    await clock.advance(800)
    await end()
    expect(terminal.lasting()).toEqual([
      '  ✔ 1,000 calls: 1,000 ok, slowest get c32 1.20 s, 833/s',
      expect.stringMatching(/^1,000 calls in 1\.2 s/),
    ])
    expect(terminal.cursorShown()).toBe(true)
  })

  it('is drawn as often as time passes, however many calls end meanwhile', async () => {
    const { clock, terminal, report } = await rig()
    const ids = idsOf(1000)
    report(...beginTurn(1, ids))
    const before = terminal.frames()
    for (let step = 0; step < 100; step += 1) {
      report(...ids.slice(step * 10, step * 10 + 10).map((id) => callEnd(1, id)))
      await clock.advance(1)
    }
    // a frame is 80 ms
    expect(terminal.frames() - before).toBeLessThanOrEqual(2)
  })

  it('is told line by line up to thirty calls, and those lines stay where more become known', async () => {
    const { clock, terminal, report, end } = await rig()
    const ids = idsOf(31)
    const few = ids.slice(0, 30)
    report(...few.map((id) => callReady(1, id, 'get', { id })), ...few.map((id) => callStart(1, id)))
    report(callEnd(1, 'c0'), callEnd(1, 'c1', failure('failed', 'exit', 'exit code 1')))
    await clock.advance(100)
    expect(terminal.moving()).toHaveLength(9)
    report(callReady(1, 'c30', 'get', { id: 'c30' }), callStart(1, 'c30'), messageEnd(1, '', 'tool_use'))
    await clock.advance(100)
    expect(terminal.moving()[0]).toMatch(/2 of 31 calls · 1 failed · 29 running/)
    report(...ids.slice(2).map((id) => callEnd(1, id)))
    await end()
    expect(terminal.lasting().slice(0, -1)).toEqual([
      '  ✔ get c0    0.00 s',
      '  ✖ get c1    0.00 s  failed: exit code 1',
      expect.stringMatching(/^ {2}✔ 31 calls: 30 ok, 1 failed, slowest get c2 0\.20 s, /),
    ])
  })

  it('is followed by a turn of few calls in the manner of few', async () => {
    const { clock, terminal, report, end } = await rig()
    const ids = idsOf(40)
    report(...beginTurn(1, ids))
    await clock.advance(100)
    report(...ids.map((id) => callEnd(1, id)), turn(2), ...beginTurn(2, ['x', 'y']))
    await clock.advance(200)
    expect(terminal.moving().map((line) => line.slice(4))).toEqual(['get x      0.1 s', 'get y      0.1 s'])
    report(callEnd(2, 'x'), callEnd(2, 'y'))
    await end()
    expect(terminal.lasting().slice(0, -1)).toEqual([
      '  ✔ 40 calls: 40 ok, slowest get c0 0.10 s, 400/s',
      '  ✔ get x     0.20 s',
      '  ✔ get y     0.20 s',
    ])
  })

  it('tells of its failures up to ten times, five times of one reason, and counts the others', async () => {
    const { clock, terminal, report, end } = await rig()
    const ids = idsOf(100)
    report(...beginTurn(1, ids))
    await clock.advance(500)
    const broken: Outcome = failure('failed', 'exit', 'exit code 1: a secret\x1b[2J')
    report(...ids.slice(0, 40).map((id) => callEnd(1, id, broken)))
    report(
      callEnd(1, 'c40', failure('timed_out', 'timed_out', 'no answer')),
      ...ids.slice(41).map((id) => callEnd(1, id)),
    )
    await end()
    const lines = terminal.lasting()
    expect(lines.slice(0, 2)).toEqual([
      '  ✖ get c0    0.50 s  failed: exit code 1: a [redacted]',
      '  ✖ get c1    0.50 s  failed: exit code 1: a [redacted]',
    ])
    expect(lines.slice(5, -1)).toEqual([
      '  ✖ get c40   0.50 s  timed out: no answer',
      '  ✔ 100 calls: 59 ok, 41 failed, slowest get c0 0.50 s, 200/s',
      '    35 more failed: get failed (exit) × 35',
    ])
  })

  it('that is cut off says how many calls were, and none by itself', async () => {
    const { clock, terminal, report, end } = await rig()
    const ids = idsOf(100)
    report(...ids.map((id) => callReady(1, id, 'get', { id })), messageEnd(1, '', 'tool_use'))
    report(...ids.slice(0, 64).map((id) => callStart(1, id)))
    await clock.advance(500)
    report(callEnd(1, 'c0', ok('x')))
    report(...ids.slice(1, 64).map((id) => callEnd(1, id, failure('canceled', 'canceled', 'interrupted by SIGINT'))))
    report(...ids.slice(64).map((id) => callEnd(1, id, failure('not_started', 'canceled', 'interrupted by SIGINT'))))
    await end()
    expect(terminal.lasting().slice(0, -1)).toEqual([
      '  ✔ 100 calls: 1 ok, 63 canceled, 36 not started, slowest get c0 0.50 s, 2.0/s',
    ])
  })

  it('says what failed and its last line where nothing may move', async () => {
    const { clock, terminal, report, end } = await rig({ animate: false })
    const ids = idsOf(50)
    report(...beginTurn(1, ids))
    await clock.advance(500)
    report(callEnd(1, 'c0', failure('failed', 'exit', 'exit code 1')), ...ids.slice(1).map((id) => callEnd(1, id)))
    await end()
    expect(terminal.frames()).toBe(0)
    expect(terminal.lasting().slice(0, -1)).toEqual([
      '  ✖ get c0    0.50 s  failed: exit code 1',
      '  ✔ 50 calls: 49 ok, 1 failed, slowest get c0 0.50 s, 100/s',
    ])
  })

  it('takes no more rows than the window has, whatever its size', async () => {
    const { clock, terminal, report } = await rig({ columns: 40, rows: 3 })
    report(...beginTurn(1, idsOf(64, 'a_call_with_a_rather_long_name_')))
    await clock.advance(100)
    expect(terminal.moving()).toHaveLength(2)
    terminal.rows = 1
    await clock.advance(100)
    expect(terminal.moving()).toEqual([expect.stringMatching(/0 of 64 calls · 64 running/)])
    terminal.rows = 24
    terminal.columns = 24
    await clock.advance(100)
    expect(terminal.moving()).toHaveLength(5)
    expect(Math.max(...terminal.moving().map((line) => line.length))).toBeLessThanOrEqual(24)
  })

  it('counts a call once that is taken over by a message that was asked for again', async () => {
    const { clock, terminal, report } = await rig()
    const ids = idsOf(40)
    report(...ids.map((id) => callReady(1, id, 'get', { id })), ...ids.map((id) => callStart(1, id)))
    await clock.advance(1_000)
    report(turnRetry(1, 'overloaded'), ...ids.map((id) => callReady(1, `d${id}`, 'get', { id }, id)))
    report(messageEnd(1, '', 'tool_use'))
    await clock.advance(200)
    expect(terminal.moving().slice(0, 2)).toEqual([
      expect.stringMatching(/ 0 of 40 calls · 40 running$/),
      '    get c0     1.2 s',
    ])
  })

  it('goes on beside the next turn where its calls have been answered for', async () => {
    const { clock, terminal, report, end } = await rig()
    const ids = idsOf(40)
    report(...beginTurn(1, ids), ...ids.map((call_id): EventBody => ({ type: 'call_pending', turn: 1, call_id })))
    report({ type: 'results', turn: 1, call_ids: ids, pending_ids: ids, late_ids: [], note: null }, turn(2))
    await clock.advance(200)
    expect(terminal.moving()[0]).toMatch(/0 of 40 calls · 40 running$/)
    expect(terminal.moving().at(-1)).toMatch(/thinking {2}0\.1 s$/)
    report(...ids.map((id) => callEnd(1, id)))
    await end()
    expect(terminal.lasting()[0]).toBe('  ✔ 40 calls: 40 ok, slowest get c0 0.20 s, 200/s')
  })
})

describe('the moving lines', () => {
  it('leave others to begin at the start of a line, also behind what the terminal has echoed', async () => {
    const { terminal, progress, report } = await rig()
    report(messageEnd(1, ''))
    terminal.stream.write('^C')
    progress.hide()
    progress.show()
    terminal.stream.write('agent: interrupted\n')
    expect(terminal.raw()).toContain('^C\r\x1b[Kagent: interrupted\n')
  })

  it('are there while something goes on, and the cursor is hidden as long', async () => {
    const { clock, terminal, progress, report } = await rig()
    expect(terminal.moving()).toEqual([expect.stringMatching(/thinking/)])
    expect(terminal.cursorShown()).toBe(false)
    progress.hide()
    expect([terminal.moving(), terminal.cursorShown()]).toEqual([[], true])
    progress.show()
    expect(terminal.moving()).toHaveLength(1)
    report(messageEnd(1, ''))
    await clock.advance(1_000)
    expect([terminal.moving(), terminal.cursorShown()]).toEqual([[], true])
  })
})
