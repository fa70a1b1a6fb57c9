import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CircuitBreaker, healthOf } from '../../src/policies/breaker.ts'
import { failed, OK } from './policy-rig.ts'

const STATES: readonly string[] = ['closed', 'open', 'half_open']

/** What happens to a breaker: calls that start, calls that end, time that passes. */
type Step = { type: 'start' } | { type: 'end'; which: number; ok: boolean } | { type: 'wait'; ms: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ type: 'start' }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('end' as const), which: fc.nat(5), ok: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(150) }) },
  ),
  { maxLength: 60 },
)

describe('the circuit breaker', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('changes its state as cockatiel 3.2.1 does, over random sequences of overlapping calls', async () => {
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 120 }), steps, agree), {
      numRuns: process.env['FULL'] ? 20_000 : 1_000,
    })
  })

  it('knows what says something of a tool, and what does not', () => {
    expect([OK, failed()].map((outcome) => healthOf(outcome, true))).toEqual(['good', 'bad'])
    const permanent = failed('not_found', { retryable: false })
    expect([healthOf(permanent, true), healthOf(permanent, false)]).toEqual(['unknown', 'bad'])
  })
})

async function agree(failures: number, open_ms: number, sequence: readonly Step[]): Promise<void> {
  vi.setSystemTime(0)
  let now = 0
  const mine: string[] = []
  const theirs: string[] = []
  const breaker = new CircuitBreaker({ failures, open_ms }, (state) => mine.push(`${state} ${now}`))
  const oracle = circuitBreaker(handleAll, { halfOpenAfter: open_ms, breaker: new ConsecutiveBreaker(failures) })
  oracle.onStateChange((state) => theirs.push(`${STATES[state]} ${now}`))
  const running: { probe: boolean; end: (ok: boolean) => void }[] = []

  for (const step of sequence) {
    if (step.type === 'wait') {
      now += step.ms
      vi.setSystemTime(now)
    } else if (step.type === 'start') {
      const permits = breaker.permits(now)
      // There our own waiters are handed on, and theirs ask again by themselves.
      if (permits === 'wait') continue
      let started = false
      let end = (_: boolean) => {}
      const ended = oracle.execute(() => {
        started = true
        return new Promise<void>((resolve, reject) => {
          end = (ok) => (ok ? resolve() : reject(new Error('failed')))
        })
      })
      ended.catch(() => {})
      await settled()
      expect(started).toBe(permits === 'yes')
      if (permits === 'yes') running.push({ probe: breaker.enter(), end })
    } else {
      const [call] = running.splice(step.which % Math.max(running.length, 1), 1)
      if (call === undefined) continue
      breaker.record(step.ok ? 'good' : 'bad', call.probe, now)
      call.end(step.ok)
      await settled()
    }
    expect(mine).toEqual(theirs)
    expect(breaker.state).toBe(STATES[oracle.state])
  }
}

async function settled(): Promise<void> {
  for (let tick = 0; tick < 12; tick += 1) await Promise.resolve()
}
