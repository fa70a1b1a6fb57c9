/**
 * The table of calls: a line each, and under it, folded, all that is known of the call. It can be read as it
 * stands; page.js makes it sortable and lets it be filtered.
 */
import type { DurationUnit } from '../format.ts'
import { formatCount, formatCounted, formatDuration } from '../format.ts'
import { callDetails } from './call-details.ts'
import { textLimit } from './foreign-text.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'
import type { CallRow } from './row-words.ts'
import { rowLabel, statusWord } from './row-words.ts'

/** The id of the place that tells of the nth call, from 1. */
export function callAnchor(number: number): string {
  return `call-${number}`
}

/** `kind`: how its cells are compared. */
const COLUMNS = [
  { name: 'No.', kind: 'number' },
  { name: 'Turn', kind: 'number' },
  { name: 'Call', kind: 'text' },
  { name: 'Status', kind: 'text' },
  { name: 'Started', kind: 'number' },
  { name: 'Queued', kind: 'number' },
  { name: 'Duration', kind: 'number' },
  { name: 'Attempts', kind: 'number' },
] as const

export function callTable(rows: readonly CallRow[], unit: DurationUnit): Markup {
  return html`<section aria-labelledby="calls-title">
<h2 id="calls-title">Calls</h2>
${rows.length === 0 ? html`<p class="note">No tool was called.</p>` : html`${controls(rows)}${table(rows, unit)}`}
</section>`
}

/** Of no use before page.js has taken hold of them. */
function controls(rows: readonly CallRow[]): Markup {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(statusWord(row), (counts.get(statusWord(row)) ?? 0) + 1)
  const statuses = [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
  return html`<div class="controls" id="controls" role="search" aria-label="Calls" hidden>
<label>Filter <input type="search" id="filter" placeholder="tool, input, output, error" autocomplete="off" spellcheck="false"></label>
<label>Status <select id="status"><option value="">all</option>${statuses.map(([word, count]) => html`<option value="${word}">${word} (${formatCount(count)})</option>`)}</select></label>
<label class="narrow-only">Sort by <select id="sort">${COLUMNS.map(({ name }, index) => html`<option value="${index}">${name}</option>`)}</select></label>
<p class="count" id="count" role="status">${formatCounted(rows.length, 'call')}</p>
</div>`
}

/** More rows than this are laid out when they come into sight. */
const MAX_LAID_OUT = 200

/** A grid can leave out what is not in sight, a table cannot. Some browsers then forget its roles: they are spelled. */
function table(rows: readonly CallRow[], unit: DurationUnit): Markup {
  const limit = textLimit(rows.length)
  return html`<table class="calls${rows.length > MAX_LAID_OUT ? ' many' : ''}" id="calls" role="table">
<caption>Each call in the order of the model; its name opens input, output and attempts</caption>
<thead role="rowgroup"><tr role="row">${COLUMNS.map(({ name, kind }) => html`<th scope="col" role="columnheader" data-kind="${kind}">${name}</th>`)}<th scope="col" role="columnheader" class="unseen">Details</th></tr></thead>
<tbody role="rowgroup">
${rows.map((row, index) => line(row, index + 1, { unit, limit }))}</tbody></table>`
}

function line(row: CallRow, number: number, { unit, limit }: { unit: DurationUnit; limit: number }): Markup {
  const { timing, attempts, status } = row.record
  const [tool = '', ...values] = rowLabel(row).split(' ')
  const word = statusWord(row)
  return html`<tr role="row" id="${callAnchor(number)}" data-status="${word}">${cell(String(number))}${cell(String(row.turn))}<th scope="row" role="rowheader"><a href="#${callAnchor(number)}" dir="auto"><b>${tool}</b> ${values.join(' ')}</a></th><td role="cell"><span class="outcome ${status ?? 'open'}">${word}</span>${row.isDropped ? ' (dropped)' : null}</td>${instantCell(timing.started_ms, unit)}${instantCell(timing.queued_ms, unit)}${instantCell(timing.duration_ms, unit)}${cell(String(attempts.length))}<td role="cell" class="more"><details><summary>Input, output, attempts</summary>${callDetails(row, { unit, limit })}</details></td></tr>
`
}

function cell(text: string): Markup {
  return html`<td role="cell">${text}</td>`
}

/** What it is sorted by is the instant, not its rounded spelling; unknown ones come last. */
function instantCell(ms: number | null, unit: DurationUnit): Markup {
  if (ms === null) return cell('–')
  return html`<td role="cell" data-value="${ms}">${formatDuration(ms, unit)}</td>`
}
