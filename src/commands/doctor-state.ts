/** `agent doctor`: whether a run could keep its journal, and which runs have been left unfinished. */
import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, isAgentError } from '../contract/error.ts'
import { systemReason } from '../contract/system-error.ts'
import { isForbidden } from '../journal/journal-file.ts'
import { isLocked } from '../journal/lock.ts'
import { scanJournal } from '../journal/read.ts'
import { listRuns, makeRunsFolder } from '../journal/runs-folder.ts'
import { formatBytes, formatCounted } from '../reporters/format.ts'
import type { Check, Finding } from './doctor-check.ts'
import { failed, ok, skipped, warning } from './doctor-check.ts'

const FEW_BYTES = 100 * 1024 * 1024
const NO_JOURNAL = 'run without one: --no-journal'
/** Older runs, and journals of such a size, are not read for this. */
const MAX_RUNS = 100
const MAX_JOURNAL_BYTES = 8 * 1024 * 1024

/** @param folder  null: there is no home */
export function stateChecks(folder: string | null, enabled: boolean): Check[] {
  if (!enabled) return [{ name: 'state', look: () => skipped('no journal is kept: the config file says so') }]
  if (folder === null) {
    const look = () => warning('no journal is kept: there is no home', `set HOME, or ${NO_JOURNAL}`)
    return [{ name: 'state', look }]
  }
  return [
    { name: 'state', look: () => stateFinding(folder) },
    { name: 'runs', look: () => runsFinding(folder) },
  ]
}

/** By writing into it, as a run does, which goes on without a journal where it may not. */
function stateFinding(folder: string): Finding {
  let why: string | null = null
  try {
    const made = makeRunsFolder(folder, (_, text) => {
      why = text
    })
    if (made === null) return warning(why ?? `${folder} cannot be made`, NO_JOURNAL)
    writeInto(folder)
    const { bavail, bsize } = statfsSync(folder)
    const free = `${formatBytes(bavail * bsize)} free`
    if (bavail * bsize < FEW_BYTES) return warning(`${folder}: only ${free}`, 'agent runs list; agent runs rm ID')
    return ok(`${folder}, ${free}`)
  } catch (error) {
    if (isAgentError(error)) return failed(error.message, error.hint, error.exitCode)
    if (!(error instanceof Error)) throw error
    const said = `${JSON.stringify(folder)} cannot be written: ${systemReason(error)}`
    return isForbidden(error)
      ? warning(`no journal is kept: ${said}`, NO_JOURNAL)
      : failed(said, NO_JOURNAL, EXIT.output)
  }
}

function writeInto(folder: string): void {
  const path = join(folder, `doctor-${randomUUID()}`)
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    writeSync(descriptor, 'x')
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
    rmSync(path, { force: true })
  }
}

function runsFinding(folder: string): Finding {
  const runs = listRuns(folder)
  const looked = runs.slice(0, MAX_RUNS).map(({ runId, path }) => ({ runId, state: stateOf(path) }))
  const those = (state: ReturnType<typeof stateOf>) => looked.filter((run) => run.state === state)
  const [unfinished, damaged, running] = [those('unfinished'), those('damaged'), those('running')]
  const counted = [
    formatCounted(runs.length, 'run'),
    ...(running.length > 0 ? [`${running.length} going on`] : []),
    ...(unfinished.length > 0 ? [`${unfinished.length} unfinished`] : []),
    ...(damaged.length > 0 ? [`${damaged.length} damaged`] : []),
  ].join(', ')
  const [first] = unfinished
  if (first !== undefined) {
    return warning(counted, `agent resume ${first.runId === runs[0]?.runId ? 'last' : first.runId}`)
  }
  if (damaged[0] !== undefined) return warning(counted, `agent resume ${damaged[0].runId} --repair`)
  return ok(counted)
}

function stateOf(path: string): 'ended' | 'running' | 'unfinished' | 'damaged' | 'unread' {
  if (isLocked(path)) return 'running'
  try {
    if (statSync(path).size > MAX_JOURNAL_BYTES) return 'unread'
    const { header, events, fault } = scanJournal(path)
    if (fault !== null || header === null) return 'damaged'
    return events.at(-1)?.type === 'run_end' ? 'ended' : 'unfinished'
  } catch {
    return 'damaged'
  }
}
