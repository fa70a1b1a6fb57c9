/**
 * One row's bar in a waterfall: what is drawn in each column for the time that it stands for. Pure, without
 * colours: kinds are told apart by their shapes, and waterfall.ts paints them.
 */
import type { Part, Row } from './timeline.ts'

export type Cell = Part['kind'] | 'cut' | 'empty'

export const SHAPES: Readonly<Record<Cell, string>> = {
  queued: '░',
  running: '█',
  backoff: '▒',
  cut: '╳',
  empty: ' ',
}

/**
 * @param endMs    what the last column ends with
 * @param columns  above 0
 * @returns        one cell a column; of a row that is known to have begun at least one is not empty
 */
export function barCells({ parts, isCut }: Pick<Row, 'parts' | 'isCut'>, endMs: number, columns: number): Cell[] {
  const msPerCell = endMs / columns
  const cells = Array.from({ length: columns }, (_, column): Cell => {
    return mostOf(parts, column * msPerCell, (column + 1) * msPerCell)
  })
  const first = parts[0]
  const last = parts.at(-1)
  if (first === undefined || last === undefined) return cells
  const place = (ms: number) => Math.min(Math.floor(ms / msPerCell), columns - 1)
  // What is shorter than a column is still seen, running before all else.
  if (!cells.some((cell) => cell !== 'empty')) cells[place(first.fromMs)] = first.kind
  const ran = parts.find(({ kind }) => kind === 'running')
  if (ran !== undefined && !cells.includes('running')) cells[place(ran.fromMs)] = 'running'
  if (isCut) cells[cells.findLastIndex((cell) => cell !== 'empty')] = 'cut'
  return cells
}

/** The kind that takes most of the time between the two instants, where it takes at least half of it. */
function mostOf(parts: readonly Part[], fromMs: number, toMs: number): Cell {
  const covered = new Map<Part['kind'], number>()
  let all = 0
  for (const part of parts) {
    const ms = Math.min(part.toMs, toMs) - Math.max(part.fromMs, fromMs)
    if (ms <= 0) continue
    covered.set(part.kind, (covered.get(part.kind) ?? 0) + ms)
    all += ms
  }
  if (all < (toMs - fromMs) / 2) return 'empty'
  const [most] = [...covered].sort(([, a], [, b]) => b - a)
  return most?.[0] ?? 'empty'
}

/** Runs of one kind, in order. */
export function runsOf(cells: readonly Cell[]): { cell: Cell; length: number }[] {
  const runs: { cell: Cell; length: number }[] = []
  for (const cell of cells) {
    const last = runs.at(-1)
    if (last?.cell === cell) last.length += 1
    else runs.push({ cell, length: 1 })
  }
  return runs
}
