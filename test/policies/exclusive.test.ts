import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import { ExclusiveKeys, exclusive } from '../../src/policies/exclusive.ts'
import type { Settle } from '../../src/policies/policied.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { failed, OK, policedCall } from './policy-rig.ts'

function rig() {
  const keys = new ExclusiveKeys()
  const clock = openFakeClock()
  const running = new Map<string, Settle>()
  const log: string[] = []
  const step = exclusive(clock, (call, settle) => {
    log.push(`start ${call.callId}`)
    running.set(call.callId, settle)
  })
  /** @param key  undefined: it is found out later */
  const submit = (name: string, key?: string | null) => {
    const call = policedCall(name)
    const place = keys.place()
    call.place = place
    if (key !== undefined) place.know({ type: 'key', key })
    step(call, (outcome) => log.push(`${outcome.status} ${name}`))
    return { call, place, know: (found: string | null) => place.know({ type: 'key', key: found }) }
  }
  const end = (name: string) => {
    const settle = running.get(name)
    running.delete(name)
    settle?.(OK)
  }
  return { submit, end, log, clock, running }
}

describe('exclusive keys', () => {
  it('runs calls with one key one at a time, in the order of the model, and others beside them', () => {
    const { submit, end, log } = rig()
    submit('a1', 'a')
    submit('a2', 'a')
    submit('b1', 'b')
    submit('free', null)
    submit('a3', 'a')
    end('a1')
    end('a2')
    expect(log).toEqual(['start a1', 'start b1', 'start free', 'ok a1', 'start a2', 'ok a2', 'start a3'])
  })

  it('keeps the order where a key is found out later than the one behind it', () => {
    const { submit, end, log } = rig()
    const slow = submit('slow')
    submit('quick', 'a')
    submit('other', 'b')
    expect(log).toEqual([])
    slow.know('a')
    end('slow')
    expect(log).toEqual(['start slow', 'start other', 'ok slow', 'start quick'])
  })

  it('T13 lets a canceled call leave its line at once, whether its key is known or not', () => {
    const { submit, end, log } = rig()
    submit('a1', 'a')
    const second = submit('a2', 'a')
    const unknown = submit('unknown')
    submit('a3', 'a')
    for (const { call } of [second, unknown]) call.cancellation.cancel(new CancelReason('interrupted', 'enough'))
    end('a1')
    expect(log).toEqual(['start a1', 'not_started a2', 'not_started unknown', 'ok a1', 'start a3'])
  })

  it('gives a call whose key could not be found the reason as its outcome, and lets the others go on', () => {
    const { submit, log } = rig()
    const broken = submit('broken')
    submit('next', 'a')
    broken.place.know({ type: 'failed', outcome: failed('bad_exclusive_key') })
    expect(log).toEqual(['failed broken', 'start next'])
  })

  it('says how long the key was waited for', async () => {
    const { submit, end, clock } = rig()
    submit('a1', 'a')
    const { call } = submit('a2', 'a')
    await clock.advance(40)
    end('a1')
    expect(call.waited.exclusive_ms).toBe(40)
  })

  it('never overlaps two of one key, keeps their order and strands nobody, whatever happens in whatever order', () => {
    const key = fc.constantFrom('a', 'b', null)
    const action = fc.oneof(
      fc.record({ type: fc.constant('submit' as const), key, late: fc.boolean() }),
      fc.record({ type: fc.constant('end' as const), which: fc.nat(10) }),
      fc.record({ type: fc.constant('know' as const), which: fc.nat(10) }),
      fc.record({ type: fc.constant('cancel' as const), which: fc.nat(10) }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const { submit, end, log, running } = rig()
        const keyOf = new Map<string, string | null>()
        const late: { know: (key: string | null) => void; key: string | null }[] = []
        const calls: ReturnType<typeof submit>[] = []
        const check = () => {
          for (const one of ['a', 'b']) {
            const now = [...running.keys()].filter((name) => keyOf.get(name) === one)
            expect(now.length).toBeLessThanOrEqual(1)
            const started = log.filter((line) => line.startsWith('start ') && keyOf.get(line.slice(6)) === one)
            const numbers = started.map((line) => Number(line.slice(6)))
            expect(numbers).toEqual([...numbers].sort((x, y) => x - y))
          }
        }
        for (const one of actions) {
          if (one.type === 'submit') {
            const name = String(calls.length)
            keyOf.set(name, one.key)
            const call = one.late ? submit(name) : submit(name, one.key)
            calls.push(call)
            if (one.late) late.push({ know: call.know, key: one.key })
          } else if (one.type === 'end') {
            const name = [...running.keys()][one.which]
            if (name !== undefined) end(name)
          } else if (one.type === 'know') {
            const [found] = late.splice(one.which, 1)
            found?.know(found.key)
          } else {
            calls[one.which]?.call.cancellation.cancel(new CancelReason('interrupted', 'enough'))
          }
          check()
        }
        for (const { know, key: found } of late) know(found)
        while (running.size > 0) for (const name of [...running.keys()]) end(name)
        expect(log.filter((line) => !line.startsWith('start '))).toHaveLength(
          new Set(log.map((line) => line.split(' ')[1])).size,
        )
        expect(new Set(log.map((line) => line.split(' ')[1])).size).toBe(calls.length)
      }),
      { numRuns: 1_000 },
    )
  })
})
