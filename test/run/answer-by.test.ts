import { describe, expect, it } from 'vitest'
import { ANSWER_NOW } from '../../src/run/answer-by.ts'
import type { FakeClock } from '../rig/fake-clock.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { validateMessages } from '../rig/validate-messages.ts'
import type { RunResult, RunSetup, Scripted } from './rig.ts'
import { fault, runScript, says, text, toolUse } from './rig.ts'

const BY = { answerByMs: 20_000 }
const MARKED = { status: 'incomplete', exit_code: 7, error: { code: 'answer_by' } }

function ask(clock: FakeClock, tools: RunSetup['tools'], script: Scripted[], setup: Partial<RunSetup> = {}) {
  return runScript({ clock, tools: tools ?? [], script, ...setup, policies: { ...BY, ...setup.policies } })
}

/** A message that ends so much later. */
function later(clock: FakeClock, ms: number, ...[content, overrides]: Parameters<typeof says>): Scripted {
  return async (stream) => {
    const reply = await says(content, overrides)(stream)
    await new Promise<void>((resolve) => clock.timer(ms, resolve))
    return reply
  }
}

function expectOneLastTurn({ requests, transcript, events }: RunResult, paused = false): void {
  for (const { messages } of requests) validateMessages(messages, { hasTools: true, paused })
  expect(requests.map(({ toolChoice }) => toolChoice)).toEqual(
    requests.map((_, at) => (at === requests.length - 1 ? 'none' : 'auto')),
  )
  const sent = requests.at(-1)?.messages ?? []
  expect(transcript.messages.slice(0, sent.length)).toEqual(sent)
  expect(events.filter((event) => event.type === 'limit')).toMatchObject([{ limit: 'answer_by', at_ms: 20_000 }])
  expect(events.at(-1)?.type).toBe('run_end')
}

describe('--answer-by', () => {
  it('cancels what is unfinished, says so in the results, and asks for the answer with the tools in place', async () => {
    const clock = openFakeClock()
    const [quick, slow] = [openPuppet({ name: 'quick' }), openPuppet({ name: 'slow' })]
    const ran = ask(clock, [quick, slow], [says([toolUse('a', 'quick'), toolUse('b', 'slow')]), says([text('only a')])])
    ;(await quick.next()).return('A')
    const call = await slow.next()
    await clock.advance(19_999)
    expect(call.signal.aborted).toBe(false)
    await clock.advance(1)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.requests[1]?.messages.at(-1)?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: 'A' },
      {
        type: 'tool_result',
        tool_use_id: 'b',
        content: 'canceled: the time to answer is over after 20000 ms',
        is_error: true,
      },
      text(ANSWER_NOW),
    ])
    expect(result.transcript).toMatchObject({ ...MARKED, answer: 'only a', duration_ms: 20_000 })
    expect(result.transcript.turns[0]?.tool_calls[1]).toMatchObject({
      status: 'canceled',
      error: { code: 'answer_by' },
    })
  })

  it('is silent where the answer comes in time, and leaves nothing to fire', async () => {
    const clock = openFakeClock()
    const { transcript, events } = await ask(clock, [], [says([text('quick')])])
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'quick' })
    expect(events.some(({ type }) => type === 'limit')).toBe(false)
    expect(clock.due).toEqual([])
  })

  it('lets a message that is streaming end; where that is a whole answer and nothing was canceled, the run is completed', async () => {
    const clock = openFakeClock()
    const ran = ask(clock, [], [later(clock, 25_000, [text('just in time')])])
    await clock.advance(25_000)
    const { transcript, requests } = await ran
    expect(requests).toHaveLength(1)
    expect(transcript).toMatchObject({ status: 'completed', exit_code: 0, answer: 'just in time', duration_ms: 25_000 })
  })

  it('does not start the calls of a message that is streaming, and ends its reads', async () => {
    const clock = openFakeClock()
    const [read, write] = [openPuppet({ name: 'read' }), openPuppet({ name: 'write', effect: 'write' })]
    const ran = ask(
      clock,
      [read, write],
      [later(clock, 25_000, [toolUse('a', 'read'), toolUse('b', 'write')]), says([text('nothing')])],
    )
    await clock.advance(25_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(write.calls).toHaveLength(0)
    expect(result.transcript.turns[0]?.tool_calls).toMatchObject([
      { status: 'canceled', error: { code: 'answer_by' } },
      { status: 'not_started', error: { code: 'answer_by' } },
    ])
    expect(result.transcript).toMatchObject({ ...MARKED, answer: 'nothing' })
  })

  it('gives the last turn also when max turns is already reached', async () => {
    const clock = openFakeClock()
    const slow = openPuppet({ name: 'slow' })
    const ran = ask(clock, [slow], [says([toolUse('a', 'slow')]), says([text('done')])], { options: { maxTurns: 1 } })
    await clock.advance(20_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.transcript).toMatchObject({ ...MARKED, answer: 'done', totals: { turns: 2 } })
  })

  it('gives writes their grace before the last request', async () => {
    const clock = openFakeClock()
    const write = openPuppet({ name: 'write', effect: 'write' })
    const ran = ask(clock, [write], [says([toolUse('a', 'write'), toolUse('b', 'write')]), says([text('done')])])
    const [a] = [await write.next(), await write.next()]
    await clock.advance(23_000)
    a.return('written')
    await clock.advance(2_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'canceled'])
    expect(result.transcript).toMatchObject({ ...MARKED, duration_ms: 25_000 })
  })

  it('goes on between two attempts at a message: the next one is the last', async () => {
    const clock = openFakeClock()
    const ran = ask(clock, [], [() => fault({ retryAfterMs: 30_000 }), says([text('late')])])
    await clock.advance(30_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.requests[1]?.messages).toEqual([{ role: 'user', content: [text('question'), text(ANSWER_NOW)] }])
    expect(result.transcript).toMatchObject({
      ...MARKED,
      answer: 'late',
      totals: { turns: 1 },
      turns: [{ attempts: 2 }],
    })
  })

  it.each([
    ['running', 'write', 25_000],
    ['running', 'read', 20_000],
  ] as const)(
    'ends pending calls that the run waits for, and tells of them in the last request (%s %s)',
    async (_how, effect, endMs) => {
      const clock = openFakeClock()
      const slow = openPuppet({ name: 'slow', effect })
      const ran = ask(clock, [slow], [says([toolUse('a', 'slow')]), says([text('I wait.')]), says([text('done')])], {
        policies: { earlyResultsMs: 1_000 },
      })
      await clock.advance(25_000)
      const result = await ran
      expectOneLastTurn(result)
      expect(result.requests[2]?.messages.at(-1)?.content).toEqual([
        text(expect.stringMatching(/^Late result of call a \(slow\), which failed: canceled: /)),
        text(ANSWER_NOW),
      ])
      expect(result.transcript).toMatchObject({ ...MARKED, answer: 'done', duration_ms: endMs })
    },
  )

  it('does not take a text for the answer while pending calls were canceled', async () => {
    const clock = openFakeClock()
    const slow = openPuppet({ name: 'slow' })
    const ran = ask(
      clock,
      [slow],
      [says([toolUse('a', 'slow')]), later(clock, 25_000, [text('I wait.')]), says([text('done')])],
      { policies: { earlyResultsMs: 1_000 } },
    )
    await clock.advance(26_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.transcript).toMatchObject({ ...MARKED, answer: 'done', duration_ms: 26_000 })
  })

  it('answers no call as pending once the time is over', async () => {
    const clock = openFakeClock()
    const write = openPuppet({ name: 'write', effect: 'write' })
    const ran = ask(clock, [write], [says([toolUse('a', 'write')]), says([text('done')])], {
      policies: { earlyResultsMs: 21_000 },
    })
    await clock.advance(25_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.events.some(({ type }) => type === 'call_pending')).toBe(false)
  })

  it('sends a message that paused back as it was, without calls', async () => {
    const clock = openFakeClock()
    const ran = ask(
      clock,
      [],
      [later(clock, 25_000, [text('first ')], { stop_reason: 'pause_turn' }), says([text('second')])],
    )
    await clock.advance(25_000)
    const result = await ran
    expectOneLastTurn(result, true)
    expect(result.requests[1]?.messages.at(-1)).toEqual({ role: 'assistant', content: [text('first ')] })
    expect(result.transcript).toMatchObject({ ...MARKED, answer: 'first second' })
  })

  it.each([
    ['a fault', () => fault({ retryable: false, message: 'overloaded' }), null],
    ['a call', says([text('I look'), toolUse('z', 'slow')]), 'I look'],
    ['nothing', says([]), null],
    ['a cut', says([text('half')], { stop_reason: 'max_tokens' }), 'half'],
    ['a pause', says([text('half')], { stop_reason: 'pause_turn' }), 'half'],
  ] as const)('ends with what there is when the last turn brings %s', async (_what, last, answer) => {
    const clock = openFakeClock()
    const slow = openPuppet({ name: 'slow' })
    const ran = ask(clock, [slow], [says([toolUse('a', 'slow')]), last])
    await clock.advance(20_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(slow.calls).toHaveLength(1)
    expect(result.transcript).toMatchObject({ ...MARKED, answer })
  })

  it('says that the model refused where it does in the last turn', async () => {
    const clock = openFakeClock()
    const slow = openPuppet({ name: 'slow' })
    const ran = ask(clock, [slow], [says([toolUse('a', 'slow')]), says([], { stop_reason: 'refusal' })])
    await clock.advance(20_000)
    expect((await ran).transcript).toMatchObject({ status: 'refused', exit_code: 8 })
  })

  it('ends what no-new lets finish, in a run that has failed', async () => {
    const clock = openFakeClock()
    const [broken, slow] = [openPuppet({ name: 'broken' }), openPuppet({ name: 'slow' })]
    const ran = ask(clock, [broken, slow], [says([toolUse('a', 'broken'), toolUse('b', 'slow')])], {
      onError: 'no-new',
    })
    ;(await broken.next()).fail('no')
    await clock.advance(20_000)
    const { transcript, requests } = await ran
    expect(requests).toHaveLength(1)
    expect(transcript).toMatchObject({ status: 'failed', exit_code: 9, duration_ms: 20_000 })
    expect(transcript.turns[0]?.tool_calls[1]).toMatchObject({ status: 'canceled', error: { code: 'answer_by' } })
  })

  it('waits for a pending write too, which has its grace beside the calls of the turn', async () => {
    const clock = openFakeClock()
    const [write, read] = [openPuppet({ name: 'write', effect: 'write' }), openPuppet({ name: 'read' })]
    const script = [says([toolUse('a', 'write')]), says([toolUse('b', 'read')]), says([text('done')])]
    const ran = ask(clock, [write, read], script, { policies: { earlyResultsMs: 19_500 } })
    const writing = await write.next()
    await clock.advance(22_000)
    writing.return('written')
    const result = await ran
    expectOneLastTurn(result)
    expect(result.requests[2]?.messages.at(-1)?.content).toMatchObject([
      { tool_use_id: 'b', content: expect.stringMatching(/^canceled: /) },
      text('Late result of call a (write): written'),
      text(ANSWER_NOW),
    ])
    expect(result.transcript).toMatchObject({ ...MARKED, duration_ms: 22_000 })
  })

  it.each([
    ['was empty', []],
    ['could not be read', [text('{"tool":')]],
  ])('asks for the answer, and for nothing else, after a message that %s', async (_what, content) => {
    const clock = openFakeClock()
    const overrides = content.length === 0 ? {} : { stop_reason: 'unreadable_calls', unreadable: 'cut' }
    const ran = ask(clock, [], [later(clock, 25_000, content, overrides), says([text('done')])])
    await clock.advance(25_000)
    const result = await ran
    expectOneLastTurn(result)
    expect(result.requests[1]?.messages.at(-1)?.content.at(-1)).toEqual(text(ANSWER_NOW))
    expect(JSON.stringify(result.requests[1]?.messages)).not.toContain('Your last message')
  })

  it('begins the last turn when its request goes out, not before', async () => {
    const clock = openFakeClock()
    const write = openPuppet({ name: 'write', effect: 'write' })
    const ran = ask(clock, [write], [says([toolUse('a', 'write')]), says([text('I wait.')]), says([text('done')])], {
      policies: { earlyResultsMs: 1_000 },
    })
    await clock.advance(25_000)
    expect((await ran).transcript.turns.map(({ started_ms }) => started_ms)).toEqual([0, 1_000, 25_000])
  })

  it('gives way to --timeout', async () => {
    const clock = openFakeClock()
    const write = openPuppet({ name: 'write', effect: 'write' })
    const ran = ask(clock, [write], [says([toolUse('a', 'write')])], { options: { timeoutMs: 21_000 } })
    await clock.advance(25_000)
    const { transcript, requests } = await ran
    expect(requests).toHaveLength(1)
    expect(transcript).toMatchObject({ exit_code: 124, status: 'timed_out' })
  })
})
