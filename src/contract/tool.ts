/**
 * What can be called. Sources make these, the registry names them, the scheduler runs them. A tool
 * says what it does to the world (`effect`) and how it wants to be treated (`policy`); it never
 * knows who asked.
 */
import type { JsonObject, JsonSchema } from './json.ts'
import type { Outcome } from './outcome.ts'
import type { Policy } from './policy.ts'

/** What a tool does to the world; decides start, retry, resume and cancel. */
export type Effect = 'read' | 'idempotent' | 'write'

export type Priority = 'critical' | 'normal' | 'optional'

/** Which pool of slots a call takes one of, besides the run's own. */
export type SlotKind = 'loop' | 'thread' | 'command' | 'mcp'

/** What a model is told of a tool, and what the offline model plans with. */
export type ToolDefinition = {
  /** As the model sees it: `^[A-Za-z0-9_-]{1,64}$`. */
  name: string
  description: string
  input_schema: JsonSchema
  effect: Effect
  /** Further words that say what the tool is for; only the offline planner reads them. */
  keywords: readonly string[]
}

/** What one attempt is given. */
export type AttemptContext = {
  callId: string
  /** Counted from 1. */
  attempt: number
  /** Run id + `/` + tool_use id, the same for all attempts of a call. */
  idempotencyKey: string
  readonly signal: AbortSignal
  /** Why the attempt is to end; null: it is not. */
  readonly abortReason: Error | null
  /**
   * As a listener of `signal`, which costs more than the rest of a call and is made for whoever asks for it.
   * @returns takes the listener back
   */
  onAbort(listener: () => void): () => void
  /**
   * The source says when the tool itself runs. The attempt's clock starts at the first `started`,
   * stands still after `held` (another call keeps this one from running) and goes on with what is
   * left at the next `started`.
   */
  started(): void
  held(): void
  /** The tool was begun again, because of another call: the attempt has its whole time anew. */
  startedAnew(): void
  /** The tool says that it gets on: its time counts from now, up to a limit (policies/timeout.ts). */
  progress(): void
}

/**
 * Which calls may not overlap: those with one key run one at a time, in the model's order. `true`:
 * the tool has a key of its own; a text is a key that tools may share; a function makes it of the
 * input, as an outcome whose output is the key, or null where this call may overlap with any. An
 * outcome other than `ok` becomes the call's own.
 */
export type Exclusive = true | string | ((input: JsonObject, context: AttemptContext) => Promise<Outcome>)

export interface Tool extends ToolDefinition {
  /** builtin, module, command or mcp:<server>. */
  readonly source: string
  /** The file that declares it, for messages; left out where `source` says it all. */
  readonly place?: string
  /** Asks at the terminal, or needs `--allow NAME`. */
  readonly destructive: boolean
  readonly policy: Policy
  /** Left out: its calls may overlap with any. */
  readonly exclusive?: Exclusive
  /** May change: a plain function that turns out to return promises moves to the loop. */
  readonly slotKind: SlotKind
  /**
   * Runs one attempt. Resolves with its outcome and never rejects; after `signal` it resolves when
   * the tool has ended, which may be never: whoever waits has a timer of his own.
   */
  run(input: JsonObject, context: AttemptContext): Promise<Outcome>
}
