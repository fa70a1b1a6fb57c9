/**
 * Watches the loop of a host from outside: a file that both have open tells how often the loop has turned and which
 * call's code runs on it (host/protocol.ts, HEARTBEAT_FD), also while that code keeps the host from telling anything.
 */
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../contract/clock.ts'
import { BEAT_EVERY_MS, HEARTBEAT_CELLS } from '../host/protocol.ts'

/**
 * Looks without a new beat, after which the loop counts as blocked: not a time, in which both processes may have been
 * stopped.
 */
const BLOCKED_AFTER_LOOKS = 3
/** In memory, where there is such a folder: a run writes into it as long as it lasts. */
const FOLDERS = ['/dev/shm', tmpdir()]

export type WatchHandlers = {
  /** @param call  0: no call's code */
  blocked(call: number): void
  free(): void
}

export interface HostWatch {
  /** Of the file, for the host. */
  readonly descriptor: number
  /** The call whose code is on the loop, or was the last there; 0: nobody's. */
  onLoop(): number
  close(): void
}

/** Begins with the host's first beat. @param folders  where its file may be, the first that will do */
export function openHostWatch(clock: Clock, { blocked, free }: WatchHandlers, folders = FOLDERS): HostWatch {
  const descriptor = openFile(folders)
  const cells = new Int32Array(HEARTBEAT_CELLS.length)
  let seen = 0
  let looks = 0
  /** The call that was told of as blocking; null while the loop turns. */
  let told: number | null = null
  let stop = clock.timer(BEAT_EVERY_MS, look)

  function look(): void {
    stop = clock.timer(BEAT_EVERY_MS, look)
    readSync(descriptor, cells, 0, cells.byteLength, 0)
    const beats = cells[HEARTBEAT_CELLS.beats] ?? 0
    if (beats !== seen) {
      seen = beats
      looks = 0
      if (told !== null) free()
      told = null
      return
    }
    if (beats === 0) return
    looks += 1
    // A call that blocks by promises alone is seen between two of them now and then: what was seen holds.
    const call = cells[HEARTBEAT_CELLS.call] || (told ?? 0)
    if (looks < BLOCKED_AFTER_LOOKS || told === call) return
    told = call
    blocked(call)
  }

  return {
    descriptor,
    onLoop() {
      readSync(descriptor, cells, 0, cells.byteLength, 0)
      return cells[HEARTBEAT_CELLS.call] ?? 0
    },
    close() {
      stop()
      closeSync(descriptor)
    },
  }
}

/**
 * Without a name as soon as it is there: whatever ends us, nothing is left behind. Where there is no place for one,
 * nobody says that a loop is blocked: a host that does not answer a ping is killed then without a culprit's name.
 */
function openFile(folders: readonly string[]): number {
  for (const folder of folders) {
    try {
      return openNameless(join(folder, `agent-${process.pid}-${process.hrtime.bigint()}`))
    } catch {
      // Not there, read-only or full.
    }
  }
  return openSync(devNull, 'r+')
}

function openNameless(path: string): number {
  const descriptor = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    // Has its place from now on: a full disk is no reason to end a host.
    writeSync(descriptor, new Int32Array(HEARTBEAT_CELLS.length))
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}
