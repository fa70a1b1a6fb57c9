/**
 * Says which Node runs the built command: the one that runs the tests, or the one that a project of
 * vitest.config.ts names, so that one test can be about every Node. Tests run on the former in any case.
 */
import { execFileSync } from 'node:child_process'

export const NODE = process.env['AGENT_TEST_NODE'] || process.execPath

/** What an expression is there, as text. */
export function askNode(expression: string): string {
  return execFileSync(NODE, ['-p', expression], { encoding: 'utf8' }).trim()
}
