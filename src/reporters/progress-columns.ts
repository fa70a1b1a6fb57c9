/**
 * The columns of a call's line: a mark, the label, how long it took. All lines share them, so that
 * durations stand below each other.
 */
import { formatDuration } from './format.ts'
import { fitToWidth, textWidth } from './text-width.ts'

/** `rows`: height of the window; `labelWidth`: of the labels' column. */
export type Layout = { columns: number; rows: number; labelWidth: number }

/** Indent, mark, space. */
export const MARGIN = 4
/** `12.34 s` */
export const DURATION = 7
export const GAP = '  '
/** A line that fills the window wraps at some terminals. */
export const RIGHT_MARGIN = 3

/** Width of the labels' column: as wide as the widest so far, as long as the durations fit too. */
export function labelWidth(widest: number, columns: number): number {
  return Math.min(widest, Math.max(columns - MARGIN - DURATION - GAP.length - RIGHT_MARGIN, 8))
}

/**
 * The labels' column of a whole run: it grows with what is shown, and never shrinks.
 *
 * @param size  of the window, as it is now
 */
export function openColumn(size: () => { columns: number; rows: number }) {
  let widest = 0
  return (labels: readonly string[] = []): Layout => {
    for (const label of labels) widest = Math.max(widest, textWidth(label))
    const { columns, rows } = size()
    return { columns, rows, labelWidth: labelWidth(widest, columns) }
  }
}

/** Of a call that runs: tenths of a second, cut, so that it does not flicker. */
export function runningColumns(label: string, elapsedMs: number, layout: Pick<Layout, 'labelWidth'>): string {
  const elapsed = formatSeconds(Math.floor(elapsedMs / 100) * 100, 1).padStart(DURATION)
  return `${fitToWidth(label, layout.labelWidth)}${GAP}${elapsed}`
}

/** Always seconds, so that a column can be compared by eye; as many decimals as fit into the column. */
export function formatSeconds(ms: number, decimals: number): string {
  const fitting = ms < 99_995 ? decimals : ms < 999_950 ? Math.min(decimals, 1) : 0
  return formatDuration(ms, 's', fitting)
}
