/**
 * What a journal holds: one header, which says how the run was begun, and then its events. How they
 * are written, checked and read is src/journal; how a run goes on from them is run/resume.ts.
 */
import type { AgentEvent } from './event.ts'
import type { JsonObject } from './json.ts'
import type { Effect } from './tool.ts'

/** A tool as the model was told of it; `digest` differs where its description or schema does. */
export type JournaledTool = { name: string; source: string; effect: Effect; digest: string }

export type JournalHeader = {
  /** Of the journal's form. */
  format: 1
  /** Of the program that wrote it. */
  version: string
  run_id: string
  /** Where the command was started; paths among the flags are relative to it. */
  directory: string
  /** What was typed, without what only concerns how it is shown. */
  flags: JsonObject
  model: string
  base_url: string | null
  system: string
  tools: readonly JournaledTool[]
}

/** A journal as it was read, whole up to its last whole record. */
export type ReadJournal = {
  header: JournalHeader
  events: readonly AgentEvent[]
  /** Whether a last line was cut off, which is no fault: the program ended while it was written. */
  torn: boolean
  /** `seq` of the events that a credential was taken out of: what they tell is not quite what was. */
  redacted: ReadonlySet<number>
}

/** Writes events as they happen. */
export interface Journal {
  readonly path: string
  /**
   * Takes the event on. Where its durability asks for it, its record and all before it are on disk when this
   * returns; where it does not, it is written by the next `flush`.
   * @throws AgentError `journal-unwritable` (exit 12)
   */
  append(event: AgentEvent): void
  /**
   * Returns once all records are written.
   * @throws AgentError `journal-unwritable` (exit 12)
   */
  flush(): void
  /** Flushes. @throws AgentError `journal-unwritable` (exit 12) */
  close(): void
}

/**
 * What goes on with a run, as it is typed.
 *
 * @param name   of its journal: the run's id, or a file
 * @param isOwn  it stands among our own, and brings all its flags
 * @param more   flags that are needed, and what they mean
 */
export function resumeHint(name: string, isOwn: boolean, more = ''): string {
  if (isOwn) return `agent resume ${name}${more}`
  return `agent resume ${JSON.stringify(name)}${more}; give its -t, --mcp and --base-url again`
}
