import { describe, expect, it } from 'vitest'
import { AgentError } from '../../src/contract/error.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import type { Scripted } from './rig.ts'
import { fault, message, runScript, says, text, toolUse } from './rig.ts'

const usage = { input_tokens: 7, output_tokens: 3, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }

/** Streams these blocks and breaks. */
function breaks(content: Parameters<typeof says>[0], overrides: Parameters<typeof fault>[0] = {}): Scripted {
  return async (stream) => {
    await says(content)(stream)
    return fault(overrides)
  }
}

describe('a turn that is asked again', () => {
  it('M4 M5 M7 asks 4 times with growing pauses, then ends with exit 6', async () => {
    const clock = openFakeClock({ random: [1] })
    const ran = runScript({ clock, script: Array.from({ length: 4 }, () => breaks([text('half')])) })
    await clock.advance(500 + 1_000 + 2_000)
    const { transcript, requests, events } = await ran
    expect(requests).toHaveLength(4)
    expect(events.flatMap((event) => (event.type === 'turn_retry' ? [event.delay_ms] : []))).toEqual([
      500, 1_000, 2_000,
    ])
    expect(transcript).toMatchObject({
      status: 'failed',
      exit_code: 6,
      answer: null,
      error: { code: 'overloaded_error' },
    })
  })

  it('M6 obeys retry-after up to 60 s, and above ends at once naming the time', async () => {
    const clock = openFakeClock()
    const ran = runScript({ clock, script: [() => fault({ retryAfterMs: 60_000 }), says([text('yes')])] })
    await clock.advance(59_999)
    await clock.advance(1)
    expect((await ran).transcript).toMatchObject({ exit_code: 0, duration_ms: 60_000 })

    const above = await runScript({ clock: openFakeClock(), script: [() => fault({ retryAfterMs: 61_000 })] })
    expect(above.transcript).toMatchObject({ exit_code: 6, error: { message: expect.stringContaining('61 s') } })
  })

  it('M3 spends at most 10 minutes on a turn, whatever the attempts take', async () => {
    const clock = openFakeClock({ random: [1] })
    const limits: (number | null)[] = []
    const slow: Scripted = async ({ request }) => {
      limits.push(request.timeLimitMs)
      await new Promise<void>((resolve) => clock.timer(Math.min(250_000, request.timeLimitMs ?? 0), resolve))
      return fault({ code: 'stalled' })
    }
    const ran = runScript({ clock, script: [slow, slow, slow, slow] })
    await clock.advance(600_000)
    const { transcript } = await ran
    expect(limits).toEqual([600_000, 349_500, 98_500])
    expect(transcript).toMatchObject({ exit_code: 6, duration_ms: 600_000, error: { code: 'stalled' } })
  })

  it('M8 does not ask again what cannot get better', async () => {
    const { requests, transcript } = await runScript({
      script: [() => fault({ kind: 'account', retryable: false, code: 'authentication_error' })],
    })
    expect(requests).toHaveLength(1)
    expect(transcript).toMatchObject({ exit_code: 4, error: { code: 'authentication_error' } })
  })

  it('M15 sums the usage of all attempts, also of the last one that failed', async () => {
    const again = openFakeClock({ random: [0] })
    const ran = runScript({ clock: again, script: [breaks([text('half')], { usage }), says([text('whole')])] })
    await again.advance(0)
    const { transcript } = await ran
    expect(transcript.usage).toMatchObject({ input_tokens: 17, output_tokens: 4 })
    expect(transcript.turns[0]).toMatchObject({ attempts: 2, text: 'whole' })
    const failed = await runScript({ script: [() => fault({ retryable: false, usage })] })
    expect(failed.transcript.usage).toMatchObject({ input_tokens: 7, output_tokens: 3 })
  })

  it('keeps a read that has started: the same call of the new message takes its execution over', async () => {
    const clock = openFakeClock({ random: [0] })
    const puppet = openPuppet()
    const ran = runScript({
      clock,
      tools: [puppet],
      script: [
        breaks([toolUse('a1', 'puppet', { city: 'SF' }), toolUse('b1', 'puppet', { city: 'Rome' })]),
        says([toolUse('a2', 'puppet', { city: 'SF' }), toolUse('c2', 'puppet', { city: 'Oslo' })]),
        says([text('done')]),
      ],
    })
    const [first, rome] = [await puppet.next(), await puppet.next()]
    const oslo = await puppet.next()
    expect(puppet.calls).toHaveLength(3)
    await clock.settle()
    expect(rome.signal.aborted).toBe(true)
    first.return('fog')
    oslo.return('snow')
    const { transcript, requests } = await ran
    expect(requests[2]?.messages.at(-1)?.content).toMatchObject([
      { tool_use_id: 'a2', content: 'fog' },
      { tool_use_id: 'c2', content: 'snow' },
    ])
    const [turn] = transcript.turns
    expect(turn?.tool_calls.map(({ id, status, attempts }) => [id, status, attempts.length])).toEqual([
      ['a2', 'ok', 1],
      ['c2', 'ok', 1],
    ])
    expect(turn?.dropped_calls.map(({ id, status }) => [id, status])).toEqual([['b1', 'canceled']])
  })

  it('ends a call that was taken over under its new name, also where the run ends with that very event', async () => {
    const clock = openFakeClock({ random: [0] })
    const puppet = openPuppet()
    const controller = new AbortController()
    const ran = runScript({
      clock,
      tools: [puppet],
      signal: controller.signal,
      script: [breaks([toolUse('a1', 'puppet')]), says([toolUse('a2', 'puppet')])],
      onEvent: (event) => {
        if (event.type === 'call_ready' && event.takes_over === 'a1')
          controller.abort(new AgentError('interrupted', 'stop', { exit: 'sigint' }))
      },
    })
    await puppet.next()
    await clock.settle()
    const { transcript, events } = await ran
    const told = events.flatMap((event) => ('call_id' in event ? [`${event.type} ${event.call_id}`] : []))
    expect(told).toEqual(['call_ready a1', 'call_start a1', 'call_ready a2', 'attempt_end a2', 'call_end a2'])
    expect(transcript.turns[0]?.tool_calls).toMatchObject([{ id: 'a2', status: 'canceled' }])
  })

  it('M1 asks once more with the doubled limit when max_tokens cut a call off, and runs nothing of the cut one', async () => {
    const puppet = openPuppet({ effect: 'write' })
    const cut = () =>
      says([toolUse('a', 'puppet')], { stop_reason: 'max_tokens', raw_inputs: { a: '{"cmd":"rm -rf o' } })
    const ran = runScript({ tools: [puppet], script: [cut(), says([toolUse('b', 'puppet')]), says([text('ok')])] })
    ;(await puppet.next(ran)).return(1)
    const { requests, transcript } = await ran
    expect(requests.map(({ maxTokens }) => maxTokens)).toEqual([1_000, 2_000, 1_000])
    expect(transcript.exit_code).toBe(0)
    expect(puppet.calls).toHaveLength(1)

    const twice = await runScript({ tools: [puppet], script: [cut(), cut()] })
    expect(twice.transcript).toMatchObject({ exit_code: 7, error: { code: 'max_tokens' } })
    const refused = await runScript({
      tools: [puppet],
      script: [cut(), () => fault({ kind: 'rejected', retryable: false, status: 400 })],
    })
    expect(refused.transcript).toMatchObject({ exit_code: 7, status: 'incomplete' })
    expect(puppet.calls).toHaveLength(1)
  })

  it('M10 runs a call that is there twice under one id once', async () => {
    const puppet = openPuppet()
    const ran = runScript({
      tools: [puppet],
      script: [says([toolUse('a', 'puppet', { n: 1 }), toolUse('a', 'puppet', { n: 1 })]), says([text('ok')])],
    })
    ;(await puppet.next()).return(1)
    const { requests } = await ran
    expect(puppet.calls).toHaveLength(1)
    expect(requests[1]?.messages.map(({ content }) => content.length)).toEqual([1, 1, 1])
  })

  it('M10 asks once more when one id holds two inputs, then exit 5', async () => {
    const conflict = () => says([toolUse('a', 'nobody', { n: 1 }), toolUse('a', 'nobody', { n: 2 })])
    const { requests, transcript } = await runScript({ script: [conflict(), conflict()] })
    expect(requests).toHaveLength(2)
    expect(transcript).toMatchObject({ exit_code: 5, status: 'failed', error: { code: 'duplicate_id' } })
  })

  it('waits no tick longer for its pause once the run is aborted', async () => {
    const clock = openFakeClock({ random: [1] })
    const controller = new AbortController()
    const ran = runScript({
      clock,
      signal: controller.signal,
      script: [
        () => fault({ retryAfterMs: 50_000 }),
        ({ signal }) => (signal.aborted ? fault({ kind: 'aborted', retryable: false }) : message([])),
      ],
    })
    await clock.advance(10)
    controller.abort()
    const { transcript } = await ran
    expect(transcript).toMatchObject({ status: 'interrupted', duration_ms: 10 })
  })
})
