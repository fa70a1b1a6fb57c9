/**
 * Takes away the journals of old runs: the newest are kept, and none for longer than so many days. One
 * at a time and when it is asked, so that it never holds up a run; one that is being written stays.
 */
import { existsSync, rmSync, statSync } from 'node:fs'
import { isAgentError } from '../contract/error.ts'
import type { Lock } from './lock.ts'
import { lockRun } from './lock.ts'
import { listLockParts, listRuns } from './runs-folder.ts'
import { sideFolder } from './side-file.ts'

const DAY_MS = 86_400_000

export type PruneLimits = { keep: number; keepDays: number }

/** Removes a journal and its side files, under its lock: a resume that begins meanwhile has it, or finds none. */
export function removeRun(path: string): 'removed' | 'locked' | 'gone' {
  let lock: Lock
  try {
    lock = lockRun(path)
  } catch (error) {
    if (isAgentError(error) && error.code === 'run-locked') return 'locked'
    throw error
  }
  try {
    if (!existsSync(path)) return 'gone'
    rmSync(path, { force: true })
    rmSync(sideFolder(path), { recursive: true, force: true })
    return 'removed'
  } finally {
    lock.release()
  }
}

/**
 * @param nowMs   wall clock, ms since 1970
 * @param idFrom  what the ids of runs that were begun before an instant are smaller than: the files of those that
 *                were begun within the days are not looked at, which took 2 ms of the end of each short run
 * @returns removes the next old run; false where there is none any more. What cannot be removed is left.
 */
export function openPruning(
  folder: string,
  { keep, keepDays }: PruneLimits,
  nowMs: number,
  idFrom: (ms: number) => string,
): () => boolean {
  const maxAgeMs = keepDays * DAY_MS
  const young = idFrom(nowMs - maxAgeMs)
  const removals = [
    ...listRuns(folder)
      .filter(({ runId, path }, index) => index >= keep || (runId < young && ageMs(path, nowMs) > maxAgeMs))
      .map(
        ({ path }) =>
          () =>
            removeRun(path),
      ),
    ...listLockParts(folder)
      .filter((path) => ageMs(path, nowMs) > DAY_MS)
      .map((path) => () => rmSync(path, { force: true })),
  ]
  return () => {
    const next = removals.pop()
    if (next === undefined) return false
    try {
      next()
    } catch {
      // Another process may have been quicker, or the folder may not be ours to write.
    }
    return removals.length > 0
  }
}

function ageMs(path: string, nowMs: number): number {
  return nowMs - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs)
}
