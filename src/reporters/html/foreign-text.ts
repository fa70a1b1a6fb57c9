/**
 * Texts and values of the run as blocks of a page: whole where they are small, head and tail where they are
 * not, always with their size. It decides how much of each a page can bear; the transcript has the rest.
 */
import type { JsonValue } from '../../contract/json.ts'
import { isTooDeep } from '../../contract/json.ts'
import { safeJson } from '../../contract/safe-json.ts'
import { keepHeadAndTail } from '../../contract/truncate.ts'
import { formatBytes } from '../format.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'

/** Of one text, in bytes, where the run is small. */
const MAX_TEXT = 64 * 1024
/** Of one text in a page of many. */
const MIN_TEXT = 2 * 1024
/** Of all texts of calls together, if each were as long as it may be. */
const MAX_TEXTS = 8 * 1024 * 1024
/** What is nested deeper is mostly spaces when it is indented. */
const MAX_INDENTED_DEPTH = 24
/** What is higher than a window scrolls in itself. */
const MAX_LINES = 24
const LINE = 90

/** How many bytes of each text a page with this many calls shows. */
export function textLimit(calls: number): number {
  return Math.max(MIN_TEXT, Math.min(MAX_TEXT, Math.floor(MAX_TEXTS / Math.max(calls, 1))))
}

/**
 * @param name   what it is, as its heading says
 * @param limit  bytes that are shown
 */
export function textBlock(name: string, text: string, limit: number): Markup {
  const bytes = Buffer.byteLength(text)
  const shown = bytes > limit ? keepHeadAndTail(text, limit) : text
  const note =
    bytes > limit
      ? html`<p class="note">${formatBytes(bytes)}, shortened to ${formatBytes(limit)}: the JSON document of the run has what was recorded</p>`
      : null
  return html`${note}${preformatted(name, shown)}`
}

/** A string as the text that it is, all else as JSON. */
export function valueBlock(name: string, value: JsonValue, limit: number): Markup {
  if (typeof value === 'string') return textBlock(name, value, limit)
  return textBlock(name, jsonText(value, limit), limit)
}

/** Indented where that makes it readable; invisible characters are escapes in it. */
export function jsonText(value: JsonValue, limit: number): string {
  const line = safeJson(value)
  return line.length > limit || isTooDeep(value, MAX_INDENTED_DEPTH) ? line : safeJson(value, 2)
}

/** The parser eats one newline behind <pre>: ours. */
function preformatted(name: string, text: string): Markup {
  if (text === '') return html`<p class="note">empty</p>`
  const isLong = text.length > MAX_LINES * LINE || text.split('\n', MAX_LINES + 1).length > MAX_LINES
  if (!isLong)
    return html`<pre dir="auto">
${text}</pre>`
  return html`<pre dir="auto" class="long" tabindex="0" role="group" aria-label="${name}">
${text}</pre>`
}
