/**
 * A clock that stands still until the test moves it, and chance that the test has written down.
 */
import type { Clock } from '../../src/contract/clock.ts'

export interface FakeClock extends Clock {
  /** Moves on, firing every timer that falls due, in order; what each one sets off settles before the next. */
  advance(ms: number): Promise<void>
  /** Moves on to the next timer and fires it; false where there is none. */
  advanceToNext(): Promise<boolean>
  /** Lets everything run that waits for no timer. */
  settle(): Promise<void>
  /** When the waiting timers fall due, on `now()`'s axis, soonest first. */
  readonly due: readonly number[]
}

export type FakeClockOptions = {
  /** Values of `random()` in their order; the last one is repeated. Default: always 0.5. */
  random?: readonly number[]
  /** Wall clock at `now()` = 0. */
  wall?: number
}

export function openFakeClock({ random = [0.5], wall = Date.UTC(2026, 10, 22, 7) }: FakeClockOptions = {}): FakeClock {
  let now = 0
  let drawn = 0
  let timers: { at: number; fire: () => void }[] = []

  async function fireNext(until: number): Promise<boolean> {
    const next = timers[0]
    if (next === undefined || next.at > until) return false
    timers.shift()
    now = next.at
    next.fire()
    await settle()
    return true
  }

  return {
    now: () => now,
    wall: () => wall + now,
    random() {
      const value = random[Math.min(drawn, random.length - 1)] ?? 0.5
      drawn += 1
      return value
    },
    timer(ms, fire) {
      const timer = { at: now + Math.max(ms, 0), fire }
      // Behind those of the same instant: equal timers fire in the order in which they were set.
      const place = timers.findIndex(({ at }) => at > timer.at)
      timers.splice(place === -1 ? timers.length : place, 0, timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      await settle()
      const until = now + ms
      while (await fireNext(until));
      now = until
    },
    async advanceToNext() {
      await settle()
      return await fireNext(Number.POSITIVE_INFINITY)
    },
    settle,
    get due() {
      return timers.map(({ at }) => at)
    },
  }
}

/** All microtasks run before the event loop's next phase, however long their chains are. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
