/** The document of a run that never came to be: a mistake on the command line, in a file, of the key. */
import { EXIT } from './error.ts'
import type { RunError } from './event.ts'
import { NO_USAGE } from './message.ts'
import { totalsOf } from './totals.ts'
import type { Transcript } from './transcript.ts'

function statusOf(exitCode: number): Transcript['status'] {
  if (exitCode === EXIT.timeout) return 'timed_out'
  return exitCode > EXIT.timeout ? 'interrupted' : 'failed'
}

/** @param error  what kept it from beginning */
export function emptyTranscript(error: RunError | null, exitCode: number): Transcript {
  return {
    version: 1,
    run_id: null,
    status: statusOf(exitCode),
    exit_code: exitCode,
    question: null,
    model: null,
    started_at: null,
    duration_ms: null,
    answer: null,
    structured: null,
    error,
    turns: [],
    totals: totalsOf([]),
    usage: { ...NO_USAGE, cost_usd: null },
    policy_changes: [],
    messages: [],
  }
}
