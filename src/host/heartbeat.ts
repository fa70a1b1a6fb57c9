/**
 * What the host tells of its loop while code of a tool may keep the loop from telling anything: it is written into a
 * file that the main process reads (sources/host-watch.ts). A thread that watched the loop took 8 MiB and a quarter of
 * the host's start.
 */
import { writeSync } from 'node:fs'
import { killGroup } from './leave.ts'
import { HEARTBEAT_CELLS, HEARTBEAT_FD } from './protocol.ts'

// As it was before a tool could put another in its place.
const writeNow = writeSync
const cells = new Int32Array(HEARTBEAT_CELLS.length)

/** The loop turns. */
export function beat(): void {
  write(HEARTBEAT_CELLS.beats, (cells[HEARTBEAT_CELLS.beats] ?? 0) + 1)
}

/** @param call  whose code runs on the loop from now on; 0: no call's */
export function markRunning(call: number): void {
  if (cells[HEARTBEAT_CELLS.call] !== call) write(HEARTBEAT_CELLS.call, call)
}

function write(place: number, value: number): void {
  cells[place] = value
  const at = place * cells.BYTES_PER_ELEMENT
  try {
    writeNow(HEARTBEAT_FD, cells, at, cells.BYTES_PER_ELEMENT, at)
  } catch {
    // A tool has closed it: nobody would know any more whether it blocks the others.
    killGroup()
  }
}
