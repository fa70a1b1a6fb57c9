/**
 * A row of the run in words: what it is called, how it ended, what it did when. Told where the waterfall is
 * pointed at, focused or read aloud, and in the table of calls. No markup.
 */
import { callLabel } from '../call-label.ts'
import { cleanLine } from '../clean-line.ts'
import type { DurationUnit } from '../format.ts'
import { formatCounted, formatDuration } from '../format.ts'
import type { Part, Row } from '../timeline.ts'

export type CallRow = Extract<Row, { of: 'call' }>

/** A transcript has been redacted as a whole. */
const asItIs = (text: string) => text

const DID: Readonly<Record<Part['kind'], string>> = { queued: 'queued', running: 'ran', backoff: 'backed off' }

export function rowLabel(row: Row): string {
  return row.of === 'model' ? `turn ${row.turn}: message` : callLabel(row.record.tool, row.record.input, asItIs)
}

/** `ok`, `timed out`, `not ended`; words of ours, so that they can be filtered by. */
export function statusWord({ record }: CallRow): string {
  return record.status === null ? 'not ended' : record.status.replaceAll('_', ' ')
}

/** Three lines: name, end, times. */
export function rowWords(row: Row, unit: DurationUnit): string {
  return [rowLabel(row), endWords(row), timeWords(row.parts, unit)].filter((line) => line !== '').join('\n')
}

function endWords(row: Row): string {
  const critical = row.isCritical ? ['on the critical path'] : []
  if (row.of === 'model') {
    const { stop_reason, attempts } = row.record
    const ended = row.isCut ? 'cut short' : cleanLine(stop_reason ?? 'ended', asItIs)
    return [ended, ...(attempts > 1 ? [formatCounted(attempts, 'attempt')] : []), ...critical].join(', ')
  }
  const { attempts, error, timing } = row.record
  return [
    `turn ${row.turn}`,
    error === null ? statusWord(row) : `${statusWord(row)} (${cleanLine(error.code, asItIs)})`,
    ...(attempts.length > 1 ? [formatCounted(attempts.length, 'attempt')] : []),
    ...(timing.pending_ms === null ? [] : ['first answered as pending']),
    ...(row.isDropped ? ['of a message that was asked for again'] : []),
    ...critical,
  ].join(', ')
}

function timeWords(parts: readonly Part[], unit: DurationUnit): string {
  const [first, last] = [parts[0], parts.at(-1)]
  if (first === undefined || last === undefined) return 'never started'
  const spent = (['queued', 'running', 'backoff'] as const).flatMap((kind) => {
    const ms = parts.reduce((sum, part) => sum + (part.kind === kind ? part.toMs - part.fromMs : 0), 0)
    return ms > 0 ? [`${DID[kind]} ${formatDuration(ms, unit)}`] : []
  })
  const when = `from ${formatDuration(first.fromMs, unit)} to ${formatDuration(last.toMs, unit)}`
  return [when, ...spent].join(', ')
}
