import { describe, expect, it } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import type { AskConsent } from '../../src/contract/permission.ts'
import { DEFAULT_TIMEOUT_MS } from '../../src/contract/policy.ts'
import { WRITE_GRACE_MS } from '../../src/policies/cancel.ts'

import { rig } from './scheduler-rig.ts'

describe('the scheduler', () => {
  it('starts a read while the message still streams, and all calls of a turn at once', async () => {
    const { submit, puppet, gate } = rig({ effect: 'read' })
    for (const place of ['SF', 'NYC', 'Tokyo']) submit({ place })
    expect(puppet.calls.map(({ input }) => input)).toEqual([{ place: 'SF' }, { place: 'NYC' }, { place: 'Tokyo' }])
    expect(gate.state).toBe('streaming')
  })

  it.each(['write', 'idempotent'] as const)(
    'no %s call starts before the message that asks for it has ended with tool_use and is in the journal',
    async (effect) => {
      const { submit, puppet, gate, clock, ofType } = rig({ effect })
      const call = submit()
      await clock.advance(1_000)
      expect(puppet.calls).toHaveLength(0)
      gate.end('asked')
      const started = await puppet.next(call.done)
      started.return('done')
      expect(await call.done).toMatchObject({ status: 'ok', output: 'done' })
      expect(ofType('call_start')[0]).toMatchObject({ queued_by: { message_ms: 1_000 } })
    },
  )

  it('runs nothing of a message that ended otherwise', async () => {
    const { submit, puppet, gate } = rig({ effect: 'write' })
    const call = submit()
    gate.end('void')
    expect(await call.done).toMatchObject({ status: 'not_started', error: { code: 'message_void' } })
    expect(puppet.calls).toHaveLength(0)
  })

  it('call_end is emitted when the call ends, order is restored in the message only: it reports a fast call before a slow one that was asked for first', async () => {
    const { submit, puppet, ofType } = rig()
    const [slow, fast] = [submit(), submit()]
    const [slowCall, fastCall] = [await puppet.next(), await puppet.next()]
    fastCall.return('fast')
    await fast.done
    expect(ofType('call_end')).toMatchObject([{ call_id: 'toolu_2' }])
    slowCall.return('slow')
    await slow.done
    expect(ofType('call_end')).toMatchObject([{ call_id: 'toolu_2' }, { call_id: 'toolu_1' }])
  })

  it('T1 settles a call whose time is up by its own timer, and drops what comes later', async () => {
    const { submit, puppet, clock, ofType } = rig({ policy: { retry: false, timeout_ms: 2_000 } })
    const call = submit()
    const running = await puppet.next(call.done)
    await clock.advance(1_999)
    expect(call.outcome).toBeNull()
    await clock.advance(1)
    expect(call.outcome).toMatchObject({
      status: 'timed_out',
      error: { message: expect.stringContaining('may still be running') },
    })
    expect(running.signal.aborted).toBe(true)
    running.return('late')
    await clock.settle()
    expect(call.outcome?.status).toBe('timed_out')
    expect(ofType('call_end')).toHaveLength(1)
  })

  it('gives an attempt 60 s where nothing else is said, from the start of the tool', async () => {
    const { submit, puppet, clock } = rig({ startsByHand: true })
    const call = submit()
    const running = await puppet.next(call.done)
    await clock.advance(10 * DEFAULT_TIMEOUT_MS)
    expect(call.outcome).toBeNull()
    running.start()
    await clock.advance(DEFAULT_TIMEOUT_MS)
    expect(call.outcome?.status).toBe('timed_out')
  })

  it('stops the clock of a call that another one holds up, and then goes on with what is left', async () => {
    const { submit, puppet, clock, ofType } = rig({ policy: { retry: false, timeout_ms: 1_000 } })
    const call = submit()
    const running = await puppet.next(call.done)
    for (let burst = 0; burst < 9; burst += 1) {
      await clock.advance(100)
      running.hold()
      await clock.advance(5_000)
      running.start()
    }
    await clock.advance(99)
    expect(call.outcome).toBeNull()
    await clock.advance(1)
    expect(call.outcome?.status).toBe('timed_out')
    expect(ofType('call_start')).toHaveLength(1)
  })

  it('gives a call its whole time anew when it is begun again because of another', async () => {
    const { submit, puppet, clock, ofType } = rig({ policy: { retry: false, timeout_ms: 1_000 } })
    const call = submit()
    const running = await puppet.next(call.done)
    await clock.advance(900)
    running.hold()
    await clock.advance(5_000)
    running.startAnew()
    await clock.advance(999)
    running.return('begun again, not late')
    expect((await call.done).status).toBe('ok')
    expect(ofType('call_start')).toHaveLength(1)
  })

  it('T12 lets siblings finish when one call fails', async () => {
    const { submit, puppet } = rig()
    const calls = [submit(), submit(), submit()]
    const [first, second, third] = [await puppet.next(), await puppet.next(), await puppet.next()]
    second.fail('no such place')
    expect((await calls[1]?.done)?.status).toBe('failed')
    expect([first.signal.aborted, third.signal.aborted]).toEqual([false, false])
    first.return(1)
    third.return(3)
    expect((await Promise.all(calls.map((call) => call.done))).map(({ status }) => status)).toEqual([
      'ok',
      'failed',
      'ok',
    ])
  })

  it('cancels a read at once, and one that waits for a slot without starting it', async () => {
    const { submit, puppet, scheduler } = rig({ concurrency: 1 })
    const [running, waiting] = [submit(), submit()]
    await puppet.next()
    scheduler.cancelAll(new CancelReason('interrupted', 'interrupted by SIGINT'))
    expect(await running.done).toMatchObject({ status: 'canceled', error: { message: 'interrupted by SIGINT' } })
    expect(await waiting.done).toMatchObject({ status: 'not_started', error: { message: 'interrupted by SIGINT' } })
    expect(puppet.calls).toHaveLength(1)
  })

  it('starts nothing after an abort, not even a call that would be handed a slot in this very tick', async () => {
    const { submit, puppet, onEvent } = rig({ concurrency: 1 })
    const [running, next] = [submit(), submit()]
    // The hand-over follows this event in the same tick.
    onEvent('call_end', () => next.cancel(new CancelReason('interrupted', 'interrupted by SIGINT')))
    ;(await puppet.next(running.done)).return('done')
    expect((await next.done).status).toBe('not_started')
    expect(puppet.calls).toHaveLength(1)
  })

  it('keeps no timer for a call that was given up, whatever its source still says of it', async () => {
    const { submit, puppet, clock } = rig({ policy: { retry: false, timeout_ms: 1_000 } })
    const call = submit()
    const running = await puppet.next(call.done)
    await clock.advance(1_000)
    running.hold()
    running.start()
    running.startAnew()
    expect(call.outcome?.status).toBe('timed_out')
    expect(clock.due).toEqual([])
  })

  it('gives a write 5 s to end after it was told to, and keeps what it then did', async () => {
    const { submit, puppet, gate, clock } = rig({ effect: 'write' })
    gate.end('asked')
    const [quick, endless] = [submit(), submit()]
    const running = await puppet.next()
    for (const call of [quick, endless]) call.cancel(new CancelReason('interrupted', 'interrupted'))
    expect(running.signal.aborted).toBe(true)
    await clock.advance(WRITE_GRACE_MS - 1)
    running.return('committed')
    expect((await quick.done).status).toBe('ok')
    expect(endless.outcome).toBeNull()
    await clock.advance(1)
    expect(endless.outcome?.status).toBe('canceled')
  })

  it('M11 runs no unknown tool, not even "constructor", and names those that are there', async () => {
    const { scheduler, gate, puppet } = rig()
    for (const name of ['constructor', '__proto__', 'get_wether']) {
      const call = scheduler.submit({ id: name, turn: 1, name, tool: undefined, input: {}, rawInput: null }, gate)
      expect(await call.done).toMatchObject({
        status: 'unknown_tool',
        error: { message: expect.stringContaining('puppet') },
      })
    }
    expect(puppet.calls).toHaveLength(0)
  })

  it('denies a destructive tool that was not allowed by name', async () => {
    const { submit, puppet } = rig({ destructive: true })
    expect(await submit().done).toMatchObject({
      status: 'denied',
      error: { message: expect.stringContaining('--allow puppet') },
    })
    expect(puppet.calls).toHaveLength(0)
  })

  it('says what a call waited for: message, slots, host', async () => {
    const { submit, puppet, clock, gate, ofType } = rig({ concurrency: 1, effect: 'write', startsByHand: true })
    submit()
    const second = submit()
    await clock.advance(100)
    gate.end('asked')
    const first = await puppet.next()
    first.start()
    await clock.advance(30)
    first.return(1)
    const next = await puppet.next(second.done)
    await clock.advance(7)
    next.start()
    expect(ofType('call_start')[1]).toMatchObject({
      call_id: 'toolu_2',
      queued_by: { message_ms: 100, slots_ms: 30, host_ms: 7 },
    })
  })

  it("a tool's failure is an outcome; an exception that leaves the scheduler is a bug", async () => {
    const { submit, puppet } = rig()
    const call = submit()
    const running = await puppet.next()
    running.throw(new TypeError('a bug'))
    await expect(call.done).rejects.toThrow('a bug')
  })

  it('tells how a call has ended whoever asks for it only then', async () => {
    const { submit, puppet, clock } = rig()
    const [good, bad] = [submit(), submit()]
    ;(await puppet.next()).return(1)
    ;(await puppet.next()).throw(new TypeError('a bug'))
    await clock.advance(0)
    expect(good.outcome).toMatchObject({ status: 'ok', output: 1 })
    expect(await good.done).toBe(good.outcome)
    await expect(bad.done).rejects.toThrow('a bug')
  })

  it('S10 asks once the message has ended, and says how long the answer took', async () => {
    let answer = (_: boolean) => {}
    const askConsent = () => new Promise<boolean>((resolve) => (answer = resolve))
    const { submit, puppet, gate, clock, ofType } = rig({ destructive: true, askConsent })
    const call = submit()
    await clock.advance(100)
    gate.end('asked')
    await clock.advance(40)
    answer(true)
    const started = await puppet.next(call.done)
    started.return('done')
    await call.done
    expect(ofType('call_start')[0]).toMatchObject({ queued_by: { message_ms: 100, permission_ms: 40 } })
  })

  it('S10 does not run what was refused, nor what was canceled while it was asked about', async () => {
    const refused = rig({ destructive: true, askConsent: async () => false })
    const first = refused.submit()
    refused.gate.end('asked')
    expect(await first.done).toMatchObject({ status: 'denied', error: { code: 'not_allowed' } })
    const askConsent: AskConsent = (_, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(false), { once: true }))
    const canceled = rig({ destructive: true, askConsent })
    const second = canceled.submit()
    canceled.gate.end('asked')
    await canceled.clock.advance(1)
    second.cancel(new CancelReason('interrupted', 'enough'))
    expect(await second.done).toMatchObject({ status: 'not_started' })
    expect([...refused.puppet.calls, ...canceled.puppet.calls]).toEqual([])
  })
})
