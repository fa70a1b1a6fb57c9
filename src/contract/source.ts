/**
 * Where tools come from. A source yields its tools once it is ready and closes what it opened.
 */
import type { Tool } from './tool.ts'

export interface Source {
  /** Ready when all of the source's tools are known. Rejects with an AgentError (exit 3). */
  tools(): Promise<Tool[]>
  /** Ends every process and connection of the source; never rejects. `now` leaves no grace. */
  close(options?: { now: boolean }): Promise<void>
}
