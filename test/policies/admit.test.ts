import { describe, expect, it } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import type { Policy } from '../../src/contract/policy.ts'
import type { Priority, SlotKind, Tool } from '../../src/contract/tool.ts'
import { Admission } from '../../src/policies/admit.ts'
import { Slots } from '../../src/policies/slots.ts'
import { openPolicies, policedCall } from './policy-rig.ts'

const enough = new CancelReason('interrupted', 'enough')

describe('admission', () => {
  it('hands a slot to the next waiter in the same tick, after the outcome was told, so that nobody slips in between', () => {
    const { around, log, end } = openPolicies({ run: 1 })
    const step = around({ name: 'a' })
    step('first')
    step('second')
    end('first')
    step('third')
    expect(log).toEqual(['start first', 'ok first', 'start second'])
  })

  it('lets critical calls go first, then normal, then optional, each in the order in which they came', () => {
    const { around, log, end } = openPolicies({ run: 1 })
    const steps = new Map(
      (['critical', 'normal', 'optional'] as Priority[]).map((priority) => [
        priority,
        around({ name: priority, policy: { priority } }),
      ]),
    )
    steps.get('normal')?.('running')
    for (const [index, priority] of (['optional', 'normal', 'critical', 'normal', 'critical'] as const).entries()) {
      steps.get(priority)?.(`${priority} ${index}`)
    }
    for (const name of ['running', 'critical 2', 'critical 4', 'normal 1', 'normal 3', 'optional 0']) end(name)
    expect(log.filter((line) => line.startsWith('start'))).toEqual(
      ['running', 'critical 2', 'critical 4', 'normal 1', 'normal 3', 'optional 0'].map((name) => `start ${name}`),
    )
  })

  it('does not let a full kind or a full tool hold up the others', () => {
    const { around, log } = openPolicies({ run: 10, kinds: { thread: 1 } })
    const threaded = around({ name: 'threaded', slotKind: 'thread' })
    const single = around({ name: 'single', policy: { max_concurrency: 1 } })
    threaded('t1')
    threaded('t2')
    single('s1')
    single('s2')
    around({ name: 'free' })('f1')
    expect(log).toEqual(['start t1', 'start s1', 'start f1'])
  })

  it('follows a tool whose kind changes while its calls wait', () => {
    const { around, log, end } = openPolicies({ run: 10, kinds: { thread: 1 } })
    let slotKind: SlotKind = 'thread'
    const tool = {
      name: 'plain',
      get slotKind() {
        return slotKind
      },
    }
    const step = around(tool)
    step('first')
    step('second')
    step('third')
    slotKind = 'loop'
    end('first')
    expect(log).toEqual(['start first', 'ok first', 'start second', 'start third'])
  })

  it('T13 lets an aborted waiter leave at once, without a slot', () => {
    const { around, log, end } = openPolicies({ run: 1 })
    const step = around({ name: 'a' })
    step('first')
    const second = step('second')
    step('third')
    second.cancellation.cancel(enough)
    expect(log.at(-1)).toBe('not_started second')
    end('first')
    expect(log.slice(2)).toEqual(['ok first', 'start third'])
  })

  it('T13 spends no token on a call that waits for a slot, and holds no slot for one that waits for a token', async () => {
    const { around, log, end, clock } = openPolicies({ run: 1 })
    const limited = around({ name: 'limited', policy: { rate_limit: { limit: 1, per_ms: 1_000 } } })
    const other = around({ name: 'other' })
    limited('first')
    limited('second')
    end('first')
    other('other')
    expect(log).toEqual(['start first', 'ok first', 'start other'])
    await clock.advance(5_000)
    expect(log).toHaveLength(3)
    end('other')
    expect(log.at(-1)).toBe('start second')
  })

  it('lets a burst of the limit through and then one at a time, evenly', async () => {
    const { around, log, clock } = openPolicies({ run: 100 })
    const step = around({ name: 'a', policy: { rate_limit: { limit: 5, per_ms: 1_000 } } })
    for (let call = 0; call < 10; call += 1) step(String(call))
    expect(log).toHaveLength(5)
    await clock.advance(199)
    expect(log).toHaveLength(5)
    await clock.advance(1)
    expect(log).toHaveLength(6)
    await clock.advance(800)
    expect(log).toHaveLength(10)
  })

  it('keeps no timer for a token that nobody waits for any more', () => {
    const { around, clock } = openPolicies({ run: 100 })
    const step = around({ name: 'a', policy: { rate_limit: { limit: 1, per_ms: 1_000 } } })
    step('first')
    const second = step('second')
    expect(clock.due).toHaveLength(1)
    second.cancellation.cancel(enough)
    expect(clock.due).toEqual([])
  })

  it('opens the breaker after failures in a row, fails what waits at once, and tries one probe later', async () => {
    const { around, log, end, clock, changes } = openPolicies({ run: 1 })
    const step = around({ name: 'a', policy: { breaker: { failures: 2, open_ms: 1_000 } } })
    for (const name of ['1', '2', '3', '4']) step(name)
    end('1', 'failed')
    end('2', 'failed')
    expect(log).toEqual(['start 1', 'failed 1', 'start 2', 'failed 2', 'circuit_open 3', 'circuit_open 4'])
    await clock.advance(999)
    step('5')
    expect(log.at(-1)).toBe('circuit_open 5')
    await clock.advance(1)
    step('6')
    end('6')
    step('7')
    expect(log.slice(-3)).toEqual(['start 6', 'ok 6', 'start 7'])
    expect(changes).toEqual(['a open 2', 'a half_open 2', 'a closed 0'])
  })

  it('lets nobody past a probe, and all of them after it', async () => {
    const { around, log, end, clock } = openPolicies({ run: 100 })
    const step = around({ name: 'a', policy: { breaker: { failures: 1, open_ms: 1_000 } } })
    step('1')
    end('1', 'failed')
    await clock.advance(1_000)
    for (const name of ['probe', 'x', 'y']) step(name)
    expect(log.slice(2)).toEqual(['start probe'])
    await clock.advance(50)
    end('probe')
    expect(log.slice(2)).toEqual(['start probe', 'ok probe', 'start x', 'start y'])
  })

  it('tries another probe where the first one was canceled', async () => {
    const { around, log, end, clock } = openPolicies({ run: 100 })
    const step = around({ name: 'a', policy: { breaker: { failures: 1, open_ms: 1_000 } } })
    step('1')
    end('1', 'failed')
    await clock.advance(1_000)
    step('probe')
    step('x')
    end('probe', 'canceled')
    expect(log.slice(2)).toEqual(['start probe', 'canceled probe', 'start x'])
  })

  it.each([
    ['input that does not fit', 'invalid_input', {}, false],
    ['what was canceled', 'canceled', {}, false],
    ['what a module says cannot get better', 'failed', { retryable: false }, false],
    ['time-outs', 'timed_out', {}, true],
    ['failures', 'failed', {}, true],
  ] as const)('%s count: status %s', (_, status, extra, counts) => {
    const { around, end, changes } = openPolicies({ run: 1 })
    const step = around({ name: 'a', policy: { breaker: { failures: 1 } } })
    step('1')
    end('1', status, extra)
    expect(changes).toHaveLength(counts ? 1 : 0)
  })

  it('counts failures of commands, whatever may be tried again', () => {
    const { around, end, changes } = openPolicies({ run: 1 })
    const step = around({ name: 'a', slotKind: 'command', policy: { breaker: { failures: 1 } } })
    step('1')
    end('1', 'failed', { retryable: false })
    expect(changes).toEqual(['a open 1'])
  })

  it('says what an attempt waited for: slots, tokens, the probe of a breaker', async () => {
    const { around, end, clock } = openPolicies({ run: 1 })
    const policy: Policy = { rate_limit: { limit: 2, per_ms: 1_000 }, breaker: { failures: 1, open_ms: 5_000 } }
    const step = around({ name: 'a', policy })
    step('1')
    const second = step('2')
    await clock.advance(100)
    end('1')
    const third = step('3')
    await clock.advance(50)
    end('2')
    await clock.advance(1_000)
    expect(second.waited).toMatchObject({ slots_ms: 100, rate_limit_ms: 0 })
    // 50 ms for the slot; a token is there 500 ms after the second one was taken
    expect(third.waited.slots_ms + third.waited.rate_limit_ms).toBe(400)
    expect(third.waited.rate_limit_ms).toBe(400)
    end('3', 'failed')
    await clock.advance(5_000)
    step('probe')
    const fourth = step('4')
    await clock.advance(70)
    end('probe')
    expect(fourth.waited).toMatchObject({ breaker_ms: 70 })
  })

  it('lets nothing in that was canceled before', () => {
    const slots = new Slots({ run: 1, kinds: { loop: 1, thread: 1, command: 1, mcp: 1 } })
    const { clock, tool } = openPolicies({ run: 1 })
    const admission = new Admission(slots, clock, () => {})
    const plain: Tool = tool({ name: 'a' })
    const outcomes: Outcome[] = []
    const call = policedCall('late')
    call.cancellation.cancel(enough)
    admission.around(plain, { ...openPolicies.defaults }, () => {
      throw new Error('it has started')
    })(call, (outcome) => outcomes.push(outcome))
    expect(outcomes).toMatchObject([{ status: 'not_started', error: { code: 'interrupted', message: 'enough' } }])
    expect(slots.running).toBe(0)
  })
})
