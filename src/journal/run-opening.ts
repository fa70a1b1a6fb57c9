/** What a journal says first: when the run began, and what was asked. It reads no more of the file than that. */
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { decodeRecord } from './record.ts'

/** The header holds the tools, the first event the question. */
const MAX_BYTES = 128 * 1024
const NEWLINE = 0x0a

/** @returns null where it cannot be read, or is longer than anybody would look at */
export function runOpening(path: string): { startedAt: string; question: string } | null {
  const bytes = beginningOf(path)
  const header = bytes.indexOf(NEWLINE)
  const end = bytes.indexOf(NEWLINE, header + 1)
  if (header < 0 || end < 0) return null
  const decoded = decodeRecord(bytes.subarray(header + 1, end), 1)
  if (decoded.type !== 'record' || !('event' in decoded.record)) return null
  const { event } = decoded.record
  return event.type === 'run_start' ? { startedAt: event.started_at, question: event.question } : null
}

function beginningOf(path: string): Buffer {
  try {
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const bytes = Buffer.alloc(MAX_BYTES)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, MAX_BYTES, 0))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return Buffer.alloc(0)
  }
}
