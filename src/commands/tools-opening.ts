/**
 * What the commands that look at tools have in common: settings, something to show themselves with,
 * and an orderly end. They ask no model and need no key.
 */
import { loadConfig } from '../config.ts'
import type { Config } from '../contract/config.ts'
import type { ExitCode } from '../contract/error.ts'
import { OFFLINE_MODEL } from '../contract/model.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import type { StartedTools } from '../open-tools.ts'
import { startTools } from '../open-tools.ts'
import type { AskContext } from './ask.ts'
import { openFlagsStreams, STDERR_MS } from './ask.ts'
import { closeInTime, closeWithin } from './closing.ts'
import { reportFailure } from './failure.ts'
import { outputColumns, printText } from './printing.ts'
import type { Streams } from './streams.ts'

export type ToolsCommand = {
  config: Config
  streams: Streams
  context: AskContext
  json: boolean
  verbose: boolean
  /** Of the terminal that the answer goes to; null: it goes elsewhere, and lines may be long. */
  columns: number | null
  /** Opens tools; they are closed with the command, at the latest. */
  start(tools: Config['tools']): StartedTools
  /** Writes the answer, whole, to stdout or the file of -o. */
  print(text: string): Promise<void>
}

export async function withTools(
  flags: AskFlags,
  context: AskContext,
  act: (command: ToolsCommand) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { clock, delivery, interruption } = context
  const { environment, streams } = await openFlagsStreams(flags, context)
  const starts = openStarts(streams, context)
  interruption.onInsist(starts.kill)
  try {
    const directory = currentDirectory()
    const options = { environment, directory, notify: streams.notify, keyNeeded: false, userConfig: true }
    const config = await interruption.orInterrupted(loadConfig(flags, options))
    streams.checkOutput()
    return await act({
      config,
      streams,
      context,
      json: flags.json,
      verbose: flags.verbose || flags.debug,
      columns: outputColumns(flags.output),
      start: (tools) => starts.start(tools, config.model.name === OFFLINE_MODEL),
      print: (text) => printText(text, streams, delivery),
    })
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await starts.close()
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

/** Tools that a command opens, and that are closed with it. */
export type Starts = {
  start(tools: Config['tools'], offline: boolean): StartedTools
  kill(): void
  close(): Promise<void>
}

export function openStarts({ notify, toolOutput }: Streams, { clock, interruption }: AskContext): Starts {
  const started = new Set<StartedTools>()
  return {
    start(tools, offline) {
      const opened = startTools(tools, { clock, offline, notify, toolOutput, trace: null })
      started.add(opened)
      return opened
    },
    kill() {
      for (const tools of started) void tools.close({ now: true })
    },
    async close() {
      const { aborted } = interruption.signal
      await Promise.all([...started].map((tools) => closeInTime(tools, aborted, clock)))
    },
  }
}
