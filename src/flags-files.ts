/** Files that a run reads to its end or writes: two of them in one place would be the end of one of them. */
import { realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { AskFlags } from './flags.ts'
import { conflict } from './flags-conflicts.ts'

/** @param path  as it was typed; null: it was not */
export type NamedFile = { what: string; path: string | null }

/** Those of the flags. */
export function filesOf({ output, journal, record, replay }: AskFlags): NamedFile[] {
  return [
    { what: '-o', path: output },
    { what: '--journal', path: journal },
    { what: '--record', path: record },
    { what: '--replay', path: replay },
  ]
}

/**
 * @param directory  from where paths are meant
 * @throws AgentError `conflicting-flags` (exit 2) where two are one file; devices may be named as often as one likes
 */
export function refuseSharedFiles(files: readonly NamedFile[], directory: string): void {
  const taken = new Map<string, string>()
  for (const { what, path } of files) {
    const place = path === null ? null : placeOf(resolve(directory, path))
    if (place === null) continue
    const other = taken.get(place)
    if (other !== undefined) {
      const hint = 'give each a file of its own'
      throw conflict(`${other} and ${what} are one file: ${JSON.stringify(path)}`, hint)
    }
    taken.set(place, what)
  }
}

/** The same for all names of a file; null: it is none, nor can be. */
function placeOf(path: string): string | null {
  try {
    const status = statSync(path, { throwIfNoEntry: false })
    if (status !== undefined) return status.isFile() ? `${status.dev}:${status.ino}` : null
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return null
  }
}
