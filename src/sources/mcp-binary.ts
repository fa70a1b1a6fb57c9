/**
 * What of a server's binary data a model can look at: images and PDFs. What data is, its first bytes
 * say, not its label: the API refuses the whole request over an image that is not what it is called.
 */
import type { ContentBlock } from '../contract/message.ts'

/** Of base64; the API takes no larger image. */
const MAX_BASE64 = 5 * 1024 * 1024
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const SIGNATURES: readonly [start: RegExp, mediaType: string][] = [
  [/^\x89PNG\r\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[\s\S]{4}WEBP/, 'image/webp'],
  [/^%PDF-/, 'application/pdf'],
]

/** @returns the block for the model, or null where only words can stand for the data */
export function visibleBlock(data: string): ContentBlock | null {
  const base64 = data.replace(/\s+/g, '')
  if (base64.length > MAX_BASE64 || base64.length % 4 !== 0 || !BASE64.test(base64)) return null
  const start = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1')
  const mediaType = SIGNATURES.find(([signature]) => signature.test(start))?.[1]
  if (mediaType === undefined) return null
  const type = mediaType.startsWith('image/') ? 'image' : 'document'
  return { type, source: { type: 'base64', media_type: mediaType, data: base64 } }
}

/** Bytes that the base64 text stands for. */
export function binaryBytes(base64: string): number {
  return Math.floor((base64.replace(/=+$/, '').length * 3) / 4)
}
