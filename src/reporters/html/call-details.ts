/** All that is known of one call: facts, input, output or error, attempts, and what it waited for. */
import type { QueuedBy } from '../../contract/event.ts'
import type { ToolCallRecord } from '../../contract/transcript.ts'
import type { DurationUnit } from '../format.ts'
import { formatBytes, formatDuration } from '../format.ts'
import { textBlock, valueBlock } from './foreign-text.ts'
import type { Content, Markup } from './markup.ts'
import { html } from './markup.ts'
import type { CallRow } from './row-words.ts'

type Style = { unit: DurationUnit; limit: number }

const WAITS: readonly (readonly [keyof QueuedBy, string])[] = [
  ['message_ms', 'for the message to end'],
  ['permission_ms', 'for permission'],
  ['slots_ms', 'for a slot'],
  ['breaker_ms', 'for the breaker'],
  ['rate_limit_ms', 'for the rate limit'],
  ['exclusive_ms', 'for calls that it must not overlap'],
  ['host_ms', 'for the host'],
]

export function callDetails({ record, isDropped, isCritical }: CallRow, style: Style): Markup {
  const { raw_input, input } = record
  return html`<div class="call-details">
<p class="facts">${known(record)}</p><p class="facts">${times(record, style.unit)}</p>
${isDropped ? html`<p class="note">Of a message that was void and was asked for again.</p>` : null}
${isCritical ? html`<p class="note">On the critical path: had it been faster, the run would have been.</p>` : null}
${raw_input === null ? section('Input', valueBlock('Input', input, style.limit)) : section('Input, no JSON object, as the model wrote it', textBlock('Input', raw_input, style.limit))}
${outcome(record, style)}
${attempts(record, style)}
</div>`
}

function section(title: string, content: Content): Markup {
  return html`<h3>${title}</h3>${content}`
}

function known({ id, source, effect, priority }: ToolCallRecord): Markup {
  return html`<bdi class="id">${id}</bdi> · <bdi>${source ?? 'no source'}</bdi>${effect === null ? null : ` · ${effect}`} · ${priority} priority`
}

function times({ timing, queued_by }: ToolCallRecord, unit: DurationUnit): string {
  const named: [string, number | null][] = [
    ['ready at', timing.ready_ms],
    ['started at', timing.started_ms],
    ['answered as pending at', timing.pending_ms],
    ['ended at', timing.ended_ms],
    ['beside the model for', timing.overlap_ms || null],
  ]
  const instants = named.flatMap(([name, ms]) => (ms === null ? [] : [`${name} ${formatDuration(ms, unit)}`]))
  const waits = WAITS.flatMap(([name, words]) => {
    const ms = queued_by[name]
    return ms > 0 ? [`${formatDuration(ms, unit)} ${words}`] : []
  })
  return [...instants, ...(waits.length === 0 ? [] : [`waited ${waits.join(', ')}`])].join(' · ')
}

function outcome({ status, output, error, output_bytes, truncated }: ToolCallRecord, { limit }: Style): Content {
  if (error !== null)
    return section(
      'Error',
      html`<p><bdi class="code">${error.code}</bdi></p>${textBlock('Error', error.message, limit)}`,
    )
  if (status === null) return html`<p class="note">It has not ended.</p>`
  const size = output_bytes === null ? '' : `, ${formatBytes(output_bytes)}`
  const cut = truncated ? html`<p class="note">Larger than what is kept of an output: head and tail of it.</p>` : null
  return section(`Output${size}`, html`${cut}${valueBlock('Output', output, limit)}`)
}

function attempts({ attempts }: ToolCallRecord, { unit, limit }: Style): Content {
  if (attempts.length === 0) return html`<p class="note">It was never attempted.</p>`
  const time = (ms: number) => formatDuration(ms, unit)
  return section(
    'Attempts',
    html`<ol class="attempts">${attempts.map(
      ({ started_ms, duration_ms, error, backoff_ms }) =>
        html`<li>at ${time(started_ms)}, ${duration_ms === null ? 'not ended' : `took ${time(duration_ms)}`}${error === null ? null : html`: <bdi class="code">${error.code}</bdi> <bdi>${error.message.slice(0, limit)}</bdi>`}${backoff_ms === null ? null : `; then a pause of ${time(backoff_ms)}`}</li>`,
    )}</ol>`,
  )
}
