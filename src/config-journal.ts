/**
 * Where the journals of runs are kept, and for how long. Pure.
 */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Environment } from './config-environment.ts'
import type { JournalConfig } from './contract/config.ts'

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

export function journalConfig(environment: Environment): JournalConfig {
  return {
    enabled: true,
    path: null,
    folder: runsFolderOf(environment),
    durability: 'normal',
    keep: KEEP,
    keepDays: KEEP_DAYS,
  }
}
