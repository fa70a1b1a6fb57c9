/**
 * Time in the host process: the only file of the host that knows timers. There is no injected clock
 * here, because tests drive the host from outside, as a process.
 */

/** Monotonic milliseconds. */
export function now(): number {
  return performance.now()
}

/** Calls `fire` once after `ms`, without keeping the process; the returned function takes that back. */
export function after(ms: number, fire: () => void): () => void {
  const handle = setTimeout(fire, ms)
  handle.unref()
  return () => clearTimeout(handle)
}

/** Calls `fire` every `ms`. @param keep  whether this keeps the thread's loop alive */
export function every(ms: number, fire: () => void, keep: boolean): void {
  const handle = setInterval(fire, ms)
  if (!keep) handle.unref()
}
