/**
 * How many calls ran and how many waited, from one instant at which that changed to the next.
 */
import type { Part } from './timeline.ts'

export type CallCounts = { atMs: number; running: number; queued: number }

/** Half open: what begins when another ends does not overlap it. A call that backs off neither runs nor waits. */
export function callCounts(parts: readonly Part[]): CallCounts[] {
  const changes = parts
    .filter(({ kind, fromMs, toMs }) => kind !== 'backoff' && toMs > fromMs)
    .flatMap(({ kind, fromMs, toMs }) => [
      { kind, atMs: toMicrosecond(fromMs), by: 1 },
      { kind, atMs: toMicrosecond(toMs), by: -1 },
    ])
  changes.sort((a, b) => a.atMs - b.atMs)
  let last: CallCounts = { atMs: 0, running: 0, queued: 0 }
  const counts = [last]
  for (const { kind, atMs, by } of changes) {
    if (atMs !== last.atMs) {
      last = { ...last, atMs }
      counts.push(last)
    }
    if (kind === 'running') last.running += by
    else last.queued += by
  }
  return counts
}

/** No two counts stand at what is one instant in a trace. */
function toMicrosecond(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
