/**
 * The run as a picture: an SVG with a row for each message and each call, over one axis of time. Each row is a
 * link to what the page says of it, and bears its words as its title; page.js shows them beside the picture.
 * Geometry is in per cent of the width and pixels of height, so that the picture fits any window unscaled.
 */
import type { DurationUnit } from '../format.ts'
import { chooseUnit, formatDuration } from '../format.ts'
import type { Part, Row, Timeline } from '../timeline.ts'
import { ticks } from './axis.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'
import { rowLabel, rowWords } from './row-words.ts'

type Measure = { row: number; bar: number; isDense: boolean }

const ROOMY: Measure = { row: 28, bar: 12, isDense: false }
const DENSE: Measure = { row: 4, bar: 3, isDense: true }
/** More rows than this are shown as a shape, without a label each. */
const MAX_ROOMY = 200
const MAX_LABEL = 80
/** Per cent; what took no time is seen all the same. */
const LEAST_WIDTH = 0.25

const LEGEND = [
  ['queued', 'queued'],
  ['running', 'running'],
  ['backoff', 'backing off'],
  ['failed', 'failed'],
  ['cut', 'cut short'],
  ['critical', 'critical path'],
] as const

/**
 * @param anchors  where the page tells of each row: the ids of its elements
 */
export function waterfall({ rows, endMs }: Timeline, anchors: readonly string[]): Markup {
  const unit = chooseUnit(endMs)
  const measure = rows.length > MAX_ROOMY ? DENSE : ROOMY
  const height = rows.length * measure.row
  const at = (ms: number) => percent(ms / endMs)
  const marks = ticks(endMs)
  return html`<section aria-labelledby="waterfall-title" class="waterfall">
<h2 id="waterfall-title">Waterfall</h2>
${legend()}
<div class="picture${measure.isDense ? ' dense' : ''}" id="picture" role="group" aria-label="Waterfall, one row a message or call">
<div class="axis" aria-hidden="true"><svg height="24">${marks.map((ms, index) => tick(ms, at(ms), { unit, isLast: index > 0 && index === marks.length - 1 && ms / endMs > 0.9 }))}</svg></div>
${measure.isDense ? turnLabels(rows, measure, height) : html`<ol class="labels" aria-hidden="true">${rows.map(label)}</ol>`}
<svg class="bars" id="bars" height="${height}" role="group" aria-label="Rows of the waterfall">
<g class="grid">${marks.map((ms) => html`<line x1="${at(ms)}" x2="${at(ms)}" y1="0" y2="${height}"/>`)}</g>
${rows.map((row, index) => bar(row, { top: index * measure.row, measure, at, unit, anchor: anchors[index] ?? '' }))}</svg>
${measure.isDense ? null : html`<ol class="durations" aria-hidden="true">${rows.map((row) => html`<li>${row.durationMs === null ? '' : formatDuration(row.durationMs, unit)}</li>`)}</ol>`}
</div>
<p class="readout" id="readout">Point at a row, or reach it with the arrow keys, to read its times here; Enter goes to its details.</p>
</section>`
}

/** Patterns and marks that rows and legend share, once a page. */
export function waterfallParts(): Markup {
  return html`<svg class="parts" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="dots" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="ground" width="4" height="4"/><circle class="ink" cx="2" cy="2" r="1"/></pattern>
<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="ground" width="5" height="5"/><rect class="ink" width="2" height="5"/></pattern>
<path id="mark-cut" d="M4-5 14 5M14-5 4 5"/><path id="mark-failed" d="M8-6V1.5M8 4V6.5"/>
<path id="mark-cut-small" d="M3-2.5 8 2.5M8-2.5 3 2.5"/><path id="mark-failed-small" d="M5-3V0M5 1.5V3"/>
</defs></svg>`
}

function legend(): Markup {
  return html`<ul class="legend" aria-label="Legend">${LEGEND.map(
    ([kind, word]) =>
      html`<li><svg width="28" height="14" aria-hidden="true" class="key ${kind}">${sample(kind)}</svg>${word}</li>`,
  )}</ul>`
}

function sample(kind: (typeof LEGEND)[number][0]): Markup {
  const box = (name: string) => html`<rect class="${name}" x="2" y="2" width="24" height="10" rx="2"/>`
  if (kind === 'cut' || kind === 'failed') {
    return html`<rect class="running" x="2" y="2" width="14" height="10"/><use class="mark" href="#mark-${kind}" x="14" y="7"/>`
  }
  return kind === 'critical' ? html`${box('running')}${box('outline')}` : box(kind)
}

function tick(ms: number, x: string, { unit, isLast }: { unit: DurationUnit; isLast: boolean }): Markup {
  const anchor = ms === 0 ? 'start' : isLast ? 'end' : 'middle'
  return html`<text x="${x}" y="14" text-anchor="${anchor}">${tickLabel(ms, unit)}</text>`
}

/** Of a round number no more digits than it has. */
function tickLabel(ms: number, unit: DurationUnit): string {
  return unit === 's' ? `${Number((ms / 1000).toFixed(3))} s` : formatDuration(ms, unit)
}

function label(row: Row): Markup {
  if (row.of === 'model') return html`<li class="model">turn ${row.turn}</li>`
  const [tool = '', ...values] = rowLabel(row).slice(0, MAX_LABEL).split(' ')
  const name = values.length === 0 ? html`${tool}` : html`<span class="tool">${tool} </span>${values.join(' ')}`
  return html`<li${row.isCritical ? html` class="critical"` : null} dir="auto">${name}</li>`
}

function turnLabels(rows: readonly Row[], { row: step }: Measure, height: number): Markup {
  const texts = rows.map((row, index) =>
    row.of === 'model'
      ? html`<text y="${index * step + step / 2}" dominant-baseline="central">turn ${row.turn}</text>`
      : null,
  )
  return html`<svg class="labels" height="${height}" aria-hidden="true">${texts}</svg>`
}

type Place = { top: number; measure: Measure; at: (ms: number) => string; unit: DurationUnit; anchor: string }

function bar(row: Row, { top, measure, at, unit, anchor }: Place): Markup {
  const y = top + (measure.row - measure.bar) / 2
  const [first, last] = [row.parts[0], row.parts.at(-1)]
  const from = first?.fromMs ?? 0
  const to = last?.toMs ?? 0
  const box = (name: string, fromMs: number, toMs: number) => {
    const width = Math.max(Number.parseFloat(at(toMs)) - Number.parseFloat(at(fromMs)), LEAST_WIDTH)
    return html`<rect class="${name}" x="${at(fromMs)}" y="${y}" width="${percent(width / 100)}" height="${measure.bar}"/>`
  }
  const failed = row.of === 'call' && row.record.status === 'failed'
  const mark = row.isCut ? 'cut' : failed ? 'failed' : null
  const names = ['row', row.of, ...(mark === null ? [] : [mark]), ...(row.isCritical ? ['critical'] : [])]
  return html`<a class="${names.join(' ')}" href="#${anchor}"><title>${rowWords(row, unit)}</title><rect class="hit" y="${top}" width="100%" height="${measure.row}"/>${row.parts.map(
    ({ kind, fromMs, toMs }: Part) => box(kind, fromMs, toMs),
  )}${row.isCritical && row.of === 'call' ? box('outline', from, to) : null}${
    mark === null
      ? null
      : html`<use class="mark" href="#mark-${mark}${measure.isDense ? '-small' : ''}" x="${at(to)}" y="${top + measure.row / 2}"/>`
  }</a>
`
}

function percent(share: number): string {
  return `${Number((Math.min(Math.max(share, 0), 1) * 100).toFixed(3))}%`
}
