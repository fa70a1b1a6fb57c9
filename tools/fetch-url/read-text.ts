/**
 * Reads the body of a response as text, within a limit that counts what comes out of decompression:
 * a few kilobytes of gzip can hold gigabytes. Bodies that are no text are refused unread.
 */
import type { IncomingMessage } from 'node:http'
import type { Readable, Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { permanentError } from '../errors/permanent-error.ts'

export const MAX_BYTES = 10 * 1024 * 1024

const TEXT_TYPES =
  /^text\/|^application\/(.*\+)?(json|xml|yaml|x-yaml|javascript|ecmascript|x-ndjson|toml|graphql|sql)$/

export type TextBody = { mediaType: string; text: string }

/** @throws for what is too large, no text, cut short, or compressed in a way that was not asked for */
export async function readText(response: IncomingMessage): Promise<TextBody> {
  const contentType = response.headers['content-type'] ?? 'text/plain'
  const mediaType = (contentType.split(';')[0] ?? '').trim().toLowerCase()
  try {
    if (!TEXT_TYPES.test(mediaType)) throw permanentError(`the content is no text but "${mediaType}"`)
    const bytes = await readAll(response)
    if (bytes.includes(0) && !isUtf16(bytes)) throw permanentError(`the content says "${mediaType}" but is binary`)
    return { mediaType, text: decoded(bytes, contentType) }
  } finally {
    response.destroy()
  }
}

async function readAll(response: IncomingMessage): Promise<Buffer> {
  const decompression = decompressor(response.headers['content-encoding'] ?? 'identity')
  const body: Readable = decompression === null ? response : response.pipe(decompression)
  let received = 0
  response.on('data', (chunk: Buffer) => {
    received += chunk.length
    // Endless empty gzip members come out as nothing at all.
    if (received > MAX_BYTES) body.destroy(tooLarge())
  })
  response.on('error', (error) => body.destroy(error))

  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > MAX_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decompressor(encoding: string): Transform | null {
  switch (encoding.trim().toLowerCase()) {
    case 'identity':
    case '':
      return null
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'br':
      return createBrotliDecompress()
    default:
      throw permanentError(`the content is encoded as "${encoding}", which was not asked for`)
  }
}

function tooLarge(): Error {
  return permanentError(`the content is larger than ${MAX_BYTES / 1024 / 1024} MB`)
}

/** By its byte order mark, else the header, else what an HTML page says of itself, else UTF-8. */
function decoded(bytes: Buffer, contentType: string): string {
  const declared = /charset\s*=\s*["']?([\w-]+)/i
  const label = declared.exec(contentType)?.[1] ?? declared.exec(bytes.toString('latin1', 0, 1024))?.[1] ?? 'utf-8'
  const marked = bytes[0] === 0xff ? 'utf-16le' : 'utf-16be'
  try {
    return new TextDecoder(isUtf16(bytes) ? marked : label).decode(bytes)
  } catch {
    // A RangeError: nobody knows that encoding.
    return bytes.toString('utf8')
  }
}

/** Only with a byte order mark; without one, zeros mean binary data. */
function isUtf16(bytes: Buffer): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
}
