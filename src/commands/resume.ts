/**
 * `agent resume`: goes on with a run that was interrupted, from its journal. What it had come to and
 * what becomes of its calls is the run's matter (run/resume.ts); here it is found, locked, read, and
 * refused where going on would make another run of it.
 */
import { existsSync } from 'node:fs'
import { loadConfig } from '../config.ts'
import { credentialRedactor } from '../config-environment.ts'
import { runsFolderOf } from '../config-journal.ts'
import { movableClock } from '../contract/clock.ts'
import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT } from '../contract/error.ts'
import { resumeHint } from '../contract/journal.ts'
import { transcriptOf } from '../contract/transcript-fold.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import { lockRun } from '../journal/lock.ts'
import type { StoredJournal } from '../journal/read.ts'
import { readJournal } from '../journal/read.ts'
import { repairJournal } from '../journal/repair.ts'
import { findRun } from '../journal/runs-folder.ts'
import { isCutShort } from '../run/limits.ts'
import type { Restored } from '../run/restored-run.ts'
import { restoreRun } from '../run/restored-run.ts'
import type { Unknown } from '../run/taken-up.ts'
import { unknownCalls } from '../run/taken-up.ts'
import type { AskContext } from './ask.ts'
import { answerWith, openFlagsStreams, refuseSharedRun, STDERR_MS } from './ask.ts'
import { closeWithin } from './closing.ts'
import { reportFailure } from './failure.ts'
import { flagsToGoOn, placedFlags } from './resume-flags.ts'
import type { Streams } from './streams.ts'

/** What the user has decided beforehand. */
export type Decisions = { unknown: Unknown | null; force: boolean; repair: boolean }

/** @param name  a run's id, `last`, or a file */
export async function resume(
  name: string,
  flags: AskFlags,
  decisions: Decisions,
  outer: AskContext,
): Promise<ExitCode> {
  // The clock of the run goes on from its last record, which is known once the journal has been read.
  const { clock, moveTo } = movableClock(outer.clock)
  const context = { ...outer, clock }
  const { delivery, interruption } = context
  const { environment, streams } = await openFlagsStreams(flags, context)
  try {
    const directory = currentDirectory()
    const { notify } = streams
    const found = findRun(name, { folder: runsFolderOf(environment) ?? directory, directory })
    const isOwn = found.runId !== null
    refuseAbsent(found.path)
    refuseSharedRun({ what: 'the run', path: found.path }, flags, delivery)
    const lock = lockRun(found.path)
    try {
      if (decisions.repair) await repair(found.path, streams)
      const stored = await interruption.orInterrupted(readJournal(found.path))
      if (stored.torn) notify('warning', 'the last record was cut off, and is left out')
      const restored = restoreRun(stored.events, stored.redacted)
      if (restored.start === null) throw notBegun(found.path)
      moveTo(restored.atMs)
      delivery.next = { seq: restored.nextSeq, at_ms: restored.atMs }
      if (restored.end !== null && !isCutShort(restored.end)) return await printAgain(stored, streams, context)
      refuseUnknown(restored, decisions.unknown, name, isOwn)
      const typed = flagsToGoOn(stored.header.flags, placedFlags(flags, directory), isOwn)
      // The journal has the instructions themselves; the file that they came from may say something else by now.
      const merged = { ...typed, system: null }
      const config = await interruption.orInterrupted(
        loadConfig(merged, {
          environment,
          directory: isOwn ? stored.header.directory : directory,
          notify,
          keyNeeded: true,
          userConfig: true,
        }),
      )
      const going = { stored, restored, unknown: decisions.unknown ?? 'skip', force: decisions.force, isOwn }
      const journaling = { flags: stored.header.flags, directory, redact: credentialRedactor(environment) }
      return await answerWith(config, (run, signal) => run.resume(going, signal), { streams, context, journaling })
    } finally {
      lock.release()
    }
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

async function repair(path: string, { notify }: Streams): Promise<void> {
  const { copy } = await repairJournal(path)
  if (copy !== null) notify('warning', `the journal was cut at its first bad record; what it was is kept in ${copy}`)
}

/** Before its lock comes into being beside it. */
function refuseAbsent(path: string): void {
  if (existsSync(path)) return
  throw new AgentError('no-run', `there is no journal ${JSON.stringify(path)}`, {
    exit: 'config',
    hint: 'agent runs list',
  })
}

/** A run whose question had been decided gives the same answer, without a request. */
async function printAgain(
  stored: StoredJournal,
  streams: Streams,
  { delivery, interruption }: AskContext,
): Promise<ExitCode> {
  const transcript = transcriptOf(stored.events)
  streams.checkOutput()
  delivery.output = streams.openOutput()
  delivery.output.onBroken((error) => interruption.interrupt(error))
  const shown = await streams.openReporters(delivery.output, (stored.header.flags['schema'] ?? null) !== null)
  delivery.reporter = shown[0]
  const last = stored.events.at(-1)
  if (last !== undefined) for (const reporter of shown) reporter.report(last)
  for (const reporter of shown) await reporter.close(transcript)
  delivery.delivered = true
  if (transcript.error !== null) streams.error(transcript.error)
  return transcript.exit_code as ExitCode // the run took it from EXIT
}

/** @throws AgentError (exit 11) where a call may have happened, and nobody has said what becomes of it */
function refuseUnknown(restored: Restored, decided: Unknown | null, name: string, isOwn: boolean): void {
  const calls = unknownCalls(restored)
  if (calls.length === 0 || decided !== null) return
  const listed = calls.map(({ name: tool, input }) => `${tool} ${JSON.stringify(input)}`).join(', ')
  const which =
    calls.length === 1
      ? 'a call may have happened, the run was interrupted while it ran'
      : `${calls.length} calls may have happened, the run was interrupted while they ran`
  // What was given up has an outcome, and that stays.
  const retry = calls.some(({ outcome }) => outcome === null) ? ', retry (they are run again)' : ''
  throw new AgentError('unknown_outcome', `${which}: ${listed}`, {
    exit: 'decision',
    hint: resumeHint(name, isOwn, ` --unknown skip (the model is told)${retry} or fail (exit ${EXIT.tool})`),
  })
}

function notBegun(path: string): AgentError {
  const message = `the journal has no run: ${JSON.stringify(path)}`
  return new AgentError('journal-empty', message, { exit: 'config', hint: 'agent runs list' })
}
