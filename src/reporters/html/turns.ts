/** A table of the model's messages, and what the breakers of the run did. */
import type { Transcript, TurnRecord } from '../../contract/transcript.ts'
import type { DurationUnit } from '../format.ts'
import { formatCount, formatDuration } from '../format.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'

/** The id of the row that tells of a turn. */
export function turnAnchor(turn: number): string {
  return `turn-${turn}`
}

const COLUMNS = [
  'Turn',
  'Started',
  'First token',
  'Duration',
  'Attempts',
  'Stop reason',
  'Calls',
  'Tokens in',
  'Tokens out',
]

const TEXTS = ['Turn', 'Stop reason']

export function turnTable(turns: readonly TurnRecord[], unit: DurationUnit): Markup {
  return html`<section aria-labelledby="turns-title">
<h2 id="turns-title">Turns</h2>
${turns.length === 0 ? html`<p class="note">The model was not asked.</p>` : table(turns, unit)}
</section>`
}

function table(turns: readonly TurnRecord[], unit: DurationUnit): Markup {
  return html`<div class="wide" role="region" aria-label="Table of turns" tabindex="0"><table class="turns">
<caption>Each message of the model</caption>
<thead><tr>${COLUMNS.map((name) => html`<th scope="col"${TEXTS.includes(name) ? html` class="text"` : null}>${name}</th>`)}</tr></thead>
<tbody>${turns.map((turn) => row(turn, unit))}</tbody>
</table></div>`
}

function row(record: TurnRecord, unit: DurationUnit): Markup {
  const { turn, started_ms, first_token_ms, duration_ms, attempts, stop_reason, tool_calls, usage } = record
  const input = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
  const first = first_token_ms === null ? null : first_token_ms - started_ms
  const time = (ms: number | null) => (ms === null ? '–' : formatDuration(ms, unit))
  return html`<tr id="${turnAnchor(turn)}"><th scope="row">${turn}</th><td>${time(started_ms)}</td><td>${time(first)}</td><td>${time(duration_ms)}</td><td>${attempts}</td><td class="text"><bdi>${stop_reason ?? 'not ended'}</bdi></td><td>${formatCount(tool_calls.length)}</td><td>${formatCount(input)}</td><td>${formatCount(usage.output_tokens)}</td></tr>
`
}

export function policyChanges(changes: Transcript['policy_changes'], unit: DurationUnit): Markup | null {
  if (changes.length === 0) return null
  return html`<section aria-labelledby="policies-title">
<h2 id="policies-title">Breakers</h2>
<ol class="changes">${changes.map(
    ({ at_ms, tool, state, failures }) =>
      html`<li>${formatDuration(at_ms, unit)}: the breaker of <bdi class="code">${tool}</bdi> ${STATES[state]}${state === 'open' ? ` after ${failures} in a row had failed` : ''}</li>`,
  )}</ol>
</section>`
}

const STATES: Readonly<Record<Transcript['policy_changes'][number]['state'], string>> = {
  open: 'opened',
  half_open: 'let one call through to try',
  closed: 'closed',
}
