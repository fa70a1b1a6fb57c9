import { describe, expect, it } from 'vitest'
import { AgentError } from '../../src/contract/error.ts'
import type { AgentEvent } from '../../src/contract/event.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import { failure } from '../../src/contract/outcome.ts'
import { pendingText } from '../../src/contract/pending-result.ts'
import type { FakeClock } from '../rig/fake-clock.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { PuppetTool } from '../rig/puppet-tool.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { validateMessages } from '../rig/validate-messages.ts'
import type { RunResult, RunSetup, Scripted } from './rig.ts'
import { fault, message, runScript, says, text, toolUse } from './rig.ts'

const EARLY = { earlyResultsMs: 2_000 }

function pendingResult(id: string, tool = 'slow'): ContentBlock {
  return { type: 'tool_result', tool_use_id: id, content: pendingText(tool, id) }
}

function late(id: string, said: string, tool = 'slow'): ContentBlock {
  return text(`Late result of call ${id} (${tool}): ${said}`)
}

type Rig = { clock: FakeClock; quick: PuppetTool; slow: PuppetTool; ran: Promise<RunResult> }

function start(script: Scripted[], setup: Partial<RunSetup> = {}): Rig {
  const clock = openFakeClock()
  const [quick, slow] = [openPuppet({ name: 'quick' }), openPuppet({ name: 'slow' })]
  const ran = runScript({ clock, tools: [quick, slow], script, policies: EARLY, ...setup })
  return { clock, quick, slow, ran }
}

/** Every request is one that the API takes, and the transcript holds the last of them word for word. */
function expectWhole({ requests, transcript, events }: RunResult, paused = false): void {
  for (const { messages } of requests) validateMessages(messages, { hasTools: true, paused })
  const sent = requests.at(-1)?.messages ?? []
  expect(transcript.messages.slice(0, sent.length)).toEqual(sent)
  const ends = events.filter(({ type }) => type === 'call_end').length
  expect(events.slice(-1)[0]?.type).toBe('run_end')
  expect(ends).toBe(events.filter(({ type }) => type === 'call_ready').length)
}

function of<T extends AgentEvent['type']>(events: readonly AgentEvent[], type: T) {
  return events.filter((event): event is Extract<AgentEvent, { type: T }> => event.type === type)
}

describe('early results', () => {
  it('go back after their time, and the real result follows behind the results of the next message', async () => {
    const { clock, quick, slow, ran } = start([
      says([toolUse('a', 'quick'), toolUse('b', 'slow')]),
      says([toolUse('c', 'quick')]),
      says([text('all')]),
    ])
    const first = await quick.next()
    const call = await slow.next()
    await clock.advance(1_000)
    first.return('one')
    await clock.advance(999)
    expect(quick.calls).toHaveLength(1)
    await clock.advance(1)
    const second = await quick.next()
    await clock.advance(500)
    call.return('two')
    second.return('three')
    const result = await ran
    expectWhole(result)
    const { transcript, requests, events } = result
    expect(requests[1]?.messages.at(-1)?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'a', content: 'one' },
      pendingResult('b'),
    ])
    expect(requests[2]?.messages.at(-1)?.content).toEqual([
      { type: 'tool_result', tool_use_id: 'c', content: 'three' },
      late('b', 'two'),
    ])
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'all', duration_ms: 2_500 })
    expect(transcript.turns[0]?.tool_calls[1]).toMatchObject({
      status: 'ok',
      output: 'two',
      timing: { started_ms: 0, pending_ms: 2_000, ended_ms: 2_500 },
    })
    expect(transcript.turns[0]?.tool_calls[0]?.timing.pending_ms).toBeNull()
    expect(of(events, 'call_pending')).toMatchObject([{ call_id: 'b', turn: 1 }])
    expect(of(events, 'results')).toMatchObject([
      { turn: 1, call_ids: ['a', 'b'], pending_ids: ['b'], late_ids: [] },
      { turn: 2, call_ids: ['c'], pending_ids: [], late_ids: ['b'] },
    ])
  })

  it.each([
    ['text', [text('I wait.')]],
    ['nothing', []],
  ])('are waited for when the model has nothing more to do (%s), which is no answer yet', async (_what, content) => {
    const { clock, slow, ran } = start([says([toolUse('a', 'slow')]), says(content), says([text('now')])])
    const call = await slow.next()
    await clock.advance(60_000 - 1)
    call.return('at last')
    const result = await ran
    expectWhole(result)
    expect(result.transcript).toMatchObject({ exit_code: 0, answer: 'now' })
    // After an empty message nothing of the model's stands between: the late result joins the user message.
    expect(result.requests[2]?.messages.at(-1)?.content.at(-1)).toEqual(late('a', 'at last'))
    expect(result.requests[2]?.messages).toHaveLength(content.length === 0 ? 3 : 5)
  })

  it('come over several turns from several calls, each once, in the order in which they were asked for', async () => {
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow'), toolUse('b', 'slow')]),
      says([toolUse('c', 'slow')]),
      says([text('waiting')]),
      says([toolUse('d', 'slow')]),
      says([text('end')]),
    ])
    const [a, b] = [await slow.next(), await slow.next()]
    await clock.advance(2_000)
    const c = await slow.next()
    await clock.advance(1_000)
    b.fail('broken')
    await clock.advance(1_000)
    c.return('C')
    await clock.settle()
    a.return('A')
    ;(await slow.next()).return('D')
    const result = await ran
    expectWhole(result)
    expect(of(result.events, 'results').map(({ late_ids, pending_ids }) => [pending_ids, late_ids])).toEqual([
      [['a', 'b'], []],
      [['c'], ['b']],
      [[], ['a', 'c']],
      [[], []],
    ])
    expect(result.requests[2]?.messages.at(-1)?.content.at(-1)).toEqual(
      text('Late result of call b (slow), which failed: failed: broken'),
    )
    expect(result.transcript).toMatchObject({ answer: 'end', totals: { tool_calls: 4, tool_errors: 1 } })
  })

  it('may end while the next message streams', async () => {
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow')]),
      async (stream) => {
        slow.calls[0]?.return('meanwhile')
        await clock.settle()
        return says([text('before')])(stream)
      },
      says([text('after')]),
    ])
    await slow.next()
    await clock.advance(2_000)
    const result = await ran
    expectWhole(result)
    expect(result.requests[2]?.messages.at(-1)).toEqual({ role: 'user', content: [late('a', 'meanwhile')] })
    expect(result.transcript).toMatchObject({ answer: 'after', duration_ms: 2_000 })
  })

  it('hold images and text as blocks of the user message', async () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }
    const blocks = { status: 'ok', output: '', output_bytes: 0, truncated: false } as const
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow'), toolUse('b', 'slow'), toolUse('c', 'slow')]),
      says([text('I wait.')]),
      says([text('seen')]),
    ])
    const [a, b, c] = [await slow.next(), await slow.next(), await slow.next()]
    await clock.advance(2_000)
    a.end({ ...blocks, content: [text('a cat'), image, text(' ')] })
    b.end({ ...blocks, content: [image] })
    c.end({ ...blocks, content: [{ type: 'tool_reference', tool_name: 'x' }] })
    const result = await ran
    expectWhole(result)
    expect(result.requests[2]?.messages.at(-1)?.content).toEqual([
      late('a', 'a cat'),
      image,
      text('Late result of call b (slow):'),
      image,
      late('c', '{"type":"tool_reference","tool_name":"x"}'),
    ])
  })

  it('do not stand behind a message that paused, which goes back alone', async () => {
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow')]),
      says([text('thinking ')], { stop_reason: 'pause_turn' }),
      says([text('on')]),
      says([text('done')]),
    ])
    const call = await slow.next()
    await clock.advance(2_000)
    call.return('R')
    const result = await ran
    expectWhole(result, true)
    expect(result.requests[2]?.messages.at(-1)).toEqual({ role: 'assistant', content: [text('thinking ')] })
    expect(result.transcript).toMatchObject({ exit_code: 0, answer: 'done' })
  })

  it('go along with the note on a message that could not be read', async () => {
    const unreadable = { stop_reason: 'unreadable_calls', unreadable: 'no JSON' }
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow')]),
      async (stream) => {
        slow.calls[0]?.return('R')
        await clock.settle()
        return says([text('{"tool": ')], unreadable)(stream)
      },
      says([text('done')]),
    ])
    await slow.next()
    await clock.advance(2_000)
    const result = await ran
    expectWhole(result)
    expect(result.requests[2]?.messages.at(-1)?.content).toEqual([
      late('a', 'R'),
      text(expect.stringContaining('cannot be read: no JSON')),
    ])
    expect(result.transcript.answer).toBe('done')
  })

  it("bring the tool's own time-out as the real result", async () => {
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow')]),
      says([text('I wait.')]),
      says([text('too slow')]),
    ])
    await slow.next()
    await clock.advance(60_000)
    const result = await ran
    expectWhole(result)
    expect(result.requests[2]?.messages.at(-1)?.content).toEqual([
      text(
        expect.stringMatching(/^Late result of call a \(slow\), which failed: timed_out: no result within 60000 ms/),
      ),
    ])
    expect(result.transcript.turns[0]?.tool_calls[0]).toMatchObject({ status: 'timed_out' })
  })

  it.each(['results', 'waiting'] as const)('are canceled at max turns, with the code (%s)', async (last) => {
    const clock = openFakeClock()
    const slow = openPuppet({ name: 'slow', effect: 'write' })
    const ran = runScript({
      clock,
      tools: [slow],
      policies: EARLY,
      options: { maxTurns: 2 },
      script: [says([toolUse('a', 'slow')]), says(last === 'results' ? [toolUse('b', 'slow')] : [text('I wait.')])],
    })
    await slow.next()
    await clock.advance(4_000)
    // A write has its grace, and the run ends after it.
    await clock.advance(5_000)
    const result = await ran
    expectWhole(result)
    expect(result.transcript).toMatchObject({ exit_code: 7, error: { code: 'max_turns' } })
    expect(result.transcript.answer).toBe(last === 'results' ? null : 'I wait.')
    const calls = result.transcript.turns.flatMap(({ tool_calls }) => tool_calls)
    expect(calls.map(({ status, error }) => [status, error?.code])).toEqual(calls.map(() => ['canceled', 'max_turns']))
  })

  it.each(['max_tokens', 'refusal'])('are canceled when a message without calls is cut: %s', async (stop_reason) => {
    const { clock, slow, ran } = start([says([toolUse('a', 'slow')]), says([text('half')], { stop_reason })])
    const call = await slow.next()
    await clock.advance(2_000)
    const result = await ran
    expectWhole(result)
    expect(call.signal.aborted).toBe(true)
    expect(result.transcript.turns[0]?.tool_calls[0]).toMatchObject({ status: 'canceled' })
    expect(result.transcript.exit_code).toBe(stop_reason === 'refusal' ? 8 : 7)
  })

  it('are canceled when the model has failed for good', async () => {
    const { clock, slow, ran } = start([says([toolUse('a', 'slow')]), () => fault({ retryable: false })])
    const call = await slow.next()
    await clock.advance(2_000)
    const result = await ran
    expect(call.signal.aborted).toBe(true)
    expectWhole(result)
    expect(result.transcript).toMatchObject({ exit_code: 6, error: { code: 'overloaded_error' } })
  })

  it('outlive a message that is asked again', async () => {
    const { clock, slow, ran } = start([
      says([toolUse('a', 'slow')]),
      () => fault(),
      says([text('I wait.')]),
      says([text('done')]),
    ])
    const call = await slow.next()
    await clock.advance(4_000)
    call.return('R')
    const result = await ran
    expectWhole(result)
    expect(result.requests.at(-1)?.messages.at(-1)?.content).toEqual([late('a', 'R')])
    expect(result.transcript.exit_code).toBe(0)
  })

  it.each(['streaming', 'waiting'] as const)('are canceled with the run, which ends after them (%s)', async (when) => {
    const controller = new AbortController()
    const cut: Scripted = ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(message([text('cut')]))))
    const { clock, ran, slow } = start(
      [says([toolUse('a', 'slow')]), when === 'streaming' ? cut : says([text('I wait.')])],
      { signal: controller.signal },
    )
    await slow.next()
    await clock.advance(2_500)
    controller.abort(new AgentError('interrupted', 'interrupted by SIGINT', { exit: 'sigint' }))
    const result = await ran
    expectWhole(result)
    expect(result.transcript).toMatchObject({ exit_code: 130, status: 'interrupted', answer: null })
    expect(result.transcript.turns[0]?.tool_calls[0]).toMatchObject({
      status: 'canceled',
      error: { code: 'interrupted' },
    })
  })

  it('are canceled by --timeout', async () => {
    const { clock, ran, slow } = start([says([toolUse('a', 'slow')]), says([text('I wait.')])], {
      options: { timeoutMs: 5_000 },
    })
    await slow.next()
    await clock.advance(5_000)
    const result = await ran
    expectWhole(result)
    expect(result.transcript).toMatchObject({ exit_code: 124, duration_ms: 5_000 })
    expect(result.transcript.turns[0]?.tool_calls[0]).toMatchObject({ status: 'canceled', error: { code: 'timeout' } })
  })

  it('are canceled by a call that fails under fail-fast, and may fail the run themselves', async () => {
    const { clock, ran, quick, slow } = start([says([toolUse('a', 'slow')]), says([toolUse('b', 'quick')])], {
      onError: 'fail-fast',
    })
    const call = await slow.next()
    await clock.advance(2_000)
    ;(await quick.next()).fail('broken')
    const result = await ran
    expectWhole(result)
    expect(call.signal.aborted).toBe(true)
    expect(result.transcript).toMatchObject({ exit_code: 9, error: { message: 'quick failed first: broken' } })
    const other = start([says([toolUse('a', 'slow')]), says([text('I wait.')])], { onError: 'fail-fast' })
    const own = await other.slow.next()
    await other.clock.advance(2_000)
    own.fail('broken')
    expect((await other.ran).transcript).toMatchObject({
      exit_code: 9,
      error: { message: 'slow failed first: broken' },
    })
  })

  it('leave optional calls their grace only, once the model has nothing more to do', async () => {
    const clock = openFakeClock()
    const slow = openPuppet({ name: 'slow' })
    const extra = openPuppet({ name: 'extra', policy: { priority: 'optional', retry: false } })
    const ran = runScript({
      clock,
      tools: [slow, extra],
      policies: EARLY,
      script: [says([toolUse('a', 'slow'), toolUse('b', 'extra')]), says([text('I wait.')]), says([text('done')])],
    })
    const call = await slow.next()
    await clock.advance(10_000)
    call.return('R')
    await clock.advance(250)
    const result = await ran
    expectWhole(result)
    expect(result.transcript).toMatchObject({ answer: 'done', duration_ms: 10_250 })
    expect(result.requests[2]?.messages.at(-1)?.content).toEqual([
      late('a', 'R'),
      text(expect.stringMatching(/^Late result of call b \(extra\), which failed: skipped: /)),
    ])
  })

  it('share the limits of size with the results that they stand behind', async () => {
    const { clock, slow, quick, ran } = start([
      says(Array.from({ length: 3 }, (_, index) => toolUse(`s${index}`, 'slow'))),
      says(Array.from({ length: 3 }, (_, index) => toolUse(`q${index}`, 'quick'))),
      says([text('done')]),
    ])
    const large = 'x'.repeat(300_000)
    const calls = [await slow.next(), await slow.next(), await slow.next()]
    await clock.advance(2_000)
    for (const call of calls) call.return(large)
    for (const _ of calls) (await quick.next()).return(large)
    const result = await ran
    expectWhole(result)
    const sent = JSON.stringify(result.requests[2]?.messages.at(-1)).length
    expect(sent).toBeGreaterThan(255 * 1024)
    expect(sent).toBeLessThan(260 * 1024)
  })

  it('need no time of their own: nothing is left to fire once all calls are in time', async () => {
    const { clock, slow, ran } = start([says([toolUse('a', 'slow')]), says([text('done')])])
    ;(await slow.next()).end(failure('failed', 'x', 'y'))
    expect((await ran).transcript.exit_code).toBe(0)
    expect(clock.due).toEqual([])
  })
})
