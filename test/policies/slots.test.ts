import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Priority, SlotKind } from '../../src/contract/tool.ts'
import type { SlotNeed } from '../../src/policies/slots.ts'
import { Slots } from '../../src/policies/slots.ts'

const never = new AbortController().signal

function need(overrides: Partial<SlotNeed> = {}): SlotNeed {
  const kind = overrides.kind ?? 'loop'
  return { kind, pool: kind, tool: 'a', maxConcurrency: null, priority: 'normal', ...overrides }
}

function slots(run: number, kinds: Partial<Record<SlotKind, number>> = {}): Slots {
  return new Slots({ run, kinds: { loop: 1_000, thread: 1_000, command: 1_000, mcp: 1_000, ...kinds } })
}

describe('slots', () => {
  it('hands a slot to the next waiter in the same tick, so that nobody slips in between', () => {
    const pool = slots(1)
    expect(pool.tryTake(need())).toBe(true)
    void pool.take(need(), never)
    pool.release(need())
    expect(pool.running).toBe(1)
    expect(pool.tryTake(need())).toBe(false)
  })

  it('lets critical calls go first, then normal, then optional, each in the order they came', async () => {
    const pool = slots(1)
    pool.tryTake(need())
    const order: string[] = []
    const waits = (['optional', 'normal', 'critical', 'normal', 'critical'] as Priority[]).map(
      async (priority, index) => {
        await pool.take(need({ priority }), never)
        order.push(`${priority} ${index}`)
        pool.release(need({ priority }))
      },
    )
    pool.release(need())
    await Promise.all(waits)
    expect(order).toEqual(['critical 2', 'critical 4', 'normal 1', 'normal 3', 'optional 0'])
  })

  it('does not let a full kind or a full tool hold up the others', async () => {
    const pool = slots(10, { thread: 1 })
    expect(pool.tryTake(need({ kind: 'thread' }))).toBe(true)
    void pool.take(need({ kind: 'thread' }), never)
    expect(pool.tryTake(need({ kind: 'loop' }))).toBe(true)
    expect(pool.tryTake(need({ tool: 'b', maxConcurrency: 1 }))).toBe(true)
    expect(pool.tryTake(need({ tool: 'b', maxConcurrency: 1 }))).toBe(false)
    expect(pool.tryTake(need({ tool: 'c', maxConcurrency: 1 }))).toBe(true)
  })

  it('lets an aborted waiter leave at once, without a slot', async () => {
    const pool = slots(1)
    pool.tryTake(need())
    const controller = new AbortController()
    const waiting = pool.take(need(), controller.signal)
    controller.abort()
    expect(await waiting).toBe(false)
    pool.release(need())
    expect(pool.running).toBe(0)
    expect(await pool.take(need(), AbortSignal.abort())).toBe(false)
  })

  it('T13 never loses or exceeds a slot, and starves nobody, under random load and aborts', async () => {
    const step = fc.record({
      kind: fc.constantFrom<SlotKind>('loop', 'thread'),
      tool: fc.constantFrom<'a' | 'b'>('a', 'b'),
      maxConcurrency: fc.constantFrom(null, 2),
      priority: fc.constantFrom<Priority>('critical', 'normal', 'optional'),
      aborted: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), async (steps, run) => {
        const pool = slots(run, { thread: 2 })
        const running = { all: 0, thread: 0 }
        const limited = { a: 0, b: 0 }
        const controllers = steps.map(() => new AbortController())
        const done = steps.map(async ({ aborted, ...rest }, index) => {
          const wanted = { ...rest, pool: rest.kind }
          const signal = controllers[index]?.signal ?? never
          if (!(await pool.take(wanted, signal))) return 'aborted'
          running.all += 1
          if (wanted.kind === 'thread') running.thread += 1
          if (wanted.maxConcurrency !== null) limited[wanted.tool] += 1
          expect(Math.max(limited.a, limited.b)).toBeLessThanOrEqual(2)
          expect(running.all).toBeLessThanOrEqual(run)
          expect(running.thread).toBeLessThanOrEqual(2)
          await Promise.resolve()
          running.all -= 1
          if (wanted.kind === 'thread') running.thread -= 1
          if (wanted.maxConcurrency !== null) limited[wanted.tool] -= 1
          pool.release(wanted)
          return 'ran'
        })
        for (const [index, { aborted }] of steps.entries()) if (aborted) controllers[index]?.abort()
        const ends = await Promise.all(done)
        expect(pool.running).toBe(0)
        for (const [index, { aborted }] of steps.entries()) if (!aborted) expect(ends[index]).toBe('ran')
      }),
    )
  })
})
