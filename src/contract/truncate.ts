/**
 * Keeps head and tail of a text that is too large, with a note of what was left out between them.
 * It counts bytes of UTF-8 and never cuts a character in two.
 */

/**
 * @param maxBytes  of what is kept of the text; the note comes on top
 */
export function keepHeadAndTail(text: string, maxBytes: number): string {
  if (text.length <= maxBytes && Buffer.byteLength(text) <= maxBytes) return text
  const bytes = Buffer.from(text, 'utf8')
  const half = Math.max(Math.floor(maxBytes / 2), 0)
  const headEnd = characterStart(bytes, half)
  const tailStart = characterEnd(bytes, bytes.length - half)
  const head = bytes.toString('utf8', 0, headEnd)
  const tail = bytes.toString('utf8', tailStart)
  return `${head}\n[... ${tailStart - headEnd} of ${bytes.length} bytes left out ...]\n${tail}`
}

/** The nearest start of a character at or before `at`. */
function characterStart(bytes: Buffer, at: number): number {
  while (at > 0 && isContinuation(bytes[at])) at -= 1
  return at
}

/** The nearest start of a character at or after `at`. */
function characterEnd(bytes: Buffer, at: number): number {
  while (at < bytes.length && isContinuation(bytes[at])) at += 1
  return at
}

/** Of a character of UTF-8 that has begun before. */
export function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
