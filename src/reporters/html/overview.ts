/** The top of the page: what was asked, how it ended, what it took, what was answered. */

import type { Transcript } from '../../contract/transcript.ts'
import { cleanLine } from '../clean-line.ts'
import { formatCount, formatCounted, formatMoney, formatSpan } from '../format.ts'
import { jsonText, textBlock } from './foreign-text.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'

/** Of the title; a question may hold a whole file. */
const MAX_TITLE = 160
const MAX_TEXT = 64 * 1024

const asItIs = (text: string) => text

/** One line. */
export function pageTitle({ question }: Transcript): string {
  const line = cleanLine((question ?? '').slice(0, MAX_TITLE * 4), asItIs)
  if (line === '') return 'A run of agent'
  return line.length > MAX_TITLE ? `${line.slice(0, MAX_TITLE)}…` : line
}

export function pageHeader(transcript: Transcript): Markup {
  const { run_id, status, exit_code, error, question } = transcript
  const end = error?.code === 'unfinished' ? error.message : `exit code ${exit_code}`
  const title = pageTitle(transcript)
  const isWhole = question === null || question.trim() === title
  return html`<header class="top">
<p class="eyebrow">agent · run <bdi>${run_id ?? 'without an id'}</bdi></p>
<h1 dir="auto">${title}</h1>
${isWhole ? null : html`<details><summary>The whole question</summary>${textBlock('Question', question, MAX_TEXT)}</details>`}
<p class="end"><span class="status ${status}">${status.replaceAll('_', ' ')}</span> ${end}</p>
<dl class="facts">${facts(transcript).map(([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`)}</dl>
</header>`
}

function facts({ model, started_at, duration_ms, turns, totals, usage }: Transcript): [string, string][] {
  const tokens = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
  return [
    ['Model', model ?? 'none'],
    ['Started', started_at === null ? 'never' : instant(started_at)],
    ['Duration', duration_ms === null ? 'none' : formatSpan(duration_ms)],
    ['Turns and calls', `${formatCounted(turns.length, 'turn')}, ${formatCounted(totals.tool_calls, 'call')}`],
    ['Tokens', `${formatCount(tokens)} in, ${formatCount(usage.output_tokens)} out`],
    ['Cost', usage.cost_usd === null ? 'unknown' : formatMoney(usage.cost_usd)],
  ]
}

/** `2026-11-22 07:00:00 UTC` */
function instant(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 UTC')
}

export function answer({ answer, structured, error }: Transcript): Markup {
  return html`<section aria-labelledby="answer-title">
<h2 id="answer-title">Answer</h2>
${error === null ? null : failure(error)}
${answer === null ? html`<p class="note">There is no answer.</p>` : html`<div class="answer">${textBlock('Answer', answer, MAX_TEXT)}</div>`}
${structured === null ? null : html`<h3>Answer as data</h3>${textBlock('Answer as data', jsonText(structured, MAX_TEXT), MAX_TEXT)}`}
</section>`
}

function failure({ code, message, hint }: NonNullable<Transcript['error']>): Markup {
  return html`<div class="failure"><p><strong>Error <bdi class="code">${code}</bdi></strong></p>${textBlock('Error', message, MAX_TEXT)}${
    hint === null ? null : html`<p>Hint: <bdi>${hint}</bdi></p>`
  }</div>`
}

export function totals({ duration_ms, totals }: Transcript): Markup {
  const { model_ms, tool_ms, tool_wall_ms, overlap_ms, speedup, concurrency_peak, tool_errors, tool_denied } = totals
  const tiles: [string, string, string][] = [
    ['Whole run', duration_ms === null ? 'none' : formatSpan(duration_ms), 'from question to end'],
    ['Model', formatSpan(model_ms), 'writing its messages'],
    ['Calls', formatSpan(tool_wall_ms), `${formatSpan(tool_ms)} one after another`],
    ['Speed-up', speedup === null ? 'none' : `${formatFactor(speedup)} ×`, 'by calls at the same time'],
    ['Early start', formatSpan(overlap_ms), 'of calls while the model still wrote'],
    ['At once', formatCount(concurrency_peak), 'calls at the peak'],
    [
      'Errors',
      formatCount(tool_errors),
      tool_denied === 0 ? 'calls that did not succeed' : `calls, ${formatCount(tool_denied)} of them denied`,
    ],
  ]
  return html`<section aria-labelledby="totals-title">
<h2 id="totals-title">Totals</h2>
<dl class="tiles">${tiles.map(([name, value, more]): Content => html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd class="more">${more}</dd></div>`)}</dl>
</section>`
}

function formatFactor(factor: number): string {
  return factor < 10 ? factor.toFixed(2) : factor.toFixed(1)
}
