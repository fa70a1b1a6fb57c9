/**
 * What the host's loop and its watchdog thread share: a count that the loop raises as long as it
 * turns, and the number of the call whose code runs on it.
 */
export type HeartbeatCells = Int32Array

const BEAT = 0
const CALL = 1
const CELLS = 2

/** How often the loop beats, ms. */
export const BEAT_EVERY_MS = 50
/** Without a beat for this long, the loop counts as blocked, ms. */
export const BLOCKED_AFTER_MS = 150

export function newHeartbeat(): SharedArrayBuffer {
  return new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)
}

export function beat(cells: HeartbeatCells): void {
  Atomics.add(cells, BEAT, 1)
}

export function beats(cells: HeartbeatCells): number {
  return Atomics.load(cells, BEAT)
}

/** @param call  0: no call's code runs */
export function markRunning(cells: HeartbeatCells, call: number): void {
  Atomics.store(cells, CALL, call)
}

export function runningNow(cells: HeartbeatCells): number {
  return Atomics.load(cells, CALL)
}
