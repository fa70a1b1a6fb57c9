/**
 * What of a server's binary data a model can look at: images and PDFs, whatever their label says.
 */
import { MAX_SIGNATURE_BYTES, mediaTypeOf } from '../contract/media-type.ts'
import type { ContentBlock } from '../contract/message.ts'

/** Of base64; the API takes no larger image. */
const MAX_BASE64 = 5 * 1024 * 1024
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

/** @returns the block for the model, or null where only words can stand for the data */
export function visibleBlock(data: string): ContentBlock | null {
  const base64 = data.replace(/\s+/g, '')
  if (base64.length > MAX_BASE64 || base64.length % 4 !== 0 || !BASE64.test(base64)) return null
  // Four characters of base64 are three bytes.
  const known = mediaTypeOf(Buffer.from(base64.slice(0, (MAX_SIGNATURE_BYTES / 3) * 4), 'base64'))
  if (known === null) return null
  const type = known.kind === 'image' ? 'image' : 'document'
  return { type, source: { type: 'base64', media_type: known.mediaType, data: base64 } }
}

/** Bytes that the base64 text stands for. */
export function binaryBytes(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
}
