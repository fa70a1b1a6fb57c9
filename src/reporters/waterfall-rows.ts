/**
 * Which rows of a timeline a terminal shows: all of a usual run; of a turn of hundreds of calls those that
 * tell most, and how many are left out. Pure.
 */
import type { Row } from './timeline.ts'

export type CallRow = Row & { of: 'call' }
/** A row, or in place of calls how many there are and how long the slowest of them took. */
export type Shown = Row | { of: 'rest'; turn: number; calls: number; longestMs: number | null }

/** Of one turn. */
const MAX_CALLS = 40

/**
 * Of a turn with more calls than that, in the model's order: those on the critical path, those that
 * did not end well, and the slowest. @param all  leaves none out
 */
export function shownRows(rows: readonly Row[], all: boolean): Shown[] {
  if (all) return [...rows]
  const shown: Shown[] = []
  for (const turn of new Set(rows.map((row) => row.turn))) {
    const ofTurn = rows.filter((row) => row.turn === turn)
    const calls = ofTurn.filter((row): row is CallRow => row.of === 'call')
    const chosen = choose(calls)
    const left = calls.filter((call) => !chosen.has(call))
    shown.push(...ofTurn.filter((row) => row.of === 'model' || chosen.has(row)))
    if (left.length > 0) shown.push({ of: 'rest', turn, calls: left.length, longestMs: longestOf(left) })
  }
  return shown
}

function choose(calls: readonly CallRow[]): ReadonlySet<Row> {
  if (calls.length <= MAX_CALLS) return new Set(calls)
  const bySpeed = [...calls].sort((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0))
  const telling = [
    ...calls.filter(({ isCritical }) => isCritical),
    ...calls.filter(({ record }) => record.status !== 'ok').slice(0, MAX_CALLS / 2),
    ...bySpeed,
  ]
  return new Set([...new Set(telling)].slice(0, MAX_CALLS))
}

function longestOf(calls: readonly CallRow[]): number | null {
  return calls.reduce<number | null>((most, { durationMs }) => {
    return durationMs === null ? most : Math.max(most ?? 0, durationMs)
  }, null)
}
