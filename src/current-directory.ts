/** Where paths are meant from. */
import { AgentError } from './contract/error.ts'

/** @throws AgentError `no-directory` (exit 2): it was removed, which a clean-up of a job does now and then */
export function currentDirectory(): string {
  try {
    return process.cwd()
  } catch (error) {
    const hint = 'cd to a folder that is there'
    throw new AgentError('no-directory', 'the current folder is gone', { exit: 'usage', hint, cause: error })
  }
}
