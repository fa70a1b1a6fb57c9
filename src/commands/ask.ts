/**
 * `agent ask`: from what was typed to the exit code. It reads the question, opens a run, lets it
 * answer and closes it; how the run goes is not its matter.
 */
import { isatty } from 'node:tty'
import { loadConfig, readEnvironment } from '../config.ts'
import { displayConfig } from '../config-display.ts'
import type { Environment } from '../config-environment.ts'
import { credentialRedactor, environmentRedactor } from '../config-environment.ts'
import type { Clock } from '../contract/clock.ts'
import type { Config, Verbosity } from '../contract/config.ts'
import type { ExitCode } from '../contract/error.ts'
import { EXIT } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { OFFLINE_MODEL } from '../contract/model.ts'
import { redactJson } from '../contract/redact.ts'
import type { Reporter } from '../contract/reporter.ts'
import { safeJson } from '../contract/safe-json.ts'
import type { Transcript } from '../contract/transcript.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import { flagsJson } from '../flags.ts'
import type { NamedFile } from '../flags-files.ts'
import { filesOf, refuseSharedFiles } from '../flags-files.ts'
import type { Interruption } from '../interruption.ts'
import type { Journaling, OpenRun, OpenRunDeps } from '../open-run.ts'
import { openRun } from '../open-run.ts'
import { inTime } from '../run/in-time.ts'
import type { Question } from '../run/question.ts'
import { closeInTime, closeWithin } from './closing.ts'
import type { Delivery } from './failure.ts'
import { reportFailure } from './failure.ts'
import { printText } from './printing.ts'
import { isStdinPipe, isStdinTerminal, planQuestion, readQuestion } from './question.ts'
import type { Streams } from './streams.ts'
import { openStreams } from './streams.ts'

export type AskContext = { interruption: Interruption; clock: Clock; delivery: Delivery }

const SAY_AFTER_MS = 300
/** What the reader of stderr may take for the last words. */
export const STDERR_MS = 100

export async function ask(words: readonly string[], flags: AskFlags, context: AskContext): Promise<ExitCode> {
  const { clock, delivery, interruption } = context
  const { environment, display, streams } = await openFlagsStreams(flags, context)
  try {
    const plan = planQuestion(words, isStdinTerminal())
    const keyNeeded = !flags.dryRun
    const continued = flags.continueRun === null ? null : await readContinued(flags, flags.continueRun, environment)
    refuseSharedRun({ what: 'the run of --continue', path: continued?.path ?? null }, flags, delivery)
    const directory = continued?.directory ?? currentDirectory()
    const asked = continued?.flags ?? flags
    const config = await interruption.orInterrupted(
      loadConfig(asked, { environment, directory, notify: streams.notify, keyNeeded, userConfig: true }),
    )
    sayWhatIsUnusual(config, display.verbosity, plan.readsStdin, streams)
    const read = <T>(what: Promise<T>) => inTime(what, config.timeoutMs, { clock, signal: interruption.signal })
    const { text, context: stdin } = await read(readQuestion(plan, streams.notify))
    const attachments = await read(readFiles(flags.files, currentDirectory(), streams))
    const question = { text, context: stdin, attachments }
    if (flags.dryRun) return await preview(config, question, streams, context)
    const journaling = { flags: journaledFlags(asked, config), directory, redact: credentialRedactor(environment) }
    const begin = (run: OpenRun, signal: AbortSignal) => run.ask(question, signal, continued?.messages)
    return await answerWith(config, begin, { streams, context, journaling })
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

/** @param begin  asks a question, or goes on with a run */
export async function answerWith(
  config: Config,
  begin: (run: OpenRun, signal: AbortSignal) => Promise<Transcript>,
  { streams, context, journaling }: { streams: Streams; context: AskContext; journaling: Journaling },
): Promise<ExitCode> {
  const { interruption, delivery } = context
  streams.checkOutput()
  let called = false
  const told: Reporter = {
    report: ({ type, seq, at_ms }) => {
      called ||= type === 'call_start'
      delivery.next = { seq: seq + 1, at_ms }
    },
    close: async () => {
      delivery.delivered = true
    },
  }
  // Only now: a run that cannot begin leaves the file of -o as it was.
  const openReporters = async () => {
    delivery.output = streams.openOutput()
    delivery.output.onBroken((error) => interruption.interrupt(error))
    const shown = await streams.openReporters(delivery.output, config.answer !== null)
    delivery.reporter = shown[0]
    return shown
  }
  const run = await openAnswerable(config, { reporters: [told], journaling, openReporters }, streams, context)
  const stopSaying = sayWhatIsAwaited(streams, context)
  try {
    const transcript = await begin(run, interruption.signal)
    if (transcript.error !== null) streams.error(transcript.error)
    return transcript.exit_code as ExitCode // the run takes it from EXIT
  } finally {
    stopSaying()
    await Promise.all([closeRun(run, context, called), run.sendTraces()])
  }
}

/** Why nothing seems to happen after an interruption: calls that write are given time to end. */
function sayWhatIsAwaited({ notify }: Streams, { clock, interruption: { signal } }: AskContext): () => void {
  let stop = () => {}
  const onAbort = () => {
    stop = clock.timer(SAY_AFTER_MS, () =>
      notify('warning', 'waiting for tool calls to end; a second signal kills them'),
    )
  }
  signal.addEventListener('abort', onAbort, { once: true })
  return () => {
    signal.removeEventListener('abort', onAbort)
    stop()
  }
}

/** The first request instead of the answer; nothing is sent. */
async function preview(config: Config, question: Question, streams: Streams, context: AskContext): Promise<ExitCode> {
  streams.checkOutput()
  const untraced = { ...config, tracing: null }
  const run = await openAnswerable(untraced, { reporters: [], journaling: null }, streams, context)
  try {
    const text = `${safeJson(redactJson(run.preview(question), streams.redact), 2)}\n`
    await printText(text, streams, context.delivery)
    return EXIT.ok
  } finally {
    await closeRun(run, context, false)
  }
}

async function openAnswerable(
  config: Config,
  told: Pick<OpenRunDeps, 'reporters' | 'journaling' | 'openReporters'>,
  { notify, toolOutput, openConsent, redact }: Streams,
  { clock, interruption }: AskContext,
): Promise<OpenRun> {
  const { signal } = interruption
  const deps = { clock, notify, toolOutput, redact, signal, ...told, askConsent: await openConsent() }
  const run = await openRun(config, deps)
  interruption.onInsist(() => void run.close({ now: true }))
  return run
}

/** Where no tool has run there is nothing to wait for, least of all for a host that is still starting. */
function closeRun(run: OpenRun, { clock, interruption }: AskContext, called: boolean): Promise<void> {
  return closeInTime(run, interruption.signal.aborted || !called, clock)
}

/** Loaded only where a conversation goes on. */
async function readContinued(flags: AskFlags, name: string, environment: Environment) {
  const { readContinued: read } = await import('./continued.ts')
  return await read(name, flags, environment)
}

/** The schema itself in place of its file, which may be another one when the run goes on. */
function journaledFlags(flags: AskFlags, { answer }: Config): JsonObject {
  const schema = answer === null ? null : JSON.stringify(answer.schema)
  return flagsJson({ ...flags, schema })
}

/** The document of the mistake is not written over what the output would have been written over. */
export function refuseSharedRun(run: NamedFile, flags: AskFlags, delivery: Delivery): void {
  try {
    refuseSharedFiles([run, ...filesOf(flags)], currentDirectory())
  } catch (error) {
    delivery.outputFile = null
    throw error
  }
}

/** Loaded only where there are files. */
async function readFiles(
  paths: readonly string[],
  directory: string,
  streams: Streams,
): Promise<Question['attachments']> {
  if (paths.length === 0) return []
  streams.notify('debug', `reading ${paths.length} ${paths.length === 1 ? 'file' : 'files'}`)
  const { readAttachments } = await import('./attachments.ts')
  return readAttachments(paths, directory)
}

function sayWhatIsUnusual(config: Config, verbosity: Verbosity, readsStdin: boolean, streams: Streams): void {
  // A label, not a warning, and so not through notify.
  if (config.model.name === OFFLINE_MODEL && config.cassette?.type !== 'replay' && verbosity !== 'quiet') {
    streams.print('agent: offline: a planner, no language model; it composes tool results')
  }
  if (!readsStdin && isatty(2) && isStdinPipe()) {
    streams.notify('warning', 'stdin is a pipe that is not read; add - to the arguments to send it along')
  }
}

/** What is seen of a command with these flags; how its data is to go out is noted in `delivery`. */
export async function openFlagsStreams(flags: AskFlags, { clock, delivery }: AskContext) {
  const environment = readEnvironment()
  const display = displayConfig(flags, { environment, ...terminals() })
  delivery.format = display.format
  delivery.outputFile = display.outputFile
  const streams = await openStreams(display, { clock, redact: environmentRedactor(environment) })
  return { environment, display, streams }
}

function terminals() {
  return {
    stdoutIsTerminal: isatty(1),
    stderrIsTerminal: isatty(2),
    // a terminal that was given no size says 0
    columns: process.stderr.columns || 80,
  }
}
