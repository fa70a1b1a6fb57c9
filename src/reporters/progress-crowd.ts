/**
 * The lines of a turn with more calls than can be followed one by one: counts, rate and the slowest
 * while it goes on, one line that stays once it is over. Pure; progress.ts knows when they are drawn.
 */
import { stripVTControlCharacters } from 'node:util'
import type { Paint } from './colour.ts'
import { formatCount, formatCounted, formatRate } from './format.ts'
import type { Layout } from './progress-columns.ts'
import { formatSeconds, MARGIN, RIGHT_MARGIN, runningColumns } from './progress-columns.ts'
import type { Reason } from './progress-failures.ts'
import type { Ending } from './progress-tally.ts'
import { cutToWidth, textWidth } from './text-width.ts'

/** Of the calls that run, those that have done so for longest. */
export const MAX_LONGEST = 3
/** With less room in its line, a label goes to the next one. */
const MIN_LABEL = 20
const MAX_REASONS = 3
/** Columns of a window in which words are saved. */
const NARROW = 60
const INDENT = ' '.repeat(MARGIN)

export type Counts = Readonly<Record<Ending, number>>
type Slowest = { label: string; durationMs: number }

export type CrowdPicture = {
  /** Calls so far: while the message streams there may be more. */
  known: number
  ended: number
  counts: Counts
  running: number
  /** At most MAX_LONGEST, the longest first. */
  longest: readonly { label: string; startedMs: number }[]
  slowest: Slowest | null
  perSecond: number | null
  nowMs: number
}

/** The first line says the most: in a low window the others are left out from below. */
export function crowdLines(picture: CrowdPicture, frame: string, layout: Layout, paint: Paint): string[] {
  const { known, ended, counts, running, longest, slowest, perSecond, nowMs } = picture
  const waiting = known - ended - running
  const parts = [
    `${formatCount(ended)} of ${formatCounted(known, 'call')}`,
    ...endings(counts, paint),
    ...(running > 0 ? [`${formatCount(running)} running`] : []),
    ...(waiting > 0 ? [paint.quiet(`${formatCount(waiting)} waiting`)] : []),
    ...(perSecond === null ? [] : [formatRate(perSecond)]),
  ]
  return [
    ...wrapped(`  ${frame} `, parts, ' · ', layout.columns - RIGHT_MARGIN),
    ...longest.map(({ label, startedMs }) => `${INDENT}${runningColumns(label, nowMs - startedMs, layout)}`),
    ...(slowest === null ? [] : [`${INDENT}${paint.quiet(slowestSoFar(slowest, layout.columns))}`]),
  ]
}

function slowestSoFar({ label, durationMs }: Slowest, columns: number): string {
  const before = columns < NARROW ? 'slowest: ' : 'slowest so far: '
  const after = ` ${formatSeconds(durationMs, 2)}`
  return `${before}${cutToWidth(label, columns - MARGIN - RIGHT_MARGIN - before.length - after.length)}${after}`
}

export type CrowdEnd = {
  known: number
  counts: Counts
  slowest: Slowest | null
  perSecond: number | null
  /** Failures that no line has told. */
  untold: { count: number; reasons: readonly Reason[] }
}

/** What stays does not move, and may come up to the window's edge; a comma may stand behind it. */
const EDGE = 2

/** `✔ 1,000 calls: 996 ok, 4 failed, slowest get_weather Tokyo 1.91 s, 310/s`, and what has not been told of failures. */
export function crowdSummary(end: CrowdEnd, { columns }: Pick<Layout, 'columns'>, paint: Paint): string[] {
  const { known, counts, slowest, perSecond, untold } = end
  const width = columns - EDGE
  const mark = counts.ok > 0 ? paint.good('✔') : paint.bad('✖')
  const head = `  ${mark} ${formatCounted(known, 'call')}: `
  const before = [...(counts.ok > 0 ? [`${formatCount(counts.ok)} ok`] : []), ...endings(counts, paint)]
  const after = perSecond === null ? [] : [formatRate(perSecond)]
  const parts = [
    ...before,
    ...(slowest === null ? [] : [slowestPart(slowest, `${head}${[...before, ...after, ''].join(', ')}`, width)]),
    ...after,
  ]
  const lines = wrapped(head, parts, ', ', width)
  if (untold.count === 0) return lines
  const reasons = untold.reasons.slice(0, MAX_REASONS).map(({ text, count }) => {
    const times = ` × ${formatCount(count)}`
    return `${cutToWidth(text, width - MARGIN - times.length)}${times}`
  })
  const others = untold.reasons.length - reasons.length
  const rest = others > 0 ? [`and ${formatCounted(others, 'other reason')}`] : []
  return [
    ...lines,
    ...wrapped(`${INDENT}${formatCount(untold.count)} more failed: `, [...reasons, ...rest], ', ', width),
  ]
}

/** The label is cut to what the rest of the line leaves, or stands on the next one. */
function slowestPart({ label, durationMs }: Slowest, others: string, width: number): string {
  const [before, after] = ['slowest ', ` ${formatSeconds(durationMs, 2)}`]
  const own = before.length + after.length
  const left = width - visibleWidth(others) - own
  const room = left >= Math.min(MIN_LABEL, textWidth(label)) ? left : width - MARGIN - own
  return `${before}${cutToWidth(label, room)}${after}`
}

function endings(counts: Counts, paint: Paint): string[] {
  const told: [ending: Ending, text: string, colour: (text: string) => string][] = [
    ['failed', 'failed', paint.bad],
    ['canceled', 'canceled', paint.bad],
    ['not_started', 'not started', paint.quiet],
    ['skipped', 'skipped', paint.quiet],
  ]
  return told.flatMap(([ending, text, colour]) =>
    counts[ending] > 0 ? [colour(`${formatCount(counts[ending])} ${text}`)] : [],
  )
}

/** Parts in a row, on as many lines as they need; none is broken. */
function wrapped(head: string, parts: readonly string[], separator: string, width: number): string[] {
  const lines = []
  let line = head
  let glue = ''
  for (const part of parts) {
    const isFirst = visibleWidth(line) <= MARGIN
    if (isFirst || visibleWidth(`${line}${glue}${part}`) <= width) line += `${glue}${part}`
    else {
      lines.push(`${line}${glue}`.trimEnd().replace(/ ·$/, ''))
      line = `${INDENT}${part}`
    }
    glue = separator
  }
  return [...lines, line]
}

function visibleWidth(text: string): number {
  return textWidth(stripVTControlCharacters(text))
}
