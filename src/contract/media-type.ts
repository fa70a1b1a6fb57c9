/**
 * What bytes are that a model can look at, images and PDFs: by the bytes themselves, not by a name or a
 * label, since the API refuses the whole request over an image that is not what it is called.
 */
export type MediaType = { mediaType: string; kind: 'image' | 'pdf' }

/** Of the start, that the type can be told by. */
export const MAX_SIGNATURE_BYTES = 12

const SIGNATURES: readonly [start: RegExp, mediaType: string, kind: MediaType['kind']][] = [
  [/^\x89PNG\r\n\x1a\n/, 'image/png', 'image'],
  [/^\xff\xd8\xff/, 'image/jpeg', 'image'],
  [/^GIF8[79]a/, 'image/gif', 'image'],
  [/^RIFF[\s\S]{4}WEBP/, 'image/webp', 'image'],
  [/^%PDF-/, 'application/pdf', 'pdf'],
]

/**
 * @param bytes  as much of the start as there is
 * @returns      null for all else
 */
export function mediaTypeOf(bytes: Buffer): MediaType | null {
  const start = bytes.toString('latin1', 0, MAX_SIGNATURE_BYTES)
  const known = SIGNATURES.find(([signature]) => signature.test(start))
  return known === undefined ? null : { mediaType: known[1], kind: known[2] }
}
