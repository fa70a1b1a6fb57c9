/**
 * Images of the conversation: those of a type that can hold no script, as part of the page; of all others, and
 * of documents, type and size. Nothing is fetched: what stands at an address is named, never loaded.
 */

import type { JsonObject } from '../../contract/json.ts'
import { isJsonObject } from '../../contract/json.ts'
import { formatBytes } from '../format.ts'
import type { Markup } from './markup.ts'
import { html } from './markup.ts'

const SHOWN_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']
/** Of one image, and of all together, in characters of base64: more would make a page that nobody can send. */
const MAX_DATA = 1024 * 1024
const MAX_ALL = 16 * 1024 * 1024
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** How many characters an image may have in a page with this many. */
export function imageLimit(images: number): number {
  return Math.min(MAX_DATA, Math.floor(MAX_ALL / Math.max(images, 1)))
}

export function imageBlock(block: JsonObject, limit: number): Markup {
  const source = block['source']
  const { type, media_type, data, url } = isJsonObject(source) ? source : {}
  const kind = block['type'] === 'document' ? 'Document' : 'Image'
  if (typeof data !== 'string') {
    const where = typeof url === 'string' ? url : typeof type === 'string' ? type : 'unknown'
    return html`<p class="note">${kind}, not shown: <bdi>${where.slice(0, 2000)}</bdi></p>`
  }
  const size = formatBytes(Math.floor((data.length * 3) / 4))
  const named = typeof media_type === 'string' ? media_type : 'of unknown type'
  const caption = html`${kind}, <bdi>${named}</bdi>, ${size}`
  if (kind === 'Document' || !SHOWN_TYPES.includes(named) || data.length > limit || !BASE64.test(data)) {
    return html`<p class="note">${caption}, not shown</p>`
  }
  return html`<figure><img src="data:${named};base64,${data}" alt="Image of a message"><figcaption>${caption}</figcaption></figure>`
}
