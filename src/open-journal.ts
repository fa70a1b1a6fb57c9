/**
 * Opens the journal of a run: a new one with its header, or one that goes on. Loaded only where a run
 * has one. What it writes, and when it waits for the disk, is src/journal.
 */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Clock } from './contract/clock.ts'
import type { JournalConfig } from './contract/config.ts'
import { isAgentError } from './contract/error.ts'
import type { Journal, JournaledTool, JournalHeader } from './contract/journal.ts'
import { canonicalJson } from './contract/json.ts'
import type { Notify } from './contract/reporter.ts'
import type { Tool } from './contract/tool.ts'
import { createJournal, reopenJournal } from './journal/append.ts'
import { isForbidden } from './journal/journal-file.ts'
import { lockRun } from './journal/lock.ts'
import { openPruning } from './journal/prune.ts'
import type { StoredJournal } from './journal/read.ts'
import { makeRunsFolder, runPath } from './journal/runs-folder.ts'
import { runIdFrom } from './run/run-id.ts'

export type JournalDeps = {
  clock: Clock
  notify: Notify
  /** Takes the model's credentials out. */
  redact: (text: string) => string
}

/** With its lock, which goes with `close`. */
export function beginJournal(config: JournalConfig, header: JournalHeader, deps: JournalDeps): Journal | null {
  const path = config.path ?? ownPath(config, header.run_id, deps.notify)
  if (path === null) return null
  try {
    const lock = lockRun(path)
    try {
      const journal = createJournal({ path, header, durability: config.durability, redact: deps.redact })
      const stopPruning = pruneJournals(config, deps.clock)
      const close = () => {
        stopPruning()
        try {
          journal.close()
        } finally {
          lock.release()
        }
      }
      return { ...journal, close }
    } catch (error) {
      lock.release()
      throw error
    }
  } catch (error) {
    // Who named no journal can do without one where none can be written.
    if (config.path !== null || !isAgentError(error) || !isForbidden(error.cause)) throw error
    deps.notify('warning', `no journal is kept: ${error.message}`)
    return null
  }
}

/** From `~/.local/state/agent/runs`. */
const HOME_OF_RUNS = '../../../..'
/** So soon after the beginning the model is being waited for. */
const PRUNE_AFTER_MS = 50
/** Between two removals, so that nothing is held up. */
const PRUNE_EVERY_MS = 5
/** Of what a short run has not come to. */
const PRUNE_AT_END = 5

/** Takes away old journals bit by bit. @returns ends that, at the end of the run */
function pruneJournals({ folder, keep, keepDays }: JournalConfig, clock: Clock): () => void {
  if (folder === null) return () => {}
  let next: (() => boolean) | null = null
  let cancel = clock.timer(PRUNE_AFTER_MS, step)

  function removeOne(): boolean {
    next ??= openPruning(folder ?? '', { keep, keepDays }, clock.wall(), runIdFrom)
    return next()
  }
  function step(): void {
    if (removeOne()) cancel = clock.timer(PRUNE_EVERY_MS, step)
  }
  return () => {
    cancel()
    for (let count = 0; count < PRUNE_AT_END && removeOne(); count += 1);
  }
}

/** The lock is held by whoever has read it. */
export function continueJournal(stored: StoredJournal, { durability }: JournalConfig, deps: JournalDeps): Journal {
  return reopenJournal(stored, { durability, redact: deps.redact })
}

/** What is told of the tools in a header, and compared when the run goes on. */
export function journaledTools(tools: readonly Tool[]): JournaledTool[] {
  return tools.map(({ name, source, effect, description, input_schema }) => {
    const told = canonicalJson({ description, input_schema })
    return { name, source, effect, digest: createHash('sha256').update(told).digest('hex') }
  })
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function ownPath({ folder }: JournalConfig, runId: string, notify: Notify): string | null {
  // No folder is made where there is no home: a service may have none, and that is no matter for a warning.
  if (folder === null || !isFolder(resolve(folder, HOME_OF_RUNS))) {
    notify('info', 'no journal is kept: there is no home')
    return null
  }
  const made = makeRunsFolder(folder, notify)
  return made === null ? null : runPath(made, runId)
}
