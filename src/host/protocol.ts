/**
 * What the main process and the tool host say to each other over the IPC channel. Messages are
 * batched by the tick into arrays, in both directions. Values of tools are JSON text by the time
 * they are sent: the host makes them JSON, whatever they were.
 */
import type { JsonObject, JsonSchema } from '../contract/json.ts'
import type { CallError } from '../contract/outcome.ts'
import type { Policy } from '../contract/policy.ts'
import type { Effect } from '../contract/tool.ts'

/** Which calls may not overlap: by a key of the tool's own, by this one, or by what a function makes of the input. */
export type DeclaredExclusive = { type: 'own' } | { type: 'key'; key: string } | { type: 'function' }

/** A tool as a module declares it. */
export type LoadedTool = {
  name: string
  description: string
  input_schema: JsonSchema
  effect: Effect
  destructive: boolean
  policy: Policy
  keywords: string[]
  /** True: a plain function, which runs in a worker thread. */
  thread: boolean
  exclusive?: DeclaredExclusive
  /** Its file has something to put away when the run is over. */
  disposes?: true
}

export type ToHost =
  /** Load these module files; answered by one `loaded` or `load_failed` each, in any order. */
  | { type: 'load'; files: string[] }
  | {
      type: 'call'
      /** Of this execution, unique in the life of the main process. */
      call: number
      file: string
      tool: string
      /** `key`: the tool itself does not run; its `exclusive` says which calls this one may not overlap with. */
      wants: 'output' | 'key'
      /** Whether it runs in a worker thread; the host need not load the file to know. */
      thread: boolean
      input: JsonObject
      attempt: number
      idempotencyKey: string
      /** Left out: the run is not traced. */
      traceparent?: string
    }
  /** `graceMs`: what a call that blocks its thread may still take; 0: it is ended at once. */
  | { type: 'abort'; call: number; reason: string; graceMs: number }
  | { type: 'ping'; ping: number }
  | { type: 'close' }

export type FromHost =
  | { type: 'ready' }
  | { type: 'loaded'; file: string; tools: LoadedTool[] }
  | { type: 'load_failed'; file: string; error: CallError; line: number | null }
  | {
      type: 'returned'
      call: number
      /** JSON text of the value, at most MAX_OUTPUT_BYTES of it. */
      value: string
      output_bytes: number
      truncated: boolean
    }
  | {
      type: 'threw'
      call: number
      error: CallError
      status: 'failed' | 'invalid_input' | 'canceled'
      /** What the thrown value says of itself, or we know; left out: nobody does. */
      retryable?: boolean
    }
  /** A plain function returned a promise: its later calls run on the loop. */
  | { type: 'asynchronous'; file: string; tool: string }
  /** The call gets on. `message`: what the tool said, cut; null: nothing. */
  | { type: 'progress'; call: number; message: string | null }
  | { type: 'warning'; tool: string | null; message: string }
  /** Of what a file had set up, in a thread of the host (`place`; 0: on its loop). Past the loop, as reports of threads. */
  | { type: 'disposing'; file: string; place: number }
  | { type: 'disposed'; file: string; place: number; error: CallError | null }
  | { type: 'pong'; ping: number }

/** In a folder of described functions; the host loads it as it loads a module file. */
export const DESCRIPTIONS_FILE = 'tool_descriptions.json'

/** The file descriptor of the channel, which carries batches of messages, one a line. */
export const CHANNEL_FD = 3

/**
 * The file descriptor of the report pipe, which goes past the host's loop. Lines: `begun CALL` (in a thread), `left`
 * (asked to close, it waits to be killed), and `part CALL MORE TEXT`: a FromHost of a call in a thread, cut up.
 */
export const REPORT_FD = 4

/**
 * The file descriptor of a file that both processes have open, without a name: numbers of 32 bits in the order of the
 * machine, here by their places. `beats` grows as long as the host's loop turns, `call` is the one whose code runs on it.
 */
export const HEARTBEAT_FD = 5
export const HEARTBEAT_CELLS = { beats: 0, call: 1, length: 2 }
/** How often the loop beats, and how often one looks at it, ms. */
export const BEAT_EVERY_MS = 50

/** What all of a host's tool files may take to put away what they have set up. */
export const DISPOSE_MS = 500
/** What calls that still run may take to end before that. */
export const CALLS_END_MS = 150

/** Worker threads of a host, and calls of kind `thread` that run at once. */
export const MAX_THREADS = 32
export const THREADS_BEYOND_CORES = 4

/** What a canceled `write` call may take to end by itself. */
export const WRITE_GRACE_MS = 5_000
/** The error code of an aborted call whose thread was ended under it. */
export const THREAD_TERMINATED = 'thread_terminated'

/** What is kept of one output: head and tail. */
export const MAX_OUTPUT_BYTES = 512 * 1024

/** What a host is told at its start, as its one argument (JSON). */
export type HostOptions = { offline: boolean; maxThreads: number; settings: HostSettings }

/** What the user decided about shipped tools; they find it in `execute`'s second argument. */
export type HostSettings = {
  root: string | null
  allowDotfiles: boolean
  allowPrivateNetwork: boolean
}
