/**
 * The sums of a transcript. Pure: turns in, totals out. Intervals are half open, [started, ended):
 * a call that ends when another starts does not overlap it.
 */
import { isToolError } from './outcome.ts'
import type { ToolCallRecord, Transcript, TurnRecord } from './transcript.ts'

type Interval = { start: number; end: number }

/** Instants and durations are given to a tenth of a millisecond; more would be noise. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}

export function totalsOf(turns: readonly TurnRecord[]): Transcript['totals'] {
  const calls = turns.flatMap((turn) => turn.tool_calls)
  const intervals = calls.map(intervalOf).filter((interval) => interval !== null)
  const toolMs = sum(intervals.map(({ start, end }) => end - start))
  const wallMs = unionLength(intervals)
  return {
    turns: turns.length,
    tool_calls: calls.length,
    tool_errors: calls.filter((call) => call.status !== null && isToolError(call.status)).length,
    tool_denied: calls.filter((call) => call.status === 'denied').length,
    model_ms: roundMs(sum(turns.map((turn) => turn.duration_ms ?? 0))),
    tool_ms: roundMs(toolMs),
    tool_wall_ms: roundMs(wallMs),
    overlap_ms: roundMs(sum(calls.map((call) => call.timing.overlap_ms ?? 0))),
    concurrency_peak: peak(intervals),
    speedup: wallMs > 0 ? Math.round((toolMs / wallMs) * 100) / 100 : null,
  }
}

function intervalOf({ timing }: ToolCallRecord): Interval | null {
  if (timing.started_ms === null || timing.ended_ms === null) return null
  return { start: timing.started_ms, end: timing.ended_ms }
}

/** Length of the union of the intervals: the time in which at least one call ran. */
export function unionLength(intervals: readonly Interval[]): number {
  let length = 0
  let covered = Number.NEGATIVE_INFINITY
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    if (end <= covered) continue
    length += end - Math.max(start, covered)
    covered = end
  }
  return length
}

/** The most intervals that hold at one instant. */
export function peak(intervals: readonly Interval[]): number {
  // At one instant: what ends first makes room, then starts count, then calls that took no time end.
  const steps = intervals.flatMap(({ start, end }) => [
    { at: start, rank: 1, change: 1 },
    { at: end, rank: end > start ? 0 : 2, change: -1 },
  ])
  steps.sort((a, b) => a.at - b.at || a.rank - b.rank)
  let running = 0
  let most = 0
  for (const { change } of steps) {
    running += change
    most = Math.max(most, running)
  }
  return most
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
