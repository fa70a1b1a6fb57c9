/**
 * One program as a tool's result: both of its streams, or an error that says how it ended.
 */
import { systemClock } from '../../src/contract/clock.ts'
import { openProcessGroups } from '../../src/process/groups.ts'
import { failureText, runProgram } from '../../src/process/run-program.ts'
import { permanentError } from '../errors/permanent-error.ts'

/** Of each stream. */
const MAX_KEPT_BYTES = 200 * 1024
/** Of stderr, in the error of a program that failed. */
const MAX_QUOTED_BYTES = 4 * 1024

export type ProgramResult = { exit_code: number; stdout: string; stderr: string }

const groups = openProcessGroups()
const clock = systemClock(0)

/** @throws when it cannot be started, ends with another code than 0 or by a signal, or is aborted */
export async function runCommand(command: readonly string[], signal: AbortSignal): Promise<ProgramResult> {
  signal.throwIfAborted()
  const run = await runProgram(command, { groups, clock, signal, input: null, maxKeptBytes: MAX_KEPT_BYTES })
  signal.throwIfAborted()
  if (run.type === 'fault') throw permanentError(run.message)
  const { end, stdout, stderr } = run
  if (end.code !== 0) throw new Error(failureText(command[0] ?? '', end, stderr.tail(MAX_QUOTED_BYTES)))
  return { exit_code: 0, stdout: stdout.text(), stderr: stderr.text() }
}
