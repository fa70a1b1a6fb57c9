import { describe, expect, it } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { Exclusive } from '../../src/contract/tool.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { rig } from './scheduler-rig.ts'

const key = (output: string | null): Outcome => ({ status: 'ok', output, output_bytes: 1, truncated: false })

describe('retries of a call', () => {
  it('tell each attempt, its error and its pause, under one idempotency key', async () => {
    const { submit, puppet, clock, ofType } = rig({ policy: { retry: { max_attempts: 2, base_ms: 100 } } })
    const call = submit()
    const first = await puppet.next(call.done)
    first.fail('no connection', 'ECONNRESET')
    await clock.settle()
    expect(ofType('attempt_end')).toMatchObject([
      { attempt: 1, backoff_ms: 50, error: { code: 'ECONNRESET', message: 'no connection' } },
    ])
    await clock.advance(50)
    const second = await puppet.next(call.done)
    second.return('done')
    expect(await call.done).toMatchObject({ status: 'ok' })
    expect(ofType('call_start').map(({ attempt }) => attempt)).toEqual([1, 2])
    expect(ofType('attempt_end').at(-1)).toMatchObject({ attempt: 2, error: null, backoff_ms: null })
    expect([first, second].map(({ attempt, idempotencyKey }) => [attempt, idempotencyKey])).toEqual([
      [1, 'run/toolu_1'],
      [2, 'run/toolu_1'],
    ])
    expect(ofType('call_end')).toHaveLength(1)
  })

  it('give back the slot in a pause, and wait for one again', async () => {
    const { submit, puppet, clock, ofType } = rig({ concurrency: 1, policy: { retry: { base_ms: 100 } } })
    const [first, second] = [submit(), submit()]
    ;(await puppet.next()).fail('once')
    const other = await puppet.next(second.done)
    expect(other.callId).toBe('toolu_2')
    await clock.advance(500)
    other.return('done')
    await clock.settle()
    ;(await puppet.next(first.done)).return('done')
    await first.done
    expect(ofType('call_start').at(-1)).toMatchObject({ call_id: 'toolu_1', attempt: 2, queued_by: { slots_ms: 450 } })
  })

  it('run a write again only where it never began', async () => {
    const { submit, puppet, gate, clock, ofType } = rig({ effect: 'write', startsByHand: true, policy: {} })
    gate.end('asked')
    const [begun, never] = [submit(), submit()]
    const first = await puppet.next()
    first.start()
    first.fail('half done')
    ;(await puppet.next()).fail('the server cannot be reached')
    await clock.advanceToNext()
    const again = await puppet.next(never.done)
    again.start()
    again.return('done')
    expect(await begun.done).toMatchObject({ status: 'failed' })
    expect(await never.done).toMatchObject({ status: 'ok' })
    expect(ofType('attempt_end').filter(({ call_id }) => call_id === 'toolu_2')).toMatchObject([
      { attempt: 1, error: { message: 'the server cannot be reached' } },
      { attempt: 2, error: null },
    ])
  })

  it('are limited for the whole run, and it is said once that they are', async () => {
    const { submit, puppet, clock, ofType } = rig({ policy: { retry: {}, breaker: false } })
    const calls = Array.from({ length: 10 }, () => submit())
    for (const _ of calls) (await puppet.next()).fail('down')
    while (await clock.advanceToNext()) for (const call of puppet.calls.slice(10)) call.fail('still down')
    expect((await Promise.all(calls.map(({ done }) => done))).map(({ status }) => status)).toEqual(
      Array(10).fill('failed'),
    )
    expect(puppet.calls).toHaveLength(14)
    expect(ofType('limit')).toMatchObject([{ limit: 'retry_budget' }])
  })
})

describe('the deadline of a call', () => {
  it('ends it with all its waits and attempts, started or not', async () => {
    const { submit, puppet, clock } = rig({ concurrency: 1, policy: { deadline_ms: 1_000, timeout_ms: 5_000 } })
    const hurried = openPuppet({ name: 'hurried', policy: { deadline_ms: 900 } })
    const [running, waiting] = [submit(), submit({}, hurried)]
    const started = await puppet.next()
    await clock.advance(899)
    expect([running.outcome, waiting.outcome]).toEqual([null, null])
    await clock.advance(1)
    expect(waiting.outcome).toMatchObject({ status: 'timed_out', error: { code: 'deadline' } })
    expect([running.outcome, hurried.calls]).toEqual([null, []])
    await clock.advance(100)
    expect(running.outcome).toMatchObject({ status: 'timed_out', error: { code: 'deadline' } })
    expect(started.signal.aborted).toBe(true)
    expect(clock.due).toEqual([])
  })

  it('leaves the attempt that it cut short with an end', async () => {
    const { submit, puppet, clock, ofType } = rig({ policy: { deadline_ms: 10 } })
    const call = submit()
    await puppet.next(call.done)
    await clock.advance(10)
    expect(ofType('attempt_end')).toMatchObject([{ attempt: 1, error: { code: 'deadline' }, backoff_ms: null }])
  })

  it('counts the pause between attempts', async () => {
    const { submit, puppet, clock } = rig({ policy: { deadline_ms: 100, retry: { base_ms: 10_000, max_ms: 10_000 } } })
    const call = submit()
    ;(await puppet.next(call.done)).fail('once')
    await clock.advance(100)
    expect(call.outcome).toMatchObject({ status: 'timed_out', error: { code: 'deadline' } })
    expect(clock.due).toEqual([])
  })
})

describe('exclusive tools', () => {
  it('let a read wait for the write of the same key that the model asked for before it', async () => {
    const { submit, puppet, gate, clock, ofType } = rig({ effect: 'write', exclusive: 'file' })
    const reader = openPuppet({ name: 'reader', effect: 'read', exclusive: 'file' })
    submit()
    const read = submit({}, reader)
    await clock.advance(300)
    expect(reader.calls).toHaveLength(0)
    gate.end('asked')
    const write = await puppet.next()
    await clock.advance(40)
    write.return('written')
    ;(await reader.next(read.done)).return('read')
    await read.done
    expect(ofType('call_start')[1]).toMatchObject({ call_id: 'toolu_2', queued_by: { exclusive_ms: 340 } })
  })

  it('go on behind a write whose message never asked for it', async () => {
    const { submit, gate } = rig({ effect: 'write', exclusive: 'file' })
    const reader = openPuppet({ name: 'reader', effect: 'read', exclusive: 'file' })
    submit()
    const read = submit({}, reader)
    gate.end('void')
    ;(await reader.next(read.done)).return('read')
    expect((await read.done).status).toBe('ok')
  })

  it('keep the key across the pauses between attempts', async () => {
    const { submit, puppet, clock } = rig({ exclusive: true, policy: { retry: { base_ms: 100 } } })
    const [first, second] = [submit(), submit()]
    ;(await puppet.next()).fail('once')
    await clock.advance(49)
    expect(puppet.calls).toHaveLength(1)
    await clock.advance(1)
    ;(await puppet.next(first.done)).return('done')
    expect((await puppet.next(second.done)).callId).toBe('toolu_2')
  })

  it('take their key from the input, and keep apart only what has the same', async () => {
    const { submit, puppet, clock } = rig({ exclusive: async ({ path }) => key(path === '' ? null : String(path)) })
    for (const path of ['a', 'a', 'b', '']) submit({ path })
    await clock.settle()
    expect(puppet.calls.map(({ input }) => input['path'])).toEqual(['a', 'b', ''])
  })

  it('end with the reason where the key cannot be found, or not in time', async () => {
    const broken = rig({ exclusive: async () => failure('failed', 'bad_exclusive_key', 'is no text') })
    expect(await broken.submit().done).toMatchObject({ status: 'failed', error: { code: 'bad_exclusive_key' } })
    let signal = new AbortController().signal
    const exclusive: Exclusive = (_, context) => {
      signal = context.signal
      return new Promise(() => {})
    }
    const endless = rig({ exclusive, policy: { timeout_ms: 500 } })
    const call = endless.submit()
    await endless.clock.advance(500)
    expect(signal.aborted).toBe(true)
    expect(call.outcome).toMatchObject({ status: 'timed_out', error: { code: 'exclusive_key' } })
    expect([...broken.puppet.calls, ...endless.puppet.calls]).toEqual([])
  })
})

describe('the end of many calls at once', () => {
  it('starts none of them, whatever the others give back', async () => {
    const { submit, puppet, scheduler } = rig({ concurrency: 5, policy: { retry: false } })
    const calls = Array.from({ length: 60 }, () => submit())
    await puppet.next()
    scheduler.cancelAll(new CancelReason('interrupted', 'interrupted by SIGINT'))
    const outcomes = await Promise.all(calls.map(({ done }) => done))
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array(5).fill('canceled'),
      ...Array(55).fill('not_started'),
    ])
    expect(puppet.calls).toHaveLength(5)
  })

  it('no-new: those that run finish, none starts, and the first that failed is named', async () => {
    const { submit, puppet, failures, ofType } = rig({ concurrency: 20, onError: 'no-new' })
    const calls = Array.from({ length: 60 }, () => submit())
    const running = await Promise.all(Array.from({ length: 20 }, () => puppet.next()))
    running[7]?.fail('down')
    running[8]?.fail('down as well')
    for (const call of running) call.return('done')
    const outcomes = await Promise.all(calls.map(({ done }) => done))
    const count = (status: string) => outcomes.filter((outcome) => outcome.status === status).length
    expect([count('ok'), count('failed'), count('not_started')]).toEqual([18, 2, 40])
    expect(failures).toEqual([{ callId: 'toolu_8', tool: 'puppet', reason: 'down', why: 'no-new' }])
    expect(ofType('call_start')).toHaveLength(20)
    expect(submit().outcome).toMatchObject({ status: 'not_started', error: { code: 'on_error' } })
  })

  it('names the critical tool whose failure ends the run, and tells nothing of others', async () => {
    const { submit, puppet, failures } = rig({ policy: { retry: false } })
    const vital = openPuppet({ name: 'vital', policy: { priority: 'critical', retry: false } })
    submit()
    submit({}, vital)
    ;(await puppet.next()).fail('nobody minds')
    ;(await vital.next()).fail('no power')
    await new Promise((resolve) => setImmediate(resolve))
    expect(failures).toEqual([{ callId: 'toolu_2', tool: 'vital', reason: 'no power', why: 'critical' }])
  })

  it('settles a skipped write at once, and tells its tool', async () => {
    const { submit, puppet, gate, clock } = rig({ effect: 'write', policy: { priority: 'optional' } })
    gate.end('asked')
    const call = submit()
    const running = await puppet.next(call.done)
    call.cancel(new CancelReason('optional_grace', 'the others are done', 'skipped'))
    expect(call.outcome).toMatchObject({ status: 'skipped', error: { code: 'optional_grace' } })
    expect(running.signal.aborted).toBe(true)
    expect(clock.due).toEqual([])
  })
})
