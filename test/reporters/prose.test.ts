import { describe, expect, it } from 'vitest'
import type { EventBody } from '../../src/contract/event.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { openProse } from '../../src/reporters/prose.ts'
import { captureOutput } from './driver/capture-output.ts'
import {
  callEnd,
  callReady,
  callStart,
  messageEnd,
  openStory,
  runEnd,
  runStart,
  textDelta,
  turnRetry,
} from './driver/events.ts'

const redact = openRedactor({ credentials: ['canary-0123456789'], secrets: [] })

function show(stream: boolean, bodies: EventBody[]) {
  const output = captureOutput()
  const notes: string[] = []
  const reporter = openProse({ output, stream, redact, notify: (_level, text) => notes.push(text), progress: null })
  const story = openStory()
  for (const body of [runStart(), ...bodies]) reporter.report(story.add(body))
  return { text: output.text(), notes }
}

const turn = (number: number): EventBody => ({ type: 'turn_start', turn: number })

const twoTurns: EventBody[] = [
  turn(1),
  textDelta(1, 'Let me look.'),
  callReady(1, 'a', 'get_weather', { location: 'Tokyo' }),
  callStart(1, 'a'),
  messageEnd(1, 'Let me look.', 'tool_use'),
  callEnd(1, 'a'),
  turn(2),
  textDelta(2, 'It is '),
  textDelta(2, 'sunny.'),
  messageEnd(2, 'It is sunny.'),
  runEnd('It is sunny.'),
]

const retried: EventBody[] = [
  turn(1),
  textDelta(1, 'It is clou'),
  turnRetry(1, 'overloaded'),
  textDelta(1, 'It is sunny.'),
  messageEnd(1, 'It is sunny.'),
  runEnd('It is sunny.'),
]

describe('prose on a pipe', () => {
  it('is the final answer, once, with one newline', () => {
    expect(show(false, twoTurns).text).toBe('It is sunny.\n')
    expect(show(false, [turn(1), messageEnd(1, 'a\n\n'), runEnd('a\n\n')]).text).toBe('a\n')
  })

  it('M15 never holds text of a dropped attempt', () => {
    expect(show(false, retried)).toEqual({ text: 'It is sunny.\n', notes: [] })
  })

  it('is empty where there is no answer', () => {
    expect(show(false, [turn(1), textDelta(1, 'It is clou'), runEnd(null, 'failed')]).text).toBe('')
  })

  it('prints an incomplete answer; that it is one is said by the caller', () => {
    const shown = show(false, [turn(1), messageEnd(1, 'It is', 'max_tokens'), runEnd('It is', 'incomplete')])
    expect(shown).toEqual({ text: 'It is\n', notes: [] })
  })

  it('S3 S5 holds neither secrets nor escapes, nor a secret that escapes have split', () => {
    const answer = 'key canary-\x1b[0m0123456789 \x1b]0;x\x07end'
    expect(show(false, [turn(1), messageEnd(1, answer), runEnd(answer)]).text).toBe('key [redacted] end\n')
  })
})

describe('prose at a terminal', () => {
  it('shows all text as it comes, each message on lines of its own, and the answer once', () => {
    expect(show(true, twoTurns).text).toBe('Let me look.\nIt is sunny.\n')
  })

  it('M15 says that the text of a dropped attempt is void', () => {
    expect(show(true, retried)).toEqual({
      text: 'It is clou\nIt is sunny.\n',
      notes: ['the text above is void and will be asked for again: overloaded'],
    })
  })

  it('says nothing of a dropped attempt that showed nothing', () => {
    expect(show(true, [turn(1), turnRetry(1, 'overloaded'), textDelta(1, 'a'), runEnd('a')])).toEqual({
      text: 'a\n',
      notes: [],
    })
  })

  it('goes on with a message that paused, and shows the answer once', () => {
    const [first, second] = ['The first half, ', 'the second.']
    const shown = show(true, [
      turn(1),
      textDelta(1, first),
      messageEnd(1, first, 'pause_turn'),
      turn(2),
      textDelta(2, second),
      messageEnd(2, second),
      runEnd(first + second),
    ])
    expect(shown.text).toBe('The first half, the second.\n')
  })

  it('shows an answer that came without deltas', () => {
    expect(show(true, [turn(1), messageEnd(1, 'all'), runEnd('all')]).text).toBe('all\n')
  })

  it('S3 S5 leaks no secret and no escape that is split over deltas', () => {
    const deltas = ['key ca', 'nary-0123', '456789 \x1b', '[31mred\x1b]0;ti', 'tle\x07 end can']
    const text = deltas.join('')
    const shown = show(true, [
      turn(1),
      ...deltas.map((delta) => textDelta(1, delta)),
      messageEnd(1, text),
      runEnd(text),
    ])
    expect(shown.text).toBe('key [redacted] red end can\n')
  })
})
