/**
 * The JSON document of a run (version 1): its shape. transcript-fold.ts makes it from events. Every
 * key is always there; what is unknown is null or []. Import types with `import type`.
 */
import * as z from 'zod'
import {
  callErrorSchema,
  effectSchema,
  jsonValueSchema,
  messageSchema,
  prioritySchema,
  queuedBySchema,
  runErrorSchema,
  runStatusSchema,
  usageSchema,
} from './event.ts'
import { FAILURES } from './outcome.ts'

const instant = z.number().nullable()

export const toolCallSchema = z.object({
  id: z.string(),
  tool: z.string(),
  source: z.string().nullable(),
  effect: effectSchema.nullable(),
  priority: prioritySchema,
  input: z.record(z.string(), jsonValueSchema),
  raw_input: z.string().nullable(),
  /** The outcome; null only in a document of a run that is still going on. */
  status: z.enum(['ok', ...FAILURES]).nullable(),
  output: jsonValueSchema,
  error: callErrorSchema.nullable(),
  output_bytes: z.number().nullable(),
  truncated: z.boolean(),
  timing: z.object({
    ready_ms: instant,
    started_ms: instant,
    ended_ms: instant,
    queued_ms: instant,
    duration_ms: instant,
    overlap_ms: instant,
    /** When it was answered as still running; null: it never was. */
    pending_ms: instant,
  }),
  queued_by: queuedBySchema,
  attempts: z.array(
    z.object({
      attempt: z.int(),
      started_ms: z.number(),
      duration_ms: instant,
      error: callErrorSchema.nullable(),
      backoff_ms: instant,
    }),
  ),
})

export const turnSchema = z.object({
  turn: z.int(),
  started_ms: z.number(),
  first_token_ms: instant,
  ended_ms: instant,
  duration_ms: instant,
  attempts: z.int(),
  stop_reason: z.string().nullable(),
  text: z.string(),
  usage: usageSchema,
  tool_calls: z.array(toolCallSchema),
  dropped_calls: z.array(toolCallSchema),
})

export const transcriptSchema = z.object({
  version: z.literal(1),
  run_id: z.string().nullable(),
  status: runStatusSchema,
  exit_code: z.int(),
  question: z.string().nullable(),
  model: z.string().nullable(),
  started_at: z.string().nullable(),
  duration_ms: instant,
  answer: z.string().nullable(),
  structured: jsonValueSchema,
  error: runErrorSchema.nullable(),
  turns: z.array(turnSchema),
  totals: z.object({
    turns: z.int(),
    tool_calls: z.int(),
    tool_errors: z.int(),
    tool_denied: z.int(),
    model_ms: z.number(),
    tool_ms: z.number(),
    tool_wall_ms: z.number(),
    overlap_ms: z.number(),
    concurrency_peak: z.int(),
    speedup: instant,
  }),
  usage: usageSchema.extend({ cost_usd: instant }),
  /** In the order in which they happened. */
  policy_changes: z.array(
    z.object({
      at_ms: z.number(),
      tool: z.string(),
      policy: z.literal('breaker'),
      state: z.enum(['open', 'half_open', 'closed']),
      failures: z.int(),
    }),
  ),
  messages: z.array(messageSchema),
})

export type ToolCallRecord = z.infer<typeof toolCallSchema>
export type TurnRecord = z.infer<typeof turnSchema>
export type Transcript = z.infer<typeof transcriptSchema>
