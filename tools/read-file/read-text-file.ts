/**
 * Reads one regular file as text. It refuses pipes and devices, which may never end, binary data,
 * and what is too large to be of use.
 */
import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { permanentError } from '../errors/permanent-error.ts'

export const MAX_BYTES = 10 * 1024 * 1024

/** Opening a pipe must not wait for its writer, and a link that has just been put there is not followed. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW

/** @param path  real and absolute, as `locate` gives it */
export async function readTextFile(path: string): Promise<{ bytes: number; text: string }> {
  const file = await open(path, FLAGS).catch((error: NodeJS.ErrnoException) => {
    throw permanentError(`"${path}" cannot be opened: ${error.code ?? error.message}`, { cause: error })
  })
  try {
    await refuseUnlessRegular(file, path)
    const content = await readAtMost(file, MAX_BYTES + 1)
    if (content.length > MAX_BYTES) throw tooLarge(path, (await file.stat()).size)
    return { bytes: content.length, text: textOf(content, path) }
  } finally {
    await file.close()
  }
}

async function refuseUnlessRegular(file: FileHandle, path: string): Promise<void> {
  const [opened, named] = await Promise.all([file.stat(), lstat(path)])
  if (opened.isDirectory()) throw permanentError(`"${path}" is a folder`)
  if (!opened.isFile()) throw permanentError(`"${path}" is no regular file`)
  // Between the check of the path and the opening, a folder on the way may have become a link.
  if (opened.ino !== named.ino || opened.dev !== named.dev) throw permanentError(`"${path}" was replaced meanwhile`)
  if (opened.size > MAX_BYTES) throw tooLarge(path, opened.size)
}

/** Until the end, not until the size that was told: a file may grow, and those of /proc say 0. */
async function readAtMost(file: FileHandle, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  while (size < maxBytes) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(Math.min(64 * 1024, maxBytes - size)) })
    if (bytesRead === 0) break
    chunks.push(buffer.subarray(0, bytesRead))
    size += bytesRead
  }
  return Buffer.concat(chunks)
}

function textOf(content: Buffer, path: string): string {
  try {
    if (content.includes(0)) throw new TypeError('NUL in the content')
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (cause) {
    throw permanentError(`"${path}" is no UTF-8 text but ${content.length} bytes of binary data`, { cause })
  }
}

function tooLarge(path: string, size: number): Error {
  return permanentError(`"${path}" is too large: ${size} bytes, ${MAX_BYTES} may be read`)
}
