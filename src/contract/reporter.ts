/**
 * What shows a run. Reporters get every event as it happens, in order, and may never hold the run
 * up: `report` is synchronous, `close` is where they flush.
 */
import type { AgentEvent, EventOf } from './event.ts'
import type { Transcript } from './transcript.ts'

export interface Reporter {
  /**
   * Hands the events themselves to others as they happen: each is in the journal's file before, so that a run that
   * goes on says none of them anew. Default: false.
   */
  readonly handsOn?: boolean
  report(event: AgentEvent): void
  /** Of a run that goes on: a call that was known before, and has no outcome. Told before all else, and not shown again. */
  recall?(event: EventOf<'call_ready'>): void
  /**
   * Called once, after the last event. Resolves when all output has been handed to the system.
   * @throws AgentError `output-failed` (exit 12) or `output-closed` (exit 141)
   */
  close(transcript: Transcript): Promise<void>
}

/**
 * What is said beside the answer, on stderr: `debug` with --debug, `info` with -v, `warning` unless
 * -q. One line of text each, without prefix; sanitised and redacted by whoever prints it.
 */
export type Notify = (level: 'debug' | 'info' | 'warning', text: string) => void
