/**
 * Decides what becomes of a test that needs something which a machine may lack: it runs, it is skipped
 * (absent.ts says so before the tests), or, where AGENT_TEST_INSIST=1 as in .ci/run, it runs and fails.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const insisted = process.env['AGENT_TEST_INSIST'] === '1'
/** What is not to be had where the tests are insisted on, and known not to be: `node-26 node-24`. */
const excused = (process.env['AGENT_TEST_WITHOUT'] ?? '').split(' ')

/** Whether tests that need this are to run. */
export function isRun(name: string, present: boolean): boolean {
  return present || (insisted && !excused.includes(name))
}

/** The same of a program on the PATH. */
export function isProgramRun(program: string): boolean {
  return isRun(program, isProgram(program))
}

function isProgram(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((dir) => isExecutable(join(dir, program)))
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
