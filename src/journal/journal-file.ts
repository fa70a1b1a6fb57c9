/**
 * The file of a journal: how it is made, gone on with, written whole and brought to disk. Links are
 * refused, and nobody else may read it. It knows no records.
 */
import { closeSync, constants, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { AgentError } from '../contract/error.ts'
import { systemReason } from '../contract/system-error.ts'

const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants

export interface JournalFile {
  /** @throws the system's error */
  write(bytes: Buffer): void
  /**
   * Returns when all that was written is on disk.
   * @throws the system's error, and one where the file has been removed
   */
  sync(): void
  close(): void
}

/**
 * Makes it. A device is taken as it is: `/dev/null` is what one writes for nothing at all.
 * @throws the system's error; EEXIST where there is one
 */
export function makeJournalFile(path: string): JournalFile {
  const device = openDevice(path)
  if (device !== null) return openedFile(device, path, { isDevice: true })
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_APPEND
  return openedFile(openSync(path, flags, 0o600), path, { isDevice: false })
}

/**
 * @param size   that it had when it was read
 * @param bytes  how much of it is whole; the rest is cut off
 * @throws       the system's error, and AgentError (exit 3) where somebody has written since
 */
export function continueJournalFile(path: string, { size, bytes }: { size: number; bytes: number }): JournalFile {
  const descriptor = openSync(path, O_WRONLY | O_NOFOLLOW | O_APPEND)
  if (fstatSync(descriptor).size !== size) {
    closeSync(descriptor)
    const message = `${JSON.stringify(path)} was written by somebody else just now`
    throw new AgentError('journal-changed', message, { exit: 'config', hint: 'agent runs list' })
  }
  if (bytes < size) {
    ftruncateSync(descriptor, bytes)
    fsyncSync(descriptor)
  }
  return openedFile(descriptor, path, { isDevice: false })
}

/** A link to a device is none, as all links. */
function openDevice(path: string): number | null {
  let descriptor: number
  try {
    descriptor = openSync(path, O_WRONLY | O_APPEND | O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return null
  }
  if (fstatSync(descriptor).isCharacterDevice()) return descriptor
  closeSync(descriptor)
  return null
}

function openedFile(descriptor: number, path: string, { isDevice }: { isDevice: boolean }): JournalFile {
  let isNamed = false
  return {
    write: (bytes) => writeWhole(descriptor, bytes),
    sync: () => {
      if (isDevice) return
      fdatasyncSync(descriptor)
      // What cannot be found again is not kept, whatever was written.
      if (fstatSync(descriptor).nlink === 0) throw new Error('it has been removed')
      if (!isNamed) syncFolder(dirname(path))
      isNamed = true
    },
    close: () => closeSync(descriptor),
  }
}

/** One write for most; the system may take less than it was given. */
export function writeWhole(descriptor: number, bytes: Buffer): void {
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (error) {
      if (!isInterrupted(error)) throw error
    }
  }
}

function isInterrupted(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EINTR' || error.code === 'EAGAIN')
}

/** So that a name that is new in it is on disk too. */
export function syncFolder(path: string): void {
  const descriptor = openSync(path, O_RDONLY)
  try {
    fsyncSync(descriptor)
  } catch (error) {
    // Some file systems have no folders to bring to disk.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error
  } finally {
    closeSync(descriptor)
  }
}

/** @param path  of the journal */
export function unwritable(path: string, thrown: unknown): AgentError {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return new AgentError(
    'journal-unwritable',
    `the journal ${JSON.stringify(path)} could not be written: ${systemReason(error)}`,
    {
      exit: 'output',
      hint: 'make room, write it elsewhere with --journal FILE, or go without with --no-journal',
      cause: error,
    },
  )
}

/** Whether what the system answered means that there can be no journal here; a full disk is another matter. */
export function isForbidden(cause: unknown): boolean {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return ['EACCES', 'EROFS', 'EPERM', 'ENOENT', 'ENOTDIR'].includes(String(code))
}
