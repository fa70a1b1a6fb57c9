/**
 * One folder of caches for all runs of the command in all tests: without one, each would compile the same files
 * anew, which is a tenth of what a run costs. A run whose own home has a folder for caches does not see it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const VARIABLE = 'AGENT_TEST_CACHES'

export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'agent-caches-'))
  process.env[VARIABLE] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

/** undefined outside of tests. */
export function sharedCaches(): string | undefined {
  return process.env[VARIABLE]
}
