/**
 * Writes to the report pipe, past the host's loop: the worker threads use it, so that what they say
 * arrives while the loop is blocked. Each line is one `writeSync` of at most some
 * 24 KB, which the system does not mix with other threads' lines; so no lock is needed, and a thread
 * that is terminated in the middle of a report cannot hold one for ever.
 */
import { writeSync } from 'node:fs'
import { stringify } from './own-json.ts'
import { type FromHost, REPORT_FD } from './protocol.ts'

// As it was before a tool could put another in its place.
const writeNow = writeSync
const MAX_PART = 8 * 1024
const RETRY_MS = 2

/** A message of one call, in parts: `part CALL MORE TEXT`, MORE being 1 in all but the last. */
export function reportMessage(call: number, message: FromHost): void {
  const text = stringify(message)
  let at = 0
  while (at < text.length) {
    let end = Math.min(at + MAX_PART, text.length)
    // A character outside the BMP is two code units, and half of one has no UTF-8.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end -= 1
    reportLine(`part ${call} ${end < text.length ? 1 : 0} ${text.slice(at, end)}`)
    at = end
  }
}

export function reportLine(line: string): void {
  writeWhole(REPORT_FD, Buffer.from(`${line}\n`))
}

/** Waits for the reader where it must; what is written after the reader has gone is dropped. */
export function writeWhole(descriptor: number, bytes: Uint8Array): void {
  let at = 0
  while (at < bytes.length) {
    try {
      at += writeNow(descriptor, bytes, at)
    } catch (error) {
      if (!isFull(error)) return // the main process has gone
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}

function isFull(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EAGAIN'
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
