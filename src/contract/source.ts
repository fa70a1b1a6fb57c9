/**
 * Where tools come from. A source yields its tools once it is ready and closes what it opened.
 */
import type { Tool } from './tool.ts'

export type CloseOptions = {
  /** Leaves no grace. */
  now: boolean
  /** With `now`: but for what tools have to put away. */
  dispose?: boolean
}

export interface Source {
  /** Ready when all of the source's tools are known. Rejects with an AgentError (exit 3). */
  tools(): Promise<Tool[]>
  /** Ends every process and connection of the source; never rejects. */
  close(options?: CloseOptions): Promise<void>
}
