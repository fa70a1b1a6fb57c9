/**
 * A transcript as a recording. It holds the conversation and every call with its times, but neither
 * the system prompt nor the tools that were offered, so those are not compared; texts come all at
 * once at the first token, and a message that was asked for several times comes at its last attempt.
 */
import type { RecordedCall, Recording, ReplayedExchange } from '../contract/cassette.ts'
import { EXIT } from '../contract/error.ts'
import type { JsonValue } from '../contract/json.ts'
import type { ContentBlock, Message } from '../contract/message.ts'
import { isToolUseBlock, messageText } from '../contract/message.ts'
import type { FaultKind, ModelFault, ModelPart } from '../contract/model.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure, permanentFailure } from '../contract/outcome.ts'
import type { ToolCallRecord, Transcript, TurnRecord } from '../contract/transcript.ts'

/** As the largest of the models; only a message that was cut off looks at it. */
const MAX_OUTPUT_TOKENS = 128_000

export function recordingOfTranscript(transcript: Transcript & { model: string }): Recording {
  const { model, turns, messages } = transcript
  const exchanges: ReplayedExchange[] = []
  let at = 0
  for (const turn of turns) {
    const place = messages.findIndex(({ role }, index) => index >= at && role === 'assistant')
    const found = place === -1 ? undefined : messages[place]
    const content = found !== undefined && isOfTurn(found.content, turn) ? found.content : null
    const exchange = exchangeOf(turn, content, content === null ? null : messages.slice(0, place), transcript)
    if (exchange !== null) exchanges.push(exchange)
    if (content !== null) at = place + 1
  }
  const calls = turns.flatMap(({ dropped_calls, tool_calls }) => [...dropped_calls, ...tool_calls])
  return {
    model,
    maxOutputTokens: MAX_OUTPUT_TOKENS,
    exchanges,
    calls: calls.flatMap((call) => attemptsOf(call, messages)),
  }
}

/** An empty message is not in the conversation: what stands next there is another turn's. */
function isOfTurn(content: readonly ContentBlock[], { text, tool_calls }: TurnRecord): boolean {
  const ids = content.filter(isToolUseBlock).map(({ id }) => id)
  const compact = (value: string) => value.replace(/\s+/g, '')
  return (
    compact(messageText(content)) === compact(text) &&
    ids.length === tool_calls.length &&
    tool_calls.every(({ id }) => ids.includes(id))
  )
}

/** @returns null where the turn had no reply: the recording ends before it */
function exchangeOf(
  turn: TurnRecord,
  content: ContentBlock[] | null,
  sent: readonly Message[] | null,
  transcript: Transcript & { model: string },
): ReplayedExchange | null {
  const reply =
    turn.stop_reason === null && content === null
      ? faultReply(turn, transcript)
      : messageReply(turn, content ?? [], transcript.model)
  if (reply === null) return null
  const since = (instant: number | null) => Math.max(0, (instant ?? turn.started_ms) - turn.started_ms)
  const said: ModelPart[] = turn.text === '' ? [] : [{ type: 'text_delta', text: turn.text }]
  const ready = turn.tool_calls.filter(({ raw_input }) => raw_input === null)
  const first: ModelPart = { type: 'first_token' }
  return {
    at_ms: turn.started_ms,
    request: { model: transcript.model, ...(sent !== null && { messages: asJson(sent) }) },
    compared: sent === null ? ['model'] : ['model', 'messages'],
    parts: [
      ...(reply.type === 'fault' ? [] : [first, ...said]).map((part) => ({
        after_ms: since(turn.first_token_ms),
        part,
      })),
      ...ready.map(({ id, tool, input, timing }) => ({
        after_ms: since(timing.ready_ms),
        part: { type: 'call_ready' as const, call: { id, name: tool, input } },
      })),
    ],
    ended_after_ms: since(turn.ended_ms),
    reply,
  }
}

function messageReply({ turn, stop_reason, usage, tool_calls }: TurnRecord, content: ContentBlock[], model: string) {
  const raws = tool_calls.flatMap(({ id, raw_input }) => (raw_input === null ? [] : [[id, raw_input] as const]))
  const message = { id: `msg_replay_${turn}`, model, content, stop_reason, usage, raw_inputs: Object.fromEntries(raws) }
  return { type: 'message' as const, message }
}

/** Of the service's own faults; where the run was ended from outside there was no reply. */
function faultReply({ usage }: TurnRecord, { error, exit_code }: Transcript) {
  const kinds = new Map<number, FaultKind>([
    [EXIT.account, 'account'],
    [EXIT.rejected, 'rejected'],
    [EXIT.unavailable, 'unavailable'],
  ])
  const kind = kinds.get(exit_code)
  if (kind === undefined || error === null) return null
  const none = { retryable: false, retryAfterMs: null, status: null, requestId: null }
  const fault: ModelFault = { kind, ...error, ...none, usage }
  return { type: 'fault' as const, fault }
}

/** Outcomes that the run itself gives, without asking the tool. */
const NOT_OF_THE_TOOL: readonly (string | null)[] = ['denied', 'not_started', 'unknown_tool', 'circuit_open']

function attemptsOf(call: ToolCallRecord, messages: readonly Message[]): RecordedCall[] {
  const { id, tool, input, status, timing } = call
  const last = call.attempts.at(-1)
  const common = { tool, call_id: id, input }
  // One that no failure ended, and that another followed, was lost with the run that went on without it.
  const before = call.attempts.slice(0, -1).flatMap(({ attempt, started_ms, duration_ms, error }): RecordedCall[] => {
    if (error === null) return []
    const outcome = failure(error.code === 'timeout' ? 'timed_out' : 'failed', error.code, error.message)
    return [{ ...common, attempt, at_ms: started_ms, started_after_ms: 0, ended_after_ms: duration_ms ?? 0, outcome }]
  })
  if (NOT_OF_THE_TOOL.includes(status)) return before
  const at_ms = last?.started_ms ?? timing.ready_ms ?? 0
  const ended_after_ms = last?.duration_ms ?? 0
  const started_after_ms = last === undefined ? null : 0
  return [
    ...before,
    {
      ...common,
      attempt: last?.attempt ?? 1,
      at_ms,
      started_after_ms,
      ended_after_ms,
      outcome: outcomeOf(call, messages),
    },
  ]
}

function outcomeOf(call: ToolCallRecord, messages: readonly Message[]): Outcome | null {
  const { id, status, output, error, output_bytes, truncated } = call
  if (status === null || status === 'skipped' || status === 'canceled') return null
  // Its deadline is the run's to keep, over all attempts.
  if (status === 'timed_out' && error?.code === 'deadline') return null
  // It was the last attempt, for whatever reason.
  if (status === 'failed') return permanentFailure(error?.code ?? status, error?.message ?? status)
  if (status !== 'ok') return failure(status, error?.code ?? status, error?.message ?? status)
  const content = blocksOf(id, messages)
  return { status, output, output_bytes: output_bytes ?? 0, truncated, ...(content !== null && { content }) }
}

/** Images and the like stand in the conversation only. */
function blocksOf(id: string, messages: readonly Message[]): ContentBlock[] | null {
  const results = messages.flatMap(({ content }) => content).filter((block) => block.type === 'tool_result')
  const result = results.find((block) => 'tool_use_id' in block && block.tool_use_id === id)
  // A block's other keys are JSON; what a result holds is text or blocks.
  const content = result !== undefined && 'content' in result ? (result.content as string | ContentBlock[]) : null
  return Array.isArray(content) ? content : null
}

function asJson(messages: readonly Message[]): JsonValue {
  // Messages are JSON by construction; a readonly array is no JsonValue for the compiler.
  return messages as unknown as JsonValue
}
