/**
 * `agent view`: a run that has been, as a picture of it. Each kind of picture is a reporter, loaded where it is asked
 * for; secrets are taken out before any of them sees the run.
 */
import { runsFolderOf } from '../config-journal.ts'
import type { DisplayConfig } from '../contract/config.ts'
import type { ExitCode } from '../contract/error.ts'
import { EXIT, unreachable } from '../contract/error.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import type { Transcript } from '../contract/transcript.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import type { AskContext } from './ask.ts'
import { openFlagsStreams, STDERR_MS } from './ask.ts'
import { closeWithin } from './closing.ts'
import { reportFailure } from './failure.ts'
import { outputColumns, printText } from './printing.ts'
import { readViewedRun } from './viewed-run.ts'

export type Picture = 'waterfall' | 'json' | 'html' | 'perfetto' | 'atif'

export async function view(name: string, picture: Picture, flags: AskFlags, context: AskContext): Promise<ExitCode> {
  const { clock, delivery, interruption } = context
  const { environment, display, streams } = await openFlagsStreams(flags, context)
  try {
    streams.checkOutput()
    const directory = currentDirectory()
    const folder = runsFolderOf(environment) ?? directory
    const found = await interruption.orInterrupted(readViewedRun(name, { folder, directory }, streams.notify))
    const transcript = redactJson(found, streams.redact) as Transcript // texts change, the shape stays
    await printText(await drawn(picture, transcript, display), streams, delivery)
    return EXIT.ok
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

async function drawn(picture: Picture, transcript: Transcript, display: DisplayConfig): Promise<string> {
  switch (picture) {
    case 'waterfall':
      return waterfall(transcript, display)
    case 'json':
      return `${safeJson(transcript, 2)}\n`
    case 'html':
      return (await import('../reporters/html.ts')).htmlReport(transcript)
    case 'perfetto':
      return `${safeJson((await import('../reporters/perfetto.ts')).perfettoTrace(transcript))}\n`
    case 'atif':
      return `${safeJson((await import('../reporters/atif.ts')).atifTrajectory(transcript), 2)}\n`
    default:
      return unreachable(picture)
  }
}

async function waterfall(transcript: Transcript, display: DisplayConfig): Promise<string> {
  const { waterfallLines } = await import('../reporters/waterfall-lines.ts')
  const { paintFor } = await import('../reporters/colour.ts')
  const { namedColumns, outputColour, outputFile, verbosity } = display
  const lines = waterfallLines(transcript, {
    columns: namedColumns ?? outputColumns(outputFile) ?? 80,
    paint: paintFor(outputColour),
    // Done already.
    redact: (text) => text,
    all: verbosity === 'verbose' || verbosity === 'debug',
    heading: true,
  })
  return `${lines.join('\n')}\n`
}
