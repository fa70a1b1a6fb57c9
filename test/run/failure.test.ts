import { describe, expect, it } from 'vitest'
import type { AgentEvent } from '../../src/contract/event.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { PuppetCall, PuppetTool } from '../rig/puppet-tool.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import type { Scripted } from './rig.ts'
import { fault, runScript, says, text, toolUse } from './rig.ts'

const ids = Array.from({ length: 24 }, (_, index) => `c${index}`)

function next(puppet: PuppetTool, count: number): Promise<PuppetCall[]> {
  return Promise.all(Array.from({ length: count }, () => puppet.next()))
}

/** Streams calls, then waits for the promise or the abort, then ends the message. */
function holding(...[content, released]: [Parameters<typeof says>[0], Promise<unknown>]): Scripted {
  return async (stream) => {
    const reply = await says(content)(stream)
    await Promise.race([
      released,
      new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve())),
    ])
    return reply
  }
}

function lastIsRunEnd(events: readonly AgentEvent[]): void {
  expect(events.at(-1)?.type).toBe('run_end')
  expect(events.filter(({ type }) => type === 'run_end')).toHaveLength(1)
}

describe('--on-error', () => {
  it('collect gives every result to the model, errors included', async () => {
    const read = openPuppet({ name: 'read' })
    const ran = runScript({
      tools: [read],
      onError: 'collect',
      script: [says(ids.map((id) => toolUse(id, 'read'))), says([text('as far as I know')])],
    })
    const calls = await next(read, ids.length)
    for (const [index, call] of calls.entries()) index % 3 === 0 ? call.fail('broken') : call.return(index)
    const { transcript, requests } = await ran
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'as far as I know', totals: { tool_errors: 8 } })
    expect(requests[1]?.messages.at(-1)?.content).toHaveLength(ids.length)
  })

  it('no-new lets running calls finish and starts none, reads the message to its end, and asks no more', async () => {
    const read = openPuppet({ name: 'read' })
    const write = openPuppet({ name: 'write', effect: 'write' })
    let release = () => {}
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    const ran = runScript({
      tools: [read, write],
      onError: 'no-new',
      concurrency: 20,
      script: [
        holding([...ids.map((id) => toolUse(id, 'read')), toolUse('w', 'write'), text('that is what I do')], released),
      ],
    })
    const calls = await next(read, 20)
    calls[7]?.fail('no such place')
    calls[3]?.fail('later')
    release()
    await new Promise((resolve) => setImmediate(resolve))
    for (const call of calls) call.return('fine')
    const { transcript, events, requests } = await ran
    lastIsRunEnd(events)
    expect(requests).toHaveLength(1)
    expect(transcript).toMatchObject({
      status: 'failed',
      exit_code: 9,
      answer: null,
      error: { code: 'on_error', message: 'read failed first: no such place' },
    })
    const statuses = transcript.turns[0]?.tool_calls.map(({ status }) => status) ?? []
    expect(statuses.filter((status) => status === 'ok')).toHaveLength(18)
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(2)
    expect(statuses.filter((status) => status === 'not_started')).toHaveLength(5)
    expect(write.calls).toHaveLength(0)
    expect(transcript.turns[0]).toMatchObject({ text: 'that is what I do', stop_reason: 'tool_use' })
  })

  it('no-new lets pending calls finish as well, and the model is not asked about them', async () => {
    const clock = openFakeClock()
    const [slow, broken] = [openPuppet({ name: 'slow' }), openPuppet({ name: 'broken' })]
    const ran = runScript({
      clock,
      tools: [slow, broken],
      onError: 'no-new',
      policies: { earlyResultsMs: 1_000 },
      script: [says([toolUse('a', 'slow')]), says([toolUse('b', 'broken')])],
    })
    const call = await slow.next()
    await clock.advance(1_000)
    ;(await broken.next()).fail('no')
    await clock.advance(9_000)
    call.return('A')
    const { transcript, requests, events } = await ran
    lastIsRunEnd(events)
    expect(requests).toHaveLength(2)
    expect(transcript).toMatchObject({
      exit_code: 9,
      error: { message: 'broken failed first: no' },
      duration_ms: 10_000,
    })
    expect(transcript.turns[0]?.tool_calls[0]).toMatchObject({ status: 'ok', output: 'A' })
  })

  it('fail-fast aborts the stream and cancels what runs, and keeps the results that were there', async () => {
    const read = openPuppet({ name: 'read' })
    let streamAborted = false
    const ran = runScript({
      tools: [read],
      onError: 'fail-fast',
      script: [
        async (stream) => {
          stream.signal.addEventListener('abort', () => {
            streamAborted = true
          })
          return holding(
            ids.map((id) => toolUse(id, 'read')),
            new Promise(() => {}),
          )(stream)
        },
      ],
    })
    const calls = await next(read, ids.length)
    calls[0]?.return('in time')
    await new Promise((resolve) => setImmediate(resolve))
    calls[9]?.fail('no such place')
    const { transcript, events } = await ran
    lastIsRunEnd(events)
    expect(streamAborted).toBe(true)
    expect(transcript).toMatchObject({
      status: 'failed',
      exit_code: 9,
      error: { code: 'on_error', message: 'read failed first: no such place' },
    })
    const records = transcript.turns[0]?.tool_calls ?? []
    expect(records[0]).toMatchObject({ status: 'ok', output: 'in time' })
    expect(records[9]).toMatchObject({ status: 'failed' })
    expect(records.filter(({ status }) => status === 'canceled')).toHaveLength(ids.length - 2)
    expect(records[1]?.error).toEqual({ code: 'on_error', message: 'read failed first: no such place' })
    expect(calls[1]?.signal.aborted).toBe(true)
  })

  it('fail-fast gives a write its grace, and the run ends after it', async () => {
    const clock = openFakeClock()
    const [read, write] = [openPuppet({ name: 'read' }), openPuppet({ name: 'write', effect: 'write' })]
    const ran = runScript({
      clock,
      tools: [read, write],
      onError: 'fail-fast',
      script: [says([toolUse('w', 'write'), toolUse('r', 'read')])],
    })
    const writing = await write.next()
    ;(await read.next()).fail('broken')
    await clock.advance(4_000)
    writing.return('written')
    const { transcript } = await ran
    expect(transcript).toMatchObject({ exit_code: 9, duration_ms: 4_000 })
    expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'failed'])
  })

  it('a critical call that fails ends the run, whatever the mode, and is named', async () => {
    const critical = openPuppet({ name: 'get_weather', policy: { priority: 'critical', retry: false } })
    const other = openPuppet({ name: 'other' })
    const ran = runScript({
      tools: [critical, other],
      script: [
        says([toolUse('a', 'other')]),
        says([toolUse('b', 'other'), toolUse('c', 'get_weather'), toolUse('d', 'other')]),
      ],
    })
    ;(await other.next()).fail('only told')
    const [b, d] = [await other.next(), await other.next()]
    b.return('B')
    await new Promise((resolve) => setImmediate(resolve))
    ;(await critical.next()).fail('no such place')
    const { transcript } = await ran
    expect(transcript).toMatchObject({
      status: 'failed',
      exit_code: 9,
      error: { code: 'critical_tool', message: 'get_weather is critical and failed: no such place' },
    })
    expect(d.signal.aborted).toBe(true)
    expect(
      transcript.turns.flatMap(({ tool_calls }) => tool_calls.map(({ status, error }) => [status, error?.code])),
    ).toEqual([
      ['failed', 'failed'],
      ['ok', undefined],
      ['failed', 'failed'],
      ['canceled', 'critical_tool'],
    ])
  })

  it.each(['no-new', 'fail-fast'] as const)(
    '%s holds for a call of a message that is asked again: it is not',
    async (onError) => {
      const clock = openFakeClock()
      const read = openPuppet({ name: 'read' })
      const ran = runScript({
        clock,
        tools: [read],
        onError,
        script: [
          async (stream) => {
            await says([toolUse('a', 'read', { n: 1 }), toolUse('b', 'read', { n: 2 })])(stream)
            return fault({
              usage: { input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
            })
          },
        ],
      })
      const [a] = await next(read, 2)
      await clock.settle()
      // The pause before the next attempt goes on; the call that was kept fails in it.
      a?.fail('broken')
      await clock.advance(8_000)
      const { transcript, requests, events } = await ran
      lastIsRunEnd(events)
      expect(requests).toHaveLength(1)
      expect(transcript).toMatchObject({
        exit_code: 9,
        status: 'failed',
        error: { message: 'read failed first: broken' },
      })
      expect(transcript.turns[0]?.dropped_calls.map(({ status }) => status)).toEqual(['failed', 'canceled'])
      expect(transcript.usage.input_tokens).toBe(7)
    },
  )

  it('no-new does not ask a broken message again once a call has failed', async () => {
    const clock = openFakeClock()
    const read = openPuppet({ name: 'read' })
    const ran = runScript({
      clock,
      tools: [read],
      onError: 'no-new',
      script: [
        async (stream) => {
          await says([toolUse('a', 'read')])(stream)
          read.calls[0]?.fail('broken')
          await clock.settle()
          return fault({
            usage: { input_tokens: 7, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
          })
        },
      ],
    })
    const { transcript, events } = await ran
    expect(events.some(({ type }) => type === 'turn_retry')).toBe(false)
    expect(transcript).toMatchObject({ exit_code: 9, error: { code: 'on_error' }, usage: { input_tokens: 7 } })
  })

  it.each(['no-new', 'fail-fast'] as const)('%s says nothing of a run whose calls all succeed', async (onError) => {
    const read = openPuppet({ name: 'read' })
    const ran = runScript({ tools: [read], onError, script: [says([toolUse('a', 'read')]), says([text('fine')])] })
    ;(await read.next()).return(1)
    expect((await ran).transcript).toMatchObject({ exit_code: 0, answer: 'fine' })
  })
})
