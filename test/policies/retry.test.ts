import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { Retry } from '../../src/contract/policy.ts'
import { DEFAULT_RETRY } from '../../src/contract/policy.ts'
import type { Effect } from '../../src/contract/tool.ts'
import type { Settle } from '../../src/policies/policied.ts'
import { isRetryable, retry } from '../../src/policies/retry.ts'
import { RetryBudget } from '../../src/policies/retry-budget.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { failed, OK, policedCall } from './policy-rig.ts'

const TIMED_OUT = failure('timed_out', 'timeout', 'too late')

function rig(effect: Effect, policy: Partial<Retry> = {}, random: number[] = [1]) {
  const clock = openFakeClock({ random })
  const spent: number[] = []
  const budget = new RetryBudget((retries) => spent.push(retries))
  const running: Settle[] = []
  const step = retry(effect, { ...DEFAULT_RETRY, ...policy }, budget, clock, (_, settle) => running.push(settle))
  const outcomes: Outcome[] = []
  const call = policedCall('a')
  /** Ends the attempt that runs. */
  const end = (outcome: Outcome) => {
    call.begun = true
    call.hasStarted = true
    running.shift()?.(outcome)
  }
  return { clock, spent, budget, running, step, outcomes, call, end, submit: () => step(call, (o) => outcomes.push(o)) }
}

describe('retry', () => {
  it('makes 3 attempts of a read, with a pause that doubles, and keeps the last outcome', async () => {
    const { submit, end, clock, outcomes, call, running } = rig('read')
    submit()
    end(failed('first'))
    await clock.advance(499)
    expect(running).toHaveLength(0)
    await clock.advance(1)
    end(failed('second'))
    await clock.advance(1_000)
    end(failed('third'))
    expect(outcomes).toMatchObject([{ error: { code: 'third' } }])
    expect(call.told).toEqual([
      ['first', 500],
      ['second', 1_000],
      ['third', null],
    ])
    expect(clock.due).toEqual([])
  })

  it('stops at the first success', async () => {
    const { submit, end, clock, outcomes, call } = rig('idempotent')
    submit()
    end(failed('first'))
    await clock.advanceToNext()
    end(OK)
    expect(outcomes).toEqual([OK])
    expect(call.told.at(-1)).toEqual(['ok', null])
  })

  it('jitters the pause over the whole interval, after the cap', async () => {
    const { submit, end, call, clock } = rig('read', { base_ms: 1_000, factor: 10, max_ms: 2_000 }, [0.25, 0.5])
    submit()
    end(failed())
    await clock.advanceToNext()
    end(failed())
    expect(call.told.map(([, pause]) => pause)).toEqual([250, 1_000])
  })

  it.each<[string, Effect, Outcome, boolean, number, boolean, boolean]>([
    // what, effect, outcome, begun, time-outs, force, tried again
    ['a failed read', 'read', failed(), true, 0, false, true],
    ['a failed idempotent call', 'idempotent', failed(), true, 0, false, true],
    ['a failed write', 'write', failed(), true, 0, false, false],
    ['a write that never began', 'write', failed(), false, 0, false, true],
    ['a failed write that is forced', 'write', failed(), true, 0, true, true],
    ['what cannot get better', 'read', failed('x', { retryable: false }), true, 0, false, false],
    [
      'a write that never began and cannot get better',
      'write',
      failed('x', { retryable: false }),
      false,
      0,
      false,
      false,
    ],
    ['the first time-out of a read', 'read', TIMED_OUT, true, 1, false, true],
    ['the second time-out of a read', 'read', TIMED_OUT, true, 2, false, false],
    ['a time-out of an idempotent call', 'idempotent', TIMED_OUT, true, 1, false, false],
    ['an open breaker', 'read', failure('circuit_open', 'x', 'x'), false, 0, false, false],
    ['bad input', 'read', failure('invalid_input', 'x', 'x'), true, 0, false, false],
    ['what may have happened', 'idempotent', failure('interrupted', 'x', 'x'), true, 0, false, false],
    ['what was canceled', 'read', failure('canceled', 'x', 'x'), true, 0, false, false],
  ])('tries again or not: %s', (_, effect, outcome, begun, timeouts, force, expected) => {
    expect(isRetryable({ outcome, begun, timeouts }, effect, force)).toBe(expected)
  })

  it('ends in its pause at once when the call is canceled', async () => {
    const { submit, end, call, outcomes, clock } = rig('read')
    submit()
    end(failed())
    call.cancellation.cancel(new CancelReason('interrupted', 'enough'))
    expect(outcomes).toMatchObject([{ status: 'canceled', error: { code: 'interrupted', message: 'enough' } }])
    expect(clock.due).toEqual([])
  })

  it('makes no further attempt of a call that was canceled while it ran, nor where none may start', () => {
    const canceled = rig('read')
    canceled.submit()
    canceled.call.cancellation.cancel(new CancelReason('interrupted', 'enough'))
    canceled.end(failed('its own end'))
    const halted = rig('read')
    halted.submit()
    halted.call.mayTryAgain = false
    halted.end(failed('its own end'))
    for (const { outcomes } of [canceled, halted]) expect(outcomes).toMatchObject([{ error: { code: 'its own end' } }])
  })
})

describe('the retry budget', () => {
  it('allows a tenth of the calls and 3 more, and says once that it is spent', () => {
    fc.assert(
      fc.property(fc.nat(500), (calls) => {
        let told = 0
        const budget = new RetryBudget(() => {
          told += 1
        })
        for (let call = 0; call < calls; call += 1) budget.callSubmitted()
        let taken = 0
        while (budget.take()) taken += 1
        expect(taken).toBe(Math.floor(calls / 10) + 3)
        budget.take()
        expect(told).toBe(1)
      }),
    )
  })
})
