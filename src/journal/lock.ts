/**
 * Keeps two writers of one journal apart. The lock is a file beside it that names its owner; it comes
 * into being whole, by a link. That of an owner who is gone is taken over by the one process that
 * holds the lock of this takeover, which is a lock as any other, named after what is taken over: so
 * of many who find the same dead owner one gets it, and one who comes late with what he has read
 * finds that it is another lock now. (To remove a dead lock first and then make one's own lets the
 * second remover take away what the first has made.)
 */
import {
  closeSync,
  constants,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { AgentError } from '../contract/error.ts'
import { unwritable } from './journal-file.ts'
import type { LockOwner } from './lock-owner.ts'
import { newOwner, ownerState, parseOwner } from './lock-owner.ts'

export interface Lock {
  /** Once; a second time does nothing. */
  release(): void
}

/** A lock that goes away while it is looked at is tried again; somebody who comes and goes so often is at work. */
const MAX_TRIES = 50
const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants

export function lockPath(journal: string): string {
  return `${journal}.lock`
}

/**
 * @param path  of the journal, which need not be there yet
 * @throws AgentError `run-locked` (exit 3), `journal-unwritable` (exit 12)
 */
export function lockRun(path: string): Lock {
  const lock = lockPath(path)
  // `/dev/null`: what many may write at once, and nothing may be put beside.
  if (statSync(path, { throwIfNoEntry: false })?.isCharacterDevice()) return { release: () => {} }
  try {
    const holder = acquire(lock, newOwner())
    if (holder !== null) throw lockedError(path, holder)
  } catch (error) {
    if (error instanceof AgentError) throw error
    throw unwritable(path, error)
  }
  let isHeld = true
  return {
    release: () => {
      if (isHeld) rmSync(lock, { force: true })
      isHeld = false
    },
  }
}

/** Whether somebody writes this journal now, as far as can be seen; it may have changed already. */
export function isLocked(path: string): boolean {
  const holder = readLock(lockPath(path))
  return holder === 'unreadable' || (holder !== null && ownerState(holder) !== 'dead')
}

/** @returns null: it is ours; else whoever has it */
function acquire(lock: string, owner: LockOwner): LockOwner | 'unreadable' | null {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (place(lock, owner)) return null
    const holder = readLock(lock)
    if (holder === null) continue
    if (holder === 'unreadable' || ownerState(holder) !== 'dead') return holder
    const taken = takeOver(lock, holder, owner)
    if (taken !== 'gone') return taken
  }
  return 'unreadable'
}

/** @returns `gone`: it is another lock by now, or none */
function takeOver(lock: string, dead: LockOwner, owner: LockOwner): LockOwner | null | 'unreadable' | 'gone' {
  const takeover = `${lock}.${dead.nonce}`
  // Whoever died in the middle of a takeover has left a dead lock in turn.
  const rival = acquire(takeover, { ...owner, nonce: newOwner().nonce })
  if (rival !== null) return rival
  try {
    const now = readLock(lock)
    if (now === null || now === 'unreadable' || now.nonce !== dead.nonce) return 'gone'
    // Nobody but us may change it: its owner is dead, and the takeover is ours.
    const own = temporary(lock, owner)
    renameSync(own, lock)
    return null
  } finally {
    rmSync(takeover, { force: true })
  }
}

/** @returns false where there is one */
function place(lock: string, owner: LockOwner): boolean {
  const own = temporary(lock, owner)
  try {
    linkSync(own, lock)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    if (code === 'EEXIST') return false
    // Some file systems have no links. A lock that is not whole yet is not taken over by anybody.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return writeLock(lock, owner)
    throw error
  } finally {
    rmSync(own, { force: true })
  }
}

function temporary(lock: string, owner: LockOwner): string {
  const path = `${lock}.${owner.nonce}.new`
  if (!writeLock(path, owner)) throw new Error('the name of its lock is taken')
  return path
}

function writeLock(path: string, owner: LockOwner): boolean {
  let descriptor: number
  try {
    descriptor = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  try {
    writeSync(descriptor, JSON.stringify(owner))
  } finally {
    closeSync(descriptor)
  }
  return true
}

/** @returns null where there is none */
function readLock(lock: string): LockOwner | 'unreadable' | null {
  try {
    const descriptor = openSync(lock, constants.O_RDONLY | O_NOFOLLOW)
    try {
      return parseOwner(readFileSync(descriptor, 'utf8')) ?? 'unreadable'
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    return 'unreadable'
  }
}

function lockedError(path: string, holder: LockOwner | 'unreadable'): AgentError {
  const quoted = JSON.stringify(path)
  const gone = `if that run is gone, rm ${JSON.stringify(lockPath(path))}`
  if (holder === 'unreadable') {
    return new AgentError('run-locked', `${quoted} is locked`, { exit: 'config', hint: gone })
  }
  const isElsewhere = ownerState(holder) === 'unknown'
  const where = isElsewhere ? ` on another machine (${holder.machine})` : ''
  return new AgentError('run-locked', `${quoted} is being written by process ${holder.pid}${where}`, {
    exit: 'config',
    hint: isElsewhere ? gone : 'wait for it to end, or end it',
  })
}
