import { expect, it } from 'vitest'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import type { AgentEvent, EventOf } from '../../src/contract/event.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import { openData } from '../../src/reporters/data.ts'

type End = Partial<EventOf<'run_end'>>

async function shown(end: End, before: AgentEvent[] = []) {
  const steps: string[] = []
  const notes: string[] = []
  const reporter = openData({
    output: { write: (text) => steps.push(text), close: async () => {}, onBroken: () => {} },
    redact: openRedactor({ credentials: [], secrets: ['hunter2hunter2'] }),
    notify: (level, text) => notes.push(`${level}: ${text}`),
    progress: { hide: () => steps.push('hide'), show: () => steps.push('show'), insideLine: false },
  })
  const common = {
    status: 'completed',
    exit_code: 0,
    answer: null,
    structured: null,
    error: null,
    usage: null,
  } as const
  for (const event of before) reporter.report(event)
  reporter.report({ type: 'run_end', seq: 9, at_ms: 9, ...common, ...end })
  await reporter.close(emptyTranscript(null, 0))
  return { steps, notes, text: steps.filter((step) => step !== 'hide' && step !== 'show').join('') }
}

it('prints the data and nothing else, once, with the moving lines away', async () => {
  const delta: AgentEvent = { type: 'text_delta', seq: 1, at_ms: 1, turn: 1, text: '{"n":' }
  const { steps, notes } = await shown({ structured: { n: 1 }, answer: '{"n":1}' }, [delta])
  expect(steps).toEqual(['hide', '{\n  "n": 1\n}\n', 'show'])
  expect(notes).toEqual([])
})

it('prints what the schema may ask for, null included', async () => {
  expect((await shown({ structured: null, answer: 'null' })).text).toBe('null\n')
  expect((await shown({ structured: [] })).text).toBe('[]\n')
})

it('prints data that came in time but not with all there was', async () => {
  expect((await shown({ structured: { n: 1 }, status: 'incomplete', exit_code: 7 })).text).toContain('"n": 1')
})

it('prints nothing where the answer does not fit, and quotes it on stderr', async () => {
  const { steps, notes } = await shown({ status: 'incomplete', answer: `It is\n  one.${'x'.repeat(2_000)}` })
  expect(steps).toEqual([])
  expect(notes).toEqual([
    expect.stringMatching(/^warning: the answer, which is not printed: It is one\.x{490,}\.\.\.$/),
  ])
})

it('says nothing of an answer that is not there', async () => {
  expect(await shown({ status: 'failed' })).toEqual({ steps: [], notes: [], text: '' })
})

it('S3 S5 redacts secrets, and escapes what could steer the terminal', async () => {
  const { text } = await shown({ structured: { 'a\u202eb': '\u001b[31m', password: 'hunter2hunter2' } })
  expect(text).toBe('{\n  "a\\u202eb": "\\u001b[31m",\n  "password": "[redacted]"\n}\n')
})
