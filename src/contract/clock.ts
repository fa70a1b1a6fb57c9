/**
 * Time, sleep and chance. The only home of `setTimeout`, `process.hrtime` and `Math.random`:
 * everything that waits takes a `Clock`, so that tests own the time.
 */
export interface Clock {
  /** Monotonic milliseconds since the start of the run. */
  now(): number
  /** Wall clock, milliseconds since 1970. */
  wall(): number
  /** Uniform in [0, 1). */
  random(): number
  /** Calls `fire` once, `ms` from now; the returned function takes that back. */
  timer(ms: number, fire: () => void): () => void
}

/** setTimeout takes a signed 32-bit number; anything larger would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** @param startedAt  origin of `now()`, in milliseconds after the start of the process */
export function systemClock(startedAt: number): Clock {
  return {
    now: () => monotonic() - STARTED_AT - startedAt,
    wall: () => Date.now(),
    random: () => Math.random(),
    timer: (ms, fire) => {
      const handle = setTimeout(fire, Math.min(Math.max(ms, 0), MAX_TIMER_MS))
      return () => clearTimeout(handle)
    },
  }
}

/** Milliseconds. Not `performance.now`, whose first use loads seven modules of Node. */
function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}

const STARTED_AT = monotonic() - process.uptime() * 1e3

/** A clock that may be moved on once: a run that goes on counts from where it was. */
export function movableClock(clock: Clock): { clock: Clock; moveTo(nowMs: number): void } {
  let shiftMs = 0
  return {
    clock: { ...clock, now: () => clock.now() + shiftMs },
    moveTo: (nowMs) => {
      shiftMs = nowMs - clock.now()
    },
  }
}

/** Resolves `true` after `ms`, or `false` as soon as `signal` is aborted; never rejects. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const onAbort = () => {
      cancel()
      resolve(false)
    }
    const cancel = clock.timer(ms, () => {
      signal.removeEventListener('abort', onAbort)
      resolve(true)
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * Waits for something that never rejects, for `ms` at most.
 * @returns whether it happened in time
 */
export function within(ms: number, happened: Promise<unknown>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.timer(ms, () => resolve(false))
    happened.then(() => {
      cancel()
      resolve(true)
    })
  })
}
