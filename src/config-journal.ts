/**
 * Where the journals of runs are kept, and for how long. Pure.
 */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from './config-environment.ts'
import type { FileSettings } from './config-file.ts'
import type { JournalConfig } from './contract/config.ts'
import type { AskFlags } from './flags.ts'

const KEEP = 200
const KEEP_DAYS = 30

/** The folder of all runs; null: there is no home. */
export function runsFolderOf(environment: Environment): string | null {
  const state = (environment['XDG_STATE_HOME'] ?? '').trim()
  // The XDG specification says that a relative path here is to be ignored.
  if (isAbsolute(state)) return join(state, 'agent', 'runs')
  const home = (environment['HOME'] ?? '').trim() || homedir()
  return isAbsolute(home) ? join(home, '.local', 'state', 'agent', 'runs') : null
}

/** @param place  makes what was typed absolute */
export function journalConfig(
  flags: Pick<AskFlags, 'journal' | 'noJournal' | 'durability'>,
  settings: Pick<FileSettings, 'journal' | 'durability' | 'keep_runs' | 'keep_days'>,
  environment: Environment,
  place: (path: string) => string,
): JournalConfig {
  return {
    enabled: flags.journal !== null || (!flags.noJournal && settings.journal !== false),
    path: flags.journal === null ? null : place(flags.journal),
    folder: runsFolderOf(environment),
    durability: flags.durability ?? settings.durability ?? 'normal',
    keep: settings.keep_runs ?? KEEP,
    keepDays: settings.keep_days ?? KEEP_DAYS,
  }
}
