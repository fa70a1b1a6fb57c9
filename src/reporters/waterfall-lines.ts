/**
 * A run as a waterfall of text lines, none wider than it is told: a row for each message of the model with its
 * calls below it, the time axis, the legend where there is more than running to tell, and the totals. Pure.
 */
import type { Transcript } from '../contract/transcript.ts'
import { callLabel } from './call-label.ts'
import { cleanLine } from './clean-line.ts'
import type { Paint } from './colour.ts'
import { chooseUnit, formatCount, formatCounted, formatDuration, formatMoney, formatSpan } from './format.ts'
import { cutToWidth, fitToWidth, textWidth } from './text-width.ts'
import type { Row } from './timeline.ts'
import { timelineOf } from './timeline.ts'
import type { Cell } from './waterfall-bar.ts'
import { barCells, runsOf, SHAPES } from './waterfall-bar.ts'
import type { Shown } from './waterfall-rows.ts'
import { shownRows } from './waterfall-rows.ts'

export type WaterfallOptions = {
  columns: number
  paint: Paint
  redact: (text: string) => string
  /** Rows of all calls, however many there are. */
  all: boolean
  /** A line with the question and how the run ended before the picture. */
  heading: boolean
}

type Texts = { label: string; duration: string; notes: string }
type Layout = { label: number; bar: number; duration: number; notes: number }

const GAP = '  '
/** Narrower windows get notes in short. */
const WIDE = 100
/** A bar of less tells nothing. */
const MIN_BAR = 10
const MIN_LABEL = 12
const CRITICAL = '<<'
const LEGEND: Partial<Record<Cell, string>> = {
  queued: 'queued',
  running: 'running',
  backoff: 'backing off',
  cut: 'cut short',
}

export function waterfallLines(transcript: Transcript, options: WaterfallOptions): string[] {
  const { columns, paint, redact, all } = options
  const { endMs, rows } = timelineOf(transcript)
  const shown = shownRows(rows, all)
  const unit = endMs < 1000 ? 'ms' : chooseUnit(endMs)
  const say = (ms: number | null) => (ms === null ? '' : formatDuration(ms, unit))
  const texts = shown.map((row): Texts => {
    if (row.of === 'rest') return restTexts(row, say)
    return { label: labelOf(row, redact), duration: say(row.durationMs), notes: notesOf(row, columns >= WIDE) }
  })
  const layout = layoutFor(texts, columns)
  const cellsOf = (row: Shown) => (row.of === 'rest' ? [] : barCells(row, endMs, layout.bar))
  const bars = shown.map(cellsOf)
  const picture = shown.map((row, index) => line(row, texts[index], bars[index] ?? [], layout, paint))
  return [
    ...(options.heading ? headingLines(transcript, columns, redact) : []),
    ...picture,
    ...(shown.length === 0 ? [] : [axisLine(say(endMs), layout, paint)]),
    ...legendLines(bars.flat(), layout.notes > 0 ? texts.map(({ notes }) => notes) : [], columns, paint),
    ...joined(totalsOf(transcript), columns).map(paint.quiet),
  ].map((text) => text.trimEnd())
}

function restTexts({ calls, longestMs }: Shown & { of: 'rest' }, say: (ms: number | null) => string): Texts {
  const slowest = longestMs === null ? '' : `, each at most ${say(longestMs)}`
  return { label: `  … ${formatCounted(calls, 'more call')}${slowest}`, duration: '', notes: '' }
}

function labelOf(row: Row, redact: (text: string) => string): string {
  if (row.of === 'model') return `turn ${row.turn}  model`
  return `  ${callLabel(row.record.tool, row.record.input, redact)}`
}

/** What the bar cannot say. */
function notesOf(row: Row, wide: boolean): string {
  const critical = row.isCritical && row.of === 'call' ? [wide ? `${CRITICAL} critical path` : CRITICAL] : []
  if (row.of === 'model') return row.record.attempts > 1 ? attempts(row.record.attempts, wide) : ''
  const { status, attempts: tried, timing } = row.record
  return [
    ...(tried.length > 1 ? [attempts(tried.length, wide)] : []),
    ...(timing.pending_ms === null ? [] : [wide ? 'answered as pending' : 'pending']),
    ...(row.isDropped ? ['dropped'] : []),
    ...(status === 'ok' ? [] : [status === null ? 'no outcome' : status.replaceAll('_', ' ')]),
    ...critical,
  ].join(wide ? GAP : ' ')
}

function attempts(count: number, wide: boolean): string {
  return wide ? `${formatCount(count)} attempts` : `x${count}`
}

/** Names give way to the bars, and where both are narrow the notes go. */
function layoutFor(texts: readonly Texts[], columns: number): Layout {
  const widest = (pick: keyof Texts) => texts.reduce((most, text) => Math.max(most, textWidth(text[pick])), 0)
  const duration = widest('duration')
  const fixed = 2 * GAP.length + duration
  const wanted = widest('notes')
  const fits = (notes: number) => columns - fixed - notes - GAP.length >= MIN_LABEL + MIN_BAR
  const notes = wanted > 0 && fits(wanted) ? wanted : 0
  const room = Math.max(columns - fixed - (notes > 0 ? GAP.length + notes : 0), 2)
  const label = Math.max(Math.min(widest('label'), Math.floor(room * 0.45), room - MIN_BAR), 1)
  return { label, bar: Math.max(room - label, 1), duration, notes }
}

function line(row: Shown, texts: Texts | undefined, cells: readonly Cell[], layout: Layout, paint: Paint): string {
  if (texts === undefined) return ''
  const { label, bar, duration, notes } = layout
  const columns = label + bar + duration + 2 * GAP.length + (notes > 0 ? GAP.length + notes : 0)
  if (row.of === 'rest') return paint.quiet(cutToWidth(texts.label, columns))
  const failed = row.of === 'call' && row.record.status !== 'ok'
  const drawn = runsOf(cells)
    .map(({ cell, length }) => painted(cell, SHAPES[cell].repeat(length), { row, failed, paint }))
    .join('')
  const name = fitToWidth(texts.label, label)
  const told = notes === 0 || texts.notes === '' ? '' : `${GAP}${failed ? paint.bad(texts.notes) : texts.notes}`
  return `${name}${GAP}${drawn}${GAP}${texts.duration.padStart(duration)}${told}`
}

function painted(
  cell: Cell,
  text: string,
  { row, failed, paint }: { row: Row; failed: boolean; paint: Paint },
): string {
  switch (cell) {
    case 'running':
      return failed ? paint.bad(text) : row.of === 'model' ? text : paint.good(text)
    case 'backoff':
      return paint.warn(text)
    case 'cut':
      return paint.bad(text)
    default:
      return paint.quiet(text)
  }
}

/** Where the bars begin and end, in time. */
function axisLine(end: string, { label, bar }: Layout, paint: Paint): string {
  const start = '0'
  const gap = bar - start.length - textWidth(end)
  return gap < 1 ? '' : paint.quiet(`${' '.repeat(label)}${GAP}${start}${' '.repeat(gap)}${end}`)
}

/** Nothing to explain where everything ran, and no note is in short. */
function legendLines(cells: readonly Cell[], notes: readonly string[], columns: number, paint: Paint): string[] {
  const kinds = new Set(cells)
  const order: Cell[] = ['queued', 'running', 'backoff', 'cut']
  const short = columns >= WIDE ? [] : notes
  const words = [
    ...order.filter((cell) => kinds.has(cell)).map((cell) => `${SHAPES[cell]} ${LEGEND[cell] ?? ''}`),
    ...(short.some((note) => /^x\d/.test(note)) ? ['x2 attempts'] : []),
    ...(short.some((note) => note.endsWith(CRITICAL)) ? [`${CRITICAL} critical path`] : []),
  ]
  return words.length < 2 ? [] : joined(words, columns, GAP).map(paint.quiet)
}

function headingLines(
  { question, status, exit_code, error, model, turns }: Transcript,
  columns: number,
  redact: (text: string) => string,
) {
  const asked = cutToWidth(cleanLine(question ?? '(no question)', redact), columns)
  const code = exit_code === 0 ? status : `${status}, exit ${exit_code}`
  const ended = error?.code === 'unfinished' ? 'unfinished' : code
  const rest = [turns.length === 0 ? `${ended}, no turn` : ended, ...(model === null ? [] : [cleanLine(model, redact)])]
  return [asked, ...joined(rest, columns), '']
}

function totalsOf({ duration_ms, totals, usage }: Transcript): string[] {
  const { model_ms, tool_ms, tool_wall_ms, overlap_ms, speedup, tool_calls, tool_errors, concurrency_peak } = totals
  const tools =
    tool_calls === 0
      ? []
      : [
          `${formatCounted(tool_calls, 'call')}: ${formatSpan(tool_ms)} of work in ${formatSpan(tool_wall_ms)}`,
          ...(tool_errors > 0 ? [`${formatCount(tool_errors)} failed`] : []),
          `overlap saved ${formatSpan(overlap_ms)}`,
          ...(speedup === null ? [] : [`speed-up ${speedup.toFixed(2)} x`]),
          `${formatCount(concurrency_peak)} at once`,
        ]
  return [
    ...(duration_ms === null ? [] : [`wall ${formatSpan(duration_ms)}`]),
    `model ${formatSpan(model_ms)}`,
    ...tools,
    ...(usage.cost_usd !== null && usage.cost_usd > 0 ? [formatMoney(usage.cost_usd)] : []),
  ]
}

/** As many on a line as fit. */
function joined(parts: readonly string[], columns: number, between = ' · '): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    const longer = last === undefined ? part : `${last}${between}${part}`
    if (last === undefined || textWidth(longer) > columns) lines.push(cutToWidth(part, columns))
    else lines[lines.length - 1] = longer
  }
  return lines
}
