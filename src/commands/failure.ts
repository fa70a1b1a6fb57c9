/**
 * What is said when there is no run to tell it: one line and a hint on stderr, and under `--json`
 * the document all the same. A failure inside a run is in its transcript already.
 */
import type { OutputFormat } from '../contract/config.ts'
import { emptyTranscript } from '../contract/empty-transcript.ts'
import type { AgentError, ExitCode } from '../contract/error.ts'
import { EXIT, isAgentError, thrownMessage } from '../contract/error.ts'
import type { RunError } from '../contract/event.ts'
import type { Redactor } from '../contract/redact.ts'
import type { Reporter } from '../contract/reporter.ts'
import type { Output } from '../reporters/output.ts'
import { openOutput } from '../reporters/output.ts'
import type { Stderr } from '../reporters/stderr.ts'

/** Where data goes, and whether the reader has had its document or its last event. */
export type Delivery = {
  format: OutputFormat
  outputFile: string | null
  /** Open once something of the run may have been written, with what writes it. */
  output: Output | null
  reporter: Reporter | null
  /** The stamp of the event that would come next. */
  next: { seq: number; at_ms: number }
  delivered: boolean
}

/** What is needed to say it. */
export type FailureStreams = Pick<Stderr, 'error' | 'print'> & { redact: Redactor; debug: boolean }

/**
 * @param thrown  an AgentError, or anything else: a bug of ours
 * @returns       the exit code: the failure's own, or that of the output that could not be written
 */
export async function reportFailure(thrown: unknown, delivery: Delivery, streams: FailureStreams): Promise<ExitCode> {
  const failure = isAgentError(thrown) ? thrown : bug(thrown)
  say(failure, streams)
  if (streams.debug && !isAgentError(thrown) && thrown instanceof Error) streams.print(thrown.stack ?? '')
  try {
    await deliverFailure(failure, delivery, streams.redact)
    return failure.exitCode
  } catch (error) {
    if (!isAgentError(error)) throw error
    say(error, streams)
    return error.exitCode
  }
}

/** That its reader has left is no news to whoever wrote `| head -1`. */
function say(failure: Failure, streams: FailureStreams): void {
  if (failure.exitCode !== EXIT.sigpipe) streams.error(failure)
}

type Failure = Pick<AgentError, 'code' | 'message' | 'hint' | 'exitCode'>

function bug(thrown: unknown): Failure {
  const hint = 'please report it, with the stack that --debug prints'
  return { code: 'bug', message: `bug: ${thrownMessage(thrown)}`, hint, exitCode: EXIT.bug }
}

async function deliverFailure(failure: Failure, delivery: Delivery, redact: Redactor): Promise<void> {
  // What is being written arrives whole; that it could not be written has been said by whoever wrote it.
  if (delivery.delivered) return delivery.output?.close().catch(() => undefined)
  if (delivery.format === 'prose') return
  delivery.delivered = true
  const { code, message, hint, exitCode } = failure
  const error: RunError = { code, message, hint }
  const transcript = emptyTranscript(error, exitCode)
  const { status } = transcript
  const reporter = delivery.reporter ?? (await openReporter(delivery, redact))
  const { next } = delivery
  const end = { status, exit_code: exitCode, answer: null, structured: null, error, usage: null }
  // A reader of events waits for `run_end`, also where no run began.
  reporter.report({ type: 'run_end', ...next, ...end })
  await reporter.close(transcript)
}

async function openReporter(delivery: Delivery, redact: Redactor): Promise<Reporter> {
  const output = openOutput({ file: delivery.outputFile })
  delivery.output = output
  if (delivery.format === 'json') return (await import('../reporters/json.ts')).openJson({ output, redact })
  return (await import('../reporters/jsonl.ts')).openJsonl({ output, redact })
}
