/**
 * The lines of the progress display, as text: one for each running call, one for each that has
 * ended, one for the whole run. Pure; progress.ts knows when they are drawn.
 */

import type { Outcome } from '../contract/outcome.ts'
import type { Transcript } from '../contract/transcript.ts'
import type { Paint } from './colour.ts'
import { formatCount, formatCounted, formatElapsed, formatMoney, formatSpan } from './format.ts'
import type { Layout } from './progress-columns.ts'
import { DURATION, formatSeconds, GAP, MARGIN, RIGHT_MARGIN, runningColumns } from './progress-columns.ts'
import { cutToWidth, fitToWidth, textWidth } from './text-width.ts'

/** Of the calls that run at once; the others are counted. */
const MAX_RUNNING_LINES = 8
/** With less room behind the duration, a reason gets a line of its own. */
const MIN_REASON = 32

export type ProgressPicture = {
  /** In the order in which they began. */
  running: readonly { label: string; startedMs: number }[]
  /** Calls that are known and have not begun. */
  waiting: number
  /** What goes on beside the calls (`thinking`), where that is to be shown. */
  activity: { label: string; sinceMs: number } | null
  nowMs: number
}

export function movingLines(picture: ProgressPicture, frame: string, layout: Layout, paint: Paint): string[] {
  const { running, waiting, activity, nowMs } = picture
  const shown = running.slice(0, Math.max(Math.min(MAX_RUNNING_LINES, layout.rows - 4), 1))
  const lines = shown.map(({ label, startedMs }) => `  ${frame} ${runningColumns(label, nowMs - startedMs, layout)}`)
  const rest = [
    ...(running.length > shown.length ? [`and ${formatCount(running.length - shown.length)} more`] : []),
    ...(waiting > 0 ? [`${formatCount(waiting)} waiting`] : []),
  ]
  if (rest.length > 0) lines.push(`    ${paint.quiet(`… ${rest.join(', ')}`)}`)
  if (activity !== null) {
    const label = cutToWidth(activity.label, layout.columns - MARGIN - DURATION - RIGHT_MARGIN)
    lines.push(`  ${frame} ${paint.quiet(`${label}  ${formatElapsed(nowMs - activity.sinceMs)}`)}`)
  }
  return lines
}

/** @param durationMs  null: the call never ran */
export function endedLine(
  call: { label: string; outcome: Outcome; durationMs: number | null },
  layout: Pick<Layout, 'columns' | 'labelWidth'>,
  paint: Paint,
): string {
  const { outcome } = call
  const duration = (call.durationMs === null ? '' : formatSeconds(call.durationMs, 2)).padStart(DURATION)
  const { mark, colour } = look(outcome, paint)
  const line = `  ${mark} ${fitToWidth(call.label, layout.labelWidth)}${GAP}${duration}`
  if (outcome.status === 'ok') return line
  const reason = `${outcome.status.replaceAll('_', ' ')}: ${outcome.error.message}`
  const left = layout.columns - MARGIN - layout.labelWidth - DURATION - 2 * GAP.length - 1
  if (left >= Math.min(MIN_REASON, textWidth(reason))) return `${line}${GAP}${colour(cutToWidth(reason, left))}`
  return `${line.trimEnd()}\n    ${colour(cutToWidth(reason, layout.columns - MARGIN - 1))}`
}

/** What was skipped has neither succeeded nor failed. */
function look({ status }: Outcome, paint: Paint): { mark: string; colour: (text: string) => string } {
  if (status === 'ok') return { mark: paint.good('✔'), colour: paint.good }
  return status === 'skipped'
    ? { mark: paint.quiet('–'), colour: paint.quiet }
    : { mark: paint.bad('✖'), colour: paint.bad }
}

/**
 * `3 calls in 1.2 s, one after another 3.1 s · 2 turns · 1,840 tokens · $0.0045`; where that is too
 * wide, without the time that the calls would have taken in a row; '' where there was neither a
 * call nor an answer.
 */
export function summaryLine({ totals, usage, answer }: Transcript, columns: number): string {
  if (totals.tool_calls === 0 && (answer ?? '').trim() === '') return ''
  const tokens =
    usage.input_tokens + usage.output_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
  const { calls, inARow } = callsSpan(totals)
  const rest = [
    formatCounted(totals.turns, 'turn'),
    ...(tokens > 0 ? [formatCounted(tokens, 'token')] : []),
    ...(usage.cost_usd !== null && usage.cost_usd > 0 ? [formatMoney(usage.cost_usd)] : []),
  ]
  if (calls === '') return rest.join(' · ')
  const whole = [`${calls}${inARow}`, ...rest].join(' · ')
  return textWidth(whole) <= columns ? whole : [calls, ...rest].join(' · ')
}

function callsSpan({ tool_calls, tool_errors, tool_ms, tool_wall_ms }: Transcript['totals']) {
  if (tool_calls === 0) return { calls: '', inARow: '' }
  const failed = tool_errors > 0 ? ` (${formatCount(tool_errors)} failed)` : ''
  const calls = `${formatCounted(tool_calls, 'call')}${failed} in ${formatSpan(tool_wall_ms)}`
  // where calls hardly overlapped, the second number would say the same again
  return { calls, inARow: tool_ms > tool_wall_ms * 1.1 ? `, one after another ${formatSpan(tool_ms)}` : '' }
}
