/**
 * What became of a command, as a call's outcome. The codes are stable: not_found, not_executable,
 * not_started, no_folder, exit_code, signal, bad_json.
 */
import { existsSync } from 'node:fs'
import { thrownMessage } from '../contract/error.ts'
import { isTooDeep, type JsonValue } from '../contract/json.ts'
import type { KeptOutput } from '../contract/kept-output.ts'
import { failure, type Outcome, permanentFailure } from '../contract/outcome.ts'
import type { Effect } from '../contract/tool.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import { wellFormed } from '../contract/well-formed.ts'
import { failureText, type ProgramRun } from '../process/run-program.ts'

type EndedRun = Extract<ProgramRun, { type: 'ended' }>

/** Of each stream, in the error of a program that failed. */
const MAX_QUOTED_BYTES = 4 * 1024
/** Of what should have been JSON. */
const MAX_QUOTED_JSON_BYTES = 1024
/** EX_TEMPFAIL of sysexits.h: what failed may succeed when it is tried again. */
const TEMPORARY_FAILURE = 75
/** What the system says of a command line that it will never take; anything else may be a lack of something. */
const NEVER_STARTS: readonly string[] = ['bad_command', 'E2BIG', 'ENAMETOOLONG', 'ENOTDIR', 'ELOOP', 'ENOEXEC', 'EPERM']
/** How a shell spells that SIGTERM ended its command. */
const ENDED_BY_SIGTERM = 128 + 15

export const CANCELED = failure('canceled', 'canceled', 'was canceled')

export function faultOutcome(
  { code, message }: Extract<ProgramRun, { type: 'fault' }>,
  program: string,
  folder: string | null,
): Outcome {
  if (code === 'closed') return CANCELED
  if (folder !== null && !existsSync(folder))
    return permanentFailure('no_folder', `its folder "${folder}" does not exist`)
  if (code === 'EACCES') return permanentFailure('not_executable', message)
  if (NEVER_STARTS.includes(code)) return permanentFailure('not_started', message)
  if (code !== 'ENOENT') return failure('failed', 'not_started', message)
  // The system says the same of a script whose first line names a program that is not there.
  const there = program.includes('/') && existsSync(program)
  return permanentFailure(
    'not_found',
    there ? `the program that the first line of "${program}" names was not found` : message,
  )
}

export function endedOutcome(
  { end, stdout, stderr }: EndedRun,
  program: string,
  { output, effect, signal }: { output: 'text' | 'json'; effect: Effect; signal: AbortSignal },
): Outcome {
  if (signal.aborted) {
    // A write that ends by itself in its grace is told as it ended: it may have done what it was to do.
    const byItself = end.code !== null && end.code !== ENDED_BY_SIGTERM
    if (effect !== 'write' || !byItself) return CANCELED
  }
  if (end.code === 0) return output === 'text' ? textOutcome(stdout) : jsonOutcome(stdout, program)
  const said = failureText(program, end, stderr.tail(MAX_QUOTED_BYTES))
  // Compilers, tests and linters say what is wrong on stdout.
  const printed = stdout.tail(MAX_QUOTED_BYTES).trim()
  const message = printed === '' ? said : `${said}${said.includes('\n') ? '\n' : '; '}it printed:\n${printed}`
  const failed = permanentFailure(end.code === null ? 'signal' : 'exit_code', message)
  return { ...failed, retryable: end.code === TEMPORARY_FAILURE }
}

/** Without the line breaks at its end, as a shell's `$(...)` has it. */
function textOutcome(stdout: KeptOutput): Outcome {
  const text = stdout.text()
  const output = text.replace(/[\r\n]+$/, '')
  const { truncated } = stdout
  const output_bytes = truncated ? stdout.totalBytes - (text.length - output.length) : Buffer.byteLength(output)
  return { status: 'ok', output, output_bytes, truncated }
}

function jsonOutcome(stdout: KeptOutput, program: string): Outcome {
  const text = stdout.text()
  if (stdout.truncated) return { status: 'ok', output: text, output_bytes: stdout.totalBytes, truncated: true }
  try {
    // What JSON.parse returns is JSON.
    const value = JSON.parse(text) as JsonValue
    if (isTooDeep(value)) return permanentFailure('bad_json', `"${program}" printed JSON that is nested too deep`)
    const output = wellFormed(value)
    const said = typeof output === 'string' ? output : JSON.stringify(output)
    return { status: 'ok', output, output_bytes: Buffer.byteLength(said), truncated: false }
  } catch (error) {
    const quoted = text.trim() === '' ? 'nothing' : keepHeadAndTail(text.trim(), MAX_QUOTED_JSON_BYTES)
    const message = `"${program}" was to print JSON (${thrownMessage(error).split('\n')[0]}); it printed:\n${quoted}`
    return permanentFailure('bad_json', message)
  }
}
