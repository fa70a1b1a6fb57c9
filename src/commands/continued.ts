/**
 * `agent ask --continue`: the conversation of a finished run, on which a new question is asked, and the
 * flags that it had, so that the same tools are there.
 */
import type { Environment } from '../config-environment.ts'
import { runsFolderOf } from '../config-journal.ts'
import { AgentError } from '../contract/error.ts'
import type { Message } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import type { StoredJournal } from '../journal/read.ts'
import { readJournal } from '../journal/read.ts'
import type { RunFile } from '../journal/runs-folder.ts'
import { findRun } from '../journal/runs-folder.ts'
import { isCutShort } from '../run/limits.ts'
import { restoreRun } from '../run/restored-run.ts'
import { flagsToGoOn, placedFlags } from './resume-flags.ts'

export type Continued = {
  flags: AskFlags
  /** What paths among the flags are relative to; null: where the command is started. */
  directory: string | null
  messages: readonly Message[]
  /** Of its journal. */
  path: string
}

/**
 * @param name  a run's id, `last`, or a file
 * @throws AgentError (exit 3) where the run has not finished, or its calls were never answered
 */
export async function readContinued(name: string, flags: AskFlags, environment: Environment): Promise<Continued> {
  const directory = currentDirectory()
  const found = findRun(name, { folder: runsFolderOf(environment) ?? directory, directory })
  return continuedRun(found, await readJournal(found.path), placedFlags(flags, directory))
}

function continuedRun(found: RunFile, stored: StoredJournal, flags: AskFlags): Continued {
  const { end, messages } = restoreRun(stored.events, stored.redacted)
  const name = found.runId ?? JSON.stringify(found.path)
  if (end === null) {
    throw new AgentError('run-unfinished', `the run has not finished: ${name}`, {
      exit: 'config',
      hint: `agent resume ${name}`,
    })
  }
  const last = messages.at(-1)
  if (last?.role === 'assistant' && last.content.some(isToolUseBlock)) {
    throw new AgentError('run-unanswered', `the run ended while its calls were unanswered: ${name}`, {
      exit: 'config',
      hint: isCutShort(end) ? `agent resume ${name}` : 'ask the whole question again',
    })
  }
  const trusted = found.runId !== null
  return {
    // Another question has an answer of another form.
    flags: { ...flagsToGoOn(stored.header.flags, flags, trusted), schema: flags.schema },
    directory: trusted ? stored.header.directory : null,
    messages,
    path: found.path,
  }
}
