/**
 * Who writes the messages. A model streams one message: parts as they arrive, then the whole
 * message or one typed fault. It never retries (run/turn-retry.ts does) and never throws for
 * anything that a network or a server can do.
 */
import type { JsonObject, JsonSchema } from './json.ts'
import type { AssistantMessage, Message, Usage } from './message.ts'
import type { ToolDefinition } from './tool.ts'

/** The planner of our own: its name, as it is chosen and as it stands in the transcript. */
export const OFFLINE_MODEL = 'offline'
/** The stop reason of its answer where nothing could be planned. */
export const NO_PLAN_STOP_REASON = 'offline_no_plan'
/** The stop reason, of ours, of a message whose text begins like tool calls and cannot be read as such. */
export const UNREADABLE_CALLS_STOP_REASON = 'unreadable_calls'
/** The stop reason of the offline model's answer where its tool results do not fill the schema. */
export const NO_FIT_STOP_REASON = 'offline_no_fit'

/** What a model's client makes spans of its requests with. */
export type ModelTracing = {
  /** OpenTelemetry's, which only its door (reporters/otel.ts) and the client know by its type. */
  tracerProvider: object
  /** Whether what is asked is in them. */
  content: boolean
}

/** How the model is told of tools, and how it calls them. */
export type Protocol = 'native' | 'text'

export type Effort = 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** The form that the answer is to have; schema/answer-form.ts makes it. */
export type AnswerForm = {
  /** As it was given; the answer is checked by it. */
  schema: JsonSchema
  /** What the API's structured outputs take of it; null: it cannot be said there, or nobody would listen, and `words` go instead. */
  format: JsonSchema | null
  /** The same for the system prompt. */
  words: string
}

export type ModelRequest = {
  system: string
  messages: readonly Message[]
  tools: readonly ToolDefinition[]
  maxTokens: number
  effort: Effort | null
  /** `none` forbids calls and leaves the tools in place. */
  toolChoice: 'auto' | 'none'
  /** Ask the server to cache the conversation so far. */
  cache: boolean
  /** null: prose. */
  answer: AnswerForm | null
  /** The longest that the message may take, ms; null: as long as the model's own limits let it. */
  timeLimitMs: number | null
}

/** A tool_use block that is complete: its raw input is one whole JSON object. */
export type ReadyCall = { id: string; name: string; input: JsonObject }

export type ModelPart =
  /** Once a message, when its first content block opens. */
  { type: 'first_token' } | { type: 'text_delta'; text: string } | { type: 'call_ready'; call: ReadyCall }

export type ModelReply = { type: 'message'; message: AssistantMessage } | { type: 'fault'; fault: ModelFault }

/**
 * - `unavailable`: overload, 429, 5xx, network, stall, cut stream; worth asking again (exit 6)
 * - `account`: no or bad key, 401, 402, 403 (exit 4)
 * - `rejected`: the API refused the request or answered nonsense (exit 5)
 * - `aborted`: our own signal
 */
export type FaultKind = 'unavailable' | 'account' | 'rejected' | 'aborted'

export type ModelFault = {
  kind: FaultKind
  /** Stable word for scripts: `overloaded_error`, `stream_cut`, `stalled`, `redirect`, ... */
  code: string
  message: string
  hint: string | null
  /** Whether the same request may be sent again. */
  retryable: boolean
  /** What the server asked for in ms; null: nothing (or nothing that can be read). */
  retryAfterMs: number | null
  status: number | null
  requestId: string | null
  /** Tokens of the attempt as far as they were told; they were paid for. */
  usage: Usage | null
}

/** Of a model whose own signal was aborted. */
export const ABORTED_FAULT: ModelFault = {
  kind: 'aborted',
  code: 'aborted',
  message: 'the request was canceled',
  hint: null,
  retryable: false,
  retryAfterMs: null,
  status: null,
  requestId: null,
  usage: null,
}

/** What such a model answers. */
export const ABORTED_REPLY: ModelReply = { type: 'fault', fault: ABORTED_FAULT }

export interface Model {
  /** As it stands in the transcript. */
  readonly name: string
  /** The most output tokens that the model accepts in one request. */
  readonly maxOutputTokens: number
  /**
   * Streams one message. `onPart` is called synchronously as parts arrive, never after the promise
   * has resolved; the promise resolves, also after `signal` (fault `aborted`).
   */
  ask(request: ModelRequest, onPart: (part: ModelPart) => void, signal: AbortSignal): Promise<ModelReply>
  /** The request as it would be sent, without credentials; for `--dry-run`. */
  preview(request: ModelRequest): JsonObject
  close(): Promise<void>
}
