/**
 * Reads a file that the user names, up to a limit. By what is read, not by what the system says of
 * its size: pipes (`<(command)`) have none. Pipes are read without blocking, because a thread that
 * waits in `open` or `read` would keep the process from ending at a signal.
 */
import { closeSync, constants, createReadStream, fstatSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

const CHUNK_BYTES = 1024 * 1024

export type BoundedFile = { type: 'bytes'; bytes: Buffer } | { type: 'directory' | 'device' | 'too_large' }

/** @throws the system's error where the file is missing or may not be read */
export async function readBoundedFile(path: string, maxBytes: number): Promise<BoundedFile> {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const status = fstatSync(descriptor)
  // A device is endless, or waits for somebody to type.
  if (status.isDirectory() || status.isCharacterDevice() || status.isBlockDevice()) {
    closeSync(descriptor)
    return { type: status.isDirectory() ? 'directory' : 'device' }
  }
  return collect(status.isFIFO() ? openPipe(descriptor) : openPlain(path, descriptor), maxBytes)
}

function openPlain(path: string, descriptor: number): Readable {
  return createReadStream(path, { fd: descriptor, highWaterMark: CHUNK_BYTES })
}

function openPipe(descriptor: number): Readable {
  return new Socket({ fd: descriptor, readable: true, writable: false })
}

/** Leaving the loop destroys the stream, and that closes its descriptor. */
async function collect(stream: Readable, maxBytes: number): Promise<BoundedFile> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > maxBytes) return { type: 'too_large' }
    chunks.push(bytes)
  }
  return { type: 'bytes', bytes: Buffer.concat(chunks) }
}
