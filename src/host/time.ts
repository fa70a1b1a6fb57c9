/**
 * Time in the host process: the only file of the host that knows timers. There is no injected clock
 * here, because tests drive the host from outside, as a process.
 *
 * Taken when the host begins: a tool that installs fake timers, and leaves them there, stops its own
 * time only.
 */
const { hrtime } = process
const own = { setTimeout, clearTimeout, setInterval, setImmediate }

/** Monotonic milliseconds. */
export function now(): number {
  const [seconds, nanoseconds] = hrtime()
  return seconds * 1e3 + nanoseconds / 1e6
}

/** Calls `fire` once after `ms`, without keeping the process; the returned function takes that back. */
export function after(ms: number, fire: () => void): () => void {
  const handle = own.setTimeout(fire, ms)
  handle.unref()
  return () => own.clearTimeout(handle)
}

/** Calls `fire` every `ms`. @param keep  whether this keeps the thread's loop alive */
export function every(ms: number, fire: () => void, keep: boolean): void {
  const handle = own.setInterval(fire, ms)
  if (!keep) handle.unref()
}

/** Calls `fire` at the end of this turn of the loop. */
export function atTurnEnd(fire: () => void): void {
  own.setImmediate(fire)
}
