/**
 * Puts intervals that overlap side by side: which lane each has in a picture where a lane holds one
 * at a time. It draws nothing; see perfetto.ts.
 */

export type Interval = { from: number; to: number }
/** `freeSince`: where the interval before it in its lane ended; -Infinity where it is the first. */
export type Lane = { lane: number; freeSince: number }

/**
 * The lowest lane that is free, in the order of their beginnings; of those that begin at once, in the
 * order given. Half open: what begins when another ends may have its lane.
 *
 * @returns lanes from 0, in the order given; no more of them than intervals hold at one instant
 */
export function lanesOf(intervals: readonly Interval[]): Lane[] {
  const order = intervals.map((_, index) => index)
  order.sort((a, b) => (intervals[a]?.from ?? 0) - (intervals[b]?.from ?? 0) || a - b)
  /** When each lane is free again. */
  const free: number[] = []
  const lanes = intervals.map((): Lane => ({ lane: 0, freeSince: 0 }))
  for (const index of order) {
    const { from, to } = intervals[index] ?? { from: 0, to: 0 }
    const found = free.findIndex((end) => end <= from)
    const lane = found < 0 ? free.length : found
    lanes[index] = { lane, freeSince: free[lane] ?? Number.NEGATIVE_INFINITY }
    free[lane] = to
  }
  return lanes
}
