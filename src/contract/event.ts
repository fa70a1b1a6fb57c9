/**
 * Everything that happens in a run, on one page. The journal is the list of these, the transcript
 * is their fold, every output is a reporter over them. Types are inferred from the schemas; import
 * them with `import type`, so that zod is loaded only where foreign data is parsed.
 *
 * Instants (`at_ms`) are milliseconds since the start of the run on the monotonic clock.
 */
import * as z from 'zod'
import type { ContentBlock } from './message.ts'
import type { Outcome } from './outcome.ts'
import { FAILURES } from './outcome.ts'

export const jsonValueSchema = z.json()
const jsonObject = z.record(z.string(), jsonValueSchema)
export const contentBlockSchema = z.custom<ContentBlock>(
  (value) => jsonObject.safeParse(value).success && typeof (value as { type?: unknown }).type === 'string',
)
export const messageSchema = z.object({ role: z.enum(['user', 'assistant']), content: z.array(contentBlockSchema) })
export const usageSchema = z.object({
  input_tokens: z.number(),
  output_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
})
export const assistantMessageSchema = z.object({
  id: z.string(),
  model: z.string(),
  content: z.array(contentBlockSchema),
  stop_reason: z.string().nullable(),
  usage: usageSchema,
  raw_inputs: z.record(z.string(), z.string()),
  /** Only where `stop_reason` is `unreadable_calls`: why, as the model is told. */
  unreadable: z.string().exactOptional(),
})
export const callErrorSchema = z.object({ code: z.string(), message: z.string() })
export const queuedBySchema = z.object({
  message_ms: z.number(),
  permission_ms: z.number(),
  slots_ms: z.number(),
  /** For the probe of a breaker that is half open. */
  breaker_ms: z.number(),
  rate_limit_ms: z.number(),
  exclusive_ms: z.number(),
  host_ms: z.number(),
})
export const runErrorSchema = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
export const runStatusSchema = z.enum(['completed', 'incomplete', 'refused', 'failed', 'timed_out', 'interrupted'])
export const effectSchema = z.enum(['read', 'idempotent', 'write'])
export const prioritySchema = z.enum(['critical', 'normal', 'optional'])

export const okOutcomeSchema = z.object({
  status: z.literal('ok'),
  output: jsonValueSchema,
  output_bytes: z.number(),
  truncated: z.boolean(),
  content: z.array(contentBlockSchema).optional(),
})
export const failedOutcomeSchema = z.object({
  status: z.enum(FAILURES),
  error: callErrorSchema,
  retryable: z.boolean().optional(),
})
// zod's optional says `| undefined`, which exactOptionalPropertyTypes keeps apart
export const outcomeSchema = z.discriminatedUnion('status', [
  okOutcomeSchema,
  failedOutcomeSchema,
]) as z.ZodType<Outcome>

const common = { seq: z.int(), at_ms: z.number() }
const inTurn = { ...common, turn: z.int() }
const ofCall = { ...inTurn, call_id: z.string() }

export const agentEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('run_start'),
    ...common,
    run_id: z.string(),
    started_at: z.string(),
    version: z.string(),
    question: z.string(),
    model: z.string(),
    messages: z.array(messageSchema),
  }),
  /** The run goes on from its journal; `at_ms` goes on from the last record. */
  z.object({
    type: z.literal('run_resume'),
    ...common,
    resumed_at: z.string(),
    /** Between the last record and this, by the wall clock. */
    paused_ms: z.number(),
    version: z.string(),
  }),
  z.object({ type: z.literal('turn_start'), ...inTurn }),
  /** Shown, not journaled. */
  z.object({ type: z.literal('text_delta'), ...inTurn, text: z.string() }),
  z.object({
    type: z.literal('call_ready'),
    ...ofCall,
    tool: z.string(),
    source: z.string().nullable(),
    effect: effectSchema.nullable(),
    priority: prioritySchema,
    input: jsonObject,
    /** Not null only where the model's input was no JSON object. */
    raw_input: z.string().nullable(),
    /** A call of a dropped message whose execution this one takes over; it goes on under this id. */
    takes_over: z.string().nullable(),
  }),
  z.object({
    type: z.literal('message_end'),
    ...inTurn,
    message: assistantMessageSchema,
    first_token_ms: z.number().nullable(),
  }),
  /** The message of this attempt is void, with its shown text; the turn is asked again. */
  z.object({
    type: z.literal('turn_retry'),
    ...inTurn,
    attempt: z.int(),
    reason: callErrorSchema,
    delay_ms: z.number(),
    usage: usageSchema.nullable(),
  }),
  /**
   * Told of calls that do more than read, before their source has them: what such a call does may
   * have happened from now on, whatever else is known of it.
   */
  z.object({ type: z.literal('call_admitted'), ...ofCall, attempt: z.int() }),
  z.object({ type: z.literal('call_start'), ...ofCall, attempt: z.int(), queued_by: queuedBySchema }),
  z.object({
    type: z.literal('attempt_end'),
    ...ofCall,
    attempt: z.int(),
    error: callErrorSchema.nullable(),
    /** Pause before the next attempt; null where there is none. */
    backoff_ms: z.number().nullable(),
  }),
  /** Answered as still running, so that the model can go on; its outcome comes later. */
  z.object({ type: z.literal('call_pending'), ...ofCall }),
  z.object({ type: z.literal('call_end'), ...ofCall, outcome: outcomeSchema }),
  /** Written before the request that sends these results, in the model's order. */
  z.object({
    type: z.literal('results'),
    ...inTurn,
    call_ids: z.array(z.string()),
    pending_ids: z.array(z.string()),
    late_ids: z.array(z.string()),
    /** Text of ours behind the results: the nudge after an empty message, or why one could not be read. */
    note: z.string().nullable(),
  }),
  /** The breaker of a tool has changed; `failures` in a row opened it. */
  z.object({
    type: z.literal('policy_change'),
    ...common,
    tool: z.string(),
    policy: z.literal('breaker'),
    state: z.enum(['open', 'half_open', 'closed']),
    failures: z.int(),
  }),
  z.object({ type: z.literal('limit'), ...common, limit: z.string(), message: z.string() }),
  z.object({
    type: z.literal('run_end'),
    ...common,
    status: runStatusSchema,
    exit_code: z.int(),
    answer: z.string().nullable(),
    structured: jsonValueSchema,
    error: runErrorSchema.nullable(),
    /** Tokens of a last attempt that never became a message. */
    usage: usageSchema.nullable(),
  }),
])

export type AgentEvent = z.infer<typeof agentEventSchema>
export type AgentEventType = AgentEvent['type']
export type QueuedBy = z.infer<typeof queuedBySchema>
export type RunError = z.infer<typeof runErrorSchema>
export type RunStatus = z.infer<typeof runStatusSchema>

type WithoutStamp<E> = E extends unknown ? Omit<E, 'seq' | 'at_ms'> : never
/** What is told to the bus, which stamps `seq` and `at_ms`. */
export type EventBody = WithoutStamp<AgentEvent>
/** The one member of the union with this type. */
export type EventOf<T extends AgentEventType> = Extract<AgentEvent, { type: T }>
