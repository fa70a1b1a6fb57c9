/**
 * What a command shows itself with: stderr for words, the output for data, and the reporters that
 * fit how it was called. Reporters are loaded only where they are used.
 */
import type { Clock } from '../contract/clock.ts'
import type { DisplayConfig } from '../contract/config.ts'
import { unreachable } from '../contract/error.ts'
import type { AskConsent } from '../contract/permission.ts'
import type { Redactor } from '../contract/redact.ts'
import type { Reporter } from '../contract/reporter.ts'
import type { Output } from '../reporters/output.ts'
import { checkOutput, openOutput } from '../reporters/output.ts'
import type { Progress } from '../reporters/progress.ts'
import type { Stderr } from '../reporters/stderr.ts'
import { openStderr } from '../reporters/stderr.ts'

export interface Streams extends Stderr {
  readonly redact: Redactor
  /** @throws AgentError (exit 12) where the file of `-o` cannot be written; it is left as it is */
  checkOutput(): void
  /** @throws AgentError (exit 12) */
  openOutput(): Output
  /** Asks the person at the terminal; null where nothing may ask: no terminal, TERM=dumb, CI, -q. */
  openConsent(): Promise<AskConsent | null>
  /**
   * The answer's first: it comes before the line about the whole run.
   *
   * @param data  the answer is data, not prose
   */
  openReporters(output: Output, data: boolean): Promise<[answer: Reporter, ...beside: Reporter[]]>
}

export async function openStreams(
  display: DisplayConfig,
  { clock, redact }: { clock: Clock; redact: Redactor },
): Promise<Streams> {
  const progress = await openProgressOf(display, clock, redact)
  const { verbosity } = display
  const stderr = openStderr({ verbosity, redact, progress })
  return {
    ...stderr,
    redact,
    checkOutput: () => checkOutput({ file: display.outputFile }),
    openOutput: () => openOutput({ file: display.outputFile }),
    openConsent: async () => {
      if (!display.animate) return null
      const { openConsent } = await import('./consent.ts')
      const pause = () => {
        progress?.hide()
        return () => progress?.show()
      }
      return openConsent({ write: stderr.ask, pause })
    },
    openReporters: async (output, data) => [
      await openAnswer(display, data, { output, redact, notify: stderr.notify, progress }),
      ...(progress === null ? [] : [progress]),
      ...(await openNotesOf(display, { redact, notify: stderr.notify, progress })),
      ...(await openTimingsOf(display, redact, stderr)),
    ],
    close: async () => {
      progress?.stop()
      await stderr.close()
    },
  }
}

async function openProgressOf(display: DisplayConfig, clock: Clock, redact: Redactor): Promise<Progress | null> {
  if (process.stderr.isTTY !== true || display.verbosity === 'quiet') return null
  const { animate, colour, columns } = display
  const { openProgress } = await import('../reporters/progress.ts')
  return openProgress({ stderr: process.stderr, animate, colour, columns, clock, redact, summary: true })
}

/** Asked for by name, and so drawn with -q too. */
async function openTimingsOf(
  { timings, verbosity, colour, columns, namedColumns }: DisplayConfig,
  redact: Redactor,
  { draw }: Stderr,
): Promise<Reporter[]> {
  if (!timings) return []
  const { openWaterfall } = await import('../reporters/waterfall.ts')
  const all = verbosity === 'verbose' || verbosity === 'debug'
  return [openWaterfall({ draw, redact, columns: namedColumns ?? columns, colour, all })]
}

type Parts = { redact: Redactor; notify: Stderr['notify']; progress: Progress | null }

/** What -v says beside the answer; calls are not told of twice. */
async function openNotesOf({ verbosity }: DisplayConfig, { redact, notify, progress }: Parts): Promise<Reporter[]> {
  if (verbosity !== 'verbose' && verbosity !== 'debug') return []
  const { openNotes } = await import('../reporters/notes.ts')
  return [openNotes({ notify, redact, calls: progress === null })]
}

async function openAnswer(display: DisplayConfig, data: boolean, parts: Parts & { output: Output }): Promise<Reporter> {
  switch (display.format) {
    case 'json':
      return (await import('../reporters/json.ts')).openJson(parts)
    case 'jsonl':
      return (await import('../reporters/jsonl.ts')).openJsonl(parts)
    case 'prose':
      if (data) return (await import('../reporters/data.ts')).openData(parts)
      return (await import('../reporters/prose.ts')).openProse({ ...parts, stream: display.streamAnswer })
    default:
      return unreachable(display.format)
  }
}
