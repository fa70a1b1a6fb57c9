import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { agentEventSchema } from '../../src/contract/event.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import { openJson } from '../../src/reporters/json.ts'
import { openJsonl } from '../../src/reporters/jsonl.ts'
import { captureOutput } from './driver/capture-output.ts'
import type { Story } from './driver/events.ts'
import {
  callEnd,
  callReady,
  callStart,
  messageEnd,
  ok,
  openStory,
  runEnd,
  runStart,
  textDelta,
} from './driver/events.ts'

const CANARY = 'canary-0123456789'
const redact = openRedactor({ credentials: [CANARY], secrets: [] })

function tellOf(deltas: string[]): Story {
  const story = openStory()
  story.add(runStart(`what is ${CANARY}?`))
  story.add({ type: 'turn_start', turn: 1 })
  story.add(callReady(1, 'a', 'get', { key: CANARY }))
  story.add(callStart(1, 'a'))
  story.add(callEnd(1, 'a', ok(`\x1b[31m\u009b31m\u202e${CANARY}`)), 12)
  for (const delta of deltas) story.add(textDelta(1, delta))
  story.add(messageEnd(1, deltas.join('')))
  story.add(runEnd(deltas.join('')))
  return story
}

describe('--json', () => {
  it('is one document, with every key, without secrets and without what steers a terminal', async () => {
    const output = captureOutput()
    const story = tellOf([`it is ${CANARY}`])
    const reporter = openJson({ output, redact })
    for (const event of story.events) reporter.report(event)
    expect(output.text()).toBe('')
    await reporter.close(story.transcript())
    const document = transcriptSchema.parse(JSON.parse(output.text()))
    expect(document).toMatchObject({ question: 'what is [redacted]?', answer: 'it is [redacted]' })
    expect(document.turns[0]?.tool_calls[0]).toMatchObject({
      input: { key: '[redacted]' },
      output: '\x1b[31m\u009b31m\u202e[redacted]',
    })
    expect(output.text()).not.toContain(CANARY)
    expect(output.text()).not.toMatch(/(?!\n)\p{Cc}|\p{Bidi_Control}/u)
    expect([output.closed(), output.text().endsWith('}\n')]).toEqual([1, true])
  })
})

describe('--jsonl', () => {
  function linesOf(story: Story): string[] {
    const output = captureOutput()
    const reporter = openJsonl({ output, redact })
    for (const event of story.events) reporter.report(event)
    return output.text().split('\n').slice(0, -1)
  }

  it('is every event, each on a line, as it happens', () => {
    const output = captureOutput()
    const reporter = openJsonl({ output, redact })
    const story = openStory()
    for (const body of [runStart(), textDelta(1, 'It is '), textDelta(1, 'sunny.'), runEnd('It is sunny.')]) {
      reporter.report(story.add(body))
      expect(output.text().split('\n').length - 1).toBe(story.events.length)
    }
    expect(
      output
        .text()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(story.events)
  })

  it('S3 shows no secret that is split over deltas; seq has no gap, the texts are whole', () => {
    const piece = fc.oneof(
      fc.constantFrom('canary-', '0123456789', 'can', CANARY, ' ', '\u009b', '\n'),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece), (deltas) => {
        const story = tellOf(deltas)
        const lines = linesOf(story)
        const events = lines.map((line) => agentEventSchema.parse(JSON.parse(line)))
        expect(events.map((event) => event.seq)).toEqual(story.events.map((event) => event.seq))
        const texts = events.map((event) => (event.type === 'text_delta' ? event.text : ''))
        expect(texts.join('')).toBe(redact(deltas.join('')))
        expect(lines.join('')).not.toContain(CANARY)
        expect(lines.join('')).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u)
      }),
    )
  })
})
