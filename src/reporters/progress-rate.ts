/**
 * How many calls end per second, of late: over a window that slides. It is told the time, and keeps
 * a count per quarter of a second, however many calls there are.
 */

/** Long enough for a number that can be read, short enough to show that something has slowed down. */
const WINDOW_MS = 5_000
const BUCKET_MS = 250
/** With less to go by it would be a guess. */
const LEAST_MS = 500

export interface Rate {
  /** One more has ended. */
  add(nowMs: number): void
  /** Calls per second since the window's start, or since the first began; null: too early to say, or none. */
  perSecond(nowMs: number): number | null
}

/** @param sinceMs  when the first call began */
export function openRate(sinceMs: number): Rate {
  let buckets: { atMs: number; count: number }[] = []
  return {
    add: (nowMs) => {
      const atMs = Math.floor(nowMs / BUCKET_MS) * BUCKET_MS
      const last = buckets.at(-1)
      if (last?.atMs === atMs) last.count += 1
      else buckets = [...buckets.filter((bucket) => bucket.atMs > atMs - WINDOW_MS), { atMs, count: 1 }]
    },
    perSecond: (nowMs) => {
      // the edge of a bucket: what is counted and the time that it is counted over then end together
      const edgeMs = (Math.floor((nowMs - WINDOW_MS) / BUCKET_MS) + 1) * BUCKET_MS
      const spanMs = nowMs - Math.max(edgeMs, sinceMs)
      if (spanMs < LEAST_MS) return null
      const count = buckets.reduce((sum, bucket) => (bucket.atMs >= edgeMs ? sum + bucket.count : sum), 0)
      return count === 0 ? null : (count / spanMs) * 1_000
    },
  }
}
