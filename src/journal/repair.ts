/**
 * Makes a damaged journal readable: what stands before the first bad record is kept, the rest goes.
 * What it was stays in a copy beside it, for whoever wants to know.
 */
import { closeSync, constants, copyFileSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import { AgentError } from '../contract/error.ts'
import { unwritable } from './journal-file.ts'
import { scanJournal } from './read.ts'

/** So many copies of one journal are kept. */
const MAX_COPIES = 1000

export type Repaired = {
  /** null where there was nothing to repair. */
  copy: string | null
  /** Records that are left, the header included. */
  records: number
  /** Bytes that were cut off. */
  cut: number
}

/**
 * Whoever calls holds its lock.
 * @throws AgentError `journal-damaged` (exit 3) where not even the header is right,
 *         `journal-newer` is left to whoever reads it; `journal-unwritable` (exit 12)
 */
export async function repairJournal(path: string): Promise<Repaired> {
  const { header, fault, bytes, size, events } = scanJournal(path)
  if (fault !== null && header === null) {
    const message = `${JSON.stringify(path)} cannot be repaired: not even its first record can be read`
    throw new AgentError('journal-damaged', message, { exit: 'config', hint: 'agent runs list' })
  }
  if (fault === null) return { copy: null, records: header === null ? 0 : events.length + 1, cut: 0 }
  try {
    const copy = copyAside(path)
    const descriptor = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW)
    try {
      ftruncateSync(descriptor, bytes)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    return { copy, records: events.length + 1, cut: size - bytes }
  } catch (error) {
    throw unwritable(path, error)
  }
}

/** @returns the name of the copy: one that was not taken */
function copyAside(path: string): string {
  for (let count = 1; count < MAX_COPIES; count += 1) {
    const copy = count === 1 ? `${path}.bak` : `${path}.bak${count}`
    try {
      copyFileSync(path, copy, constants.COPYFILE_EXCL)
      return copy
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
    }
  }
  throw new Error('there are too many copies of it')
}
