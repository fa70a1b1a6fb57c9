/**
 * The folder where journals are kept, and how a run in it is found by what the user calls it. Nobody
 * else may look into it; a link in its place is refused.
 */
import type { Stats } from 'node:fs'
import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { AgentError } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'
import { systemReason } from '../contract/system-error.ts'

/** Beside a journal's lock while it is taken, for moments: what is older was left by a process that was killed. */
const LOCK_PART = /^[0-9A-HJKMNP-TV-Z]{26}\.jsonl\.lock\..+$/
/** As run-id.ts makes them: sortable by their time. */
const RUN_FILE = /^([0-9A-HJKMNP-TV-Z]{26})\.jsonl$/

/** A journal, or what is said to be one; `runId` is null for a file that stands elsewhere. */
export type RunFile = { runId: string | null; path: string }

/**
 * Makes the folder where it is missing.
 * @returns null where that cannot be; the warning has been said
 * @throws  AgentError `state-folder` (exit 3) where it is a link, or no folder
 */
export function makeRunsFolder(folder: string, notify: Notify): string | null {
  refuseOdd(folder)
  try {
    makeFolders(folder)
    accessSync(folder, constants.W_OK | constants.X_OK)
    if ((lstatSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
    return folder
  } catch (error) {
    notify('warning', `no journal is kept: ${JSON.stringify(folder)} cannot be written: ${reason(error)}`)
    return null
  }
}

/** One by one: Node's `recursive` never ends where the system will not make a folder, as in /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolders(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another run was first.
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function refuseOdd(folder: string): void {
  // `agent/runs`: both are ours, what stands above is the user's matter.
  for (const path of [resolve(folder, '..'), folder]) {
    const status = statusOf(path)
    if (status === null || status.isDirectory()) continue
    const what = status.isSymbolicLink() ? 'is a link, which is not followed' : 'is no folder'
    throw new AgentError('state-folder', `${JSON.stringify(path)} ${what}`, {
      exit: 'config',
      hint: `rm ${JSON.stringify(path)}, or keep no journal with --no-journal`,
    })
  }
}

/** null: it cannot be looked at, which whoever makes it says. */
function statusOf(path: string): Stats | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? systemReason(error) : String(error)
}

export function runPath(folder: string, runId: string): string {
  return join(folder, `${runId}.jsonl`)
}

/** The newest first; none where there is no folder. */
export function listRuns(folder: string): { runId: string; path: string }[] {
  return namesIn(folder)
    .flatMap((name) => RUN_FILE.exec(name)?.[1] ?? [])
    .sort()
    .reverse()
    .map((runId) => ({ runId, path: runPath(folder, runId) }))
}

/** Parts of locks, as paths. */
export function listLockParts(folder: string): string[] {
  return namesIn(folder)
    .filter((name) => LOCK_PART.test(name))
    .map((name) => join(folder, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * @param name       a run's id or the beginning of it, `last`, or a file: with a `/` in it, ending
 *                   in .jsonl, or simply there
 * @param directory  what a file's path is relative to
 * @throws AgentError (exit 3): `no-run`, `run-ambiguous`
 */
export function findRun(name: string, { folder, directory }: { folder: string; directory: string }): RunFile {
  const runs = listRuns(folder)
  if (name === 'last') {
    const [last] = runs
    if (last === undefined) throw noRun('there are no runs', 'agent ask "weather in SF"')
    return last
  }
  if (name.includes('/') || name.endsWith('.jsonl')) return elsewhere(runs, resolve(directory, name))
  const prefix = name.toUpperCase()
  const found = name === '' ? [] : runs.filter(({ runId }) => runId.startsWith(prefix))
  const [run, ...others] = found
  if (run !== undefined && others.length === 0) return run
  if (run !== undefined) {
    const message = `${JSON.stringify(name)} begins the id of ${found.length} runs`
    const hint = `write more of it, for example ${run.runId}`
    throw new AgentError('run-ambiguous', message, { exit: 'config', hint })
  }
  if (name !== '' && existsSync(resolve(directory, name))) return elsewhere(runs, resolve(directory, name))
  throw noRun(`there is no run ${JSON.stringify(name)}`, 'agent runs list')
}

/** By its path it may be one of ours all the same. */
function elsewhere(runs: readonly { runId: string; path: string }[], path: string): RunFile {
  return runs.find((run) => run.path === path) ?? { runId: null, path }
}

function noRun(message: string, hint: string): AgentError {
  return new AgentError('no-run', message, { exit: 'config', hint })
}
