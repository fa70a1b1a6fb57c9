/**
 * A recorded run: each request to the model with its reply, each attempt of a tool with its outcome,
 * and when they came. Its shape in the file, version 1. Who records and who answers from it are
 * models/recording.ts, models/replay.ts and src/cassette. Import types with `import type`.
 */
import * as z from 'zod'
import { assistantMessageSchema, outcomeSchema, usageSchema } from './event.ts'
import type { ModelPart } from './model.ts'

const jsonObject = z.record(z.string(), z.json())

const part: z.ZodType<ModelPart> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('first_token') }),
  z.object({ type: z.literal('text_delta'), text: z.string() }),
  z.object({
    type: z.literal('call_ready'),
    call: z.object({ id: z.string(), name: z.string(), input: jsonObject }),
  }),
])

const fault = z.object({
  kind: z.enum(['unavailable', 'account', 'rejected', 'aborted']),
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable(),
  retryable: z.boolean(),
  retryAfterMs: z.number().nullable(),
  status: z.number().nullable(),
  requestId: z.string().nullable(),
  usage: usageSchema.nullable(),
})

export const exchangeSchema = z.object({
  /** When it was asked, since the start of the run. */
  at_ms: z.number(),
  /** As the Messages API takes it, whatever protocol the model was asked by. */
  request: jsonObject,
  /** Times since the request. */
  parts: z.array(z.object({ after_ms: z.number(), part })),
  ended_after_ms: z.number(),
  reply: z.discriminatedUnion('type', [
    z.object({ type: z.literal('message'), message: assistantMessageSchema }),
    z.object({ type: z.literal('fault'), fault }),
  ]),
})

/** One attempt of a call. */
export const recordedCallSchema = z.object({
  tool: z.string(),
  call_id: z.string(),
  attempt: z.int(),
  input: jsonObject,
  /** When its source got it, since the start of the run. */
  at_ms: z.number(),
  /** When the tool itself began; null: it never did. This and the next are counted from `at_ms`. */
  started_after_ms: z.number().nullable(),
  ended_after_ms: z.number(),
  /** null: it was canceled before it had one. */
  outcome: outcomeSchema.nullable(),
})

export const cassetteSchema = z.object({
  cassette: z.literal(1),
  /** Of the program that recorded it. */
  version: z.string(),
  recorded_at: z.string(),
  question: z.string(),
  model: z.string(),
  max_output_tokens: z.number(),
  exchanges: z.array(exchangeSchema),
  tool_calls: z.array(recordedCallSchema),
})

export type Exchange = z.infer<typeof exchangeSchema>
export type RecordedCall = z.infer<typeof recordedCallSchema>
export type Cassette = z.infer<typeof cassetteSchema>

/** What of a request is compared; a limit of tokens or a cache changes no conversation. */
export type RequestKey = 'model' | 'system' | 'tools' | 'messages' | 'output_config.format'
export const REQUEST_KEYS: readonly RequestKey[] = ['model', 'system', 'tools', 'messages', 'output_config.format']

/** An exchange to answer from: a transcript knows less of its requests than a cassette does. */
export type ReplayedExchange = Exchange & { compared: readonly RequestKey[] }

export type Recording = {
  model: string
  maxOutputTokens: number
  exchanges: readonly ReplayedExchange[]
  calls: readonly RecordedCall[]
}
