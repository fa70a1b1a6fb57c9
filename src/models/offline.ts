/**
 * The offline model: a small deterministic planner that implements `Model`, for trying the command,
 * for wiring tests of one's own tools, and for CI without a key. It is no language model; the
 * command says so on stderr, the transcript by the name. It touches no network, no clock and no
 * chance: the same request gives the same reply.
 */
import { isUnfitNote } from '../contract/answer-note.ts'
import type { JsonObject } from '../contract/json.ts'
import type { AssistantMessage, ContentBlock } from '../contract/message.ts'
import { isTextBlock, isToolResultBlock, messageText, NO_USAGE } from '../contract/message.ts'
import type { AnswerForm, Model, ModelPart, ModelReply, ModelRequest } from '../contract/model.ts'
import { ABORTED_REPLY, NO_FIT_STOP_REASON, NO_PLAN_STOP_REASON, OFFLINE_MODEL } from '../contract/model.ts'
import { sentTool } from '../contract/sent-tool.ts'
import { answerFromResults, givenResults, hasResults } from './offline-answer.ts'
import type { PlannedCall } from './offline-explicit.ts'
import { planCalls } from './offline-plan.ts'

export function openOffline(): Model {
  return {
    name: OFFLINE_MODEL,
    maxOutputTokens: 128_000,
    async ask(request, onPart, signal) {
      // like a real model's, the parts come after `ask` has returned
      await Promise.resolve()
      if (signal.aborted) return ABORTED_REPLY
      const reply = await replyTo(request)
      return stream(reply, turnOf(request), onPart)
    },
    preview: (request) => previewOf(request),
    close: () => Promise.resolve(),
  }
}

type Reply = { text: string; calls: PlannedCall[]; stopReason: string }

async function replyTo(request: ModelRequest): Promise<Reply> {
  // It has no other answer, and whoever reads it is told again what is wrong with this one.
  if (request.messages.at(-1)?.content.some(isUnfitNote))
    return said(messageText(request.messages.at(-2)?.content ?? []))
  if (hasResults(request.messages) || request.toolChoice === 'none') {
    const answer = answerFromResults(request.messages)
    if (answer !== null) return request.answer === null ? said(answer) : dataReply(request.answer, request, answer)
    return { text: 'No tool has answered, so there is nothing to say.', calls: [], stopReason: NO_PLAN_STOP_REASON }
  }
  const plan = planCalls(questionOf(request), request.tools)
  if (plan.type === 'calls') return { text: '', calls: plan.calls, stopReason: 'tool_use' }
  return { text: `${plan.reason}\n${whatCanBeAsked(request)}`, calls: [], stopReason: NO_PLAN_STOP_REASON }
}

function said(text: string): Reply {
  return { text, calls: [], stopReason: 'end_turn' }
}

/** Loaded only where the answer is to be data. */
async function dataReply({ schema }: AnswerForm, { messages }: ModelRequest, prose: string): Promise<Reply> {
  const { fillAnswer } = await import('./offline-data.ts')
  const filled = fillAnswer(schema, givenResults(messages), prose)
  if (filled.type === 'filled') return said(JSON.stringify(filled.value))
  const text = `The tool results do not fill the schema: ${filled.reason}.\n${prose}`
  return { text, calls: [], stopReason: NO_FIT_STOP_REASON }
}

/** Of several, where a conversation goes on, the last. Context and files come before it, so it is the last text. */
function questionOf({ messages }: ModelRequest): string {
  const asked = messages.findLast(({ role, content }) => role === 'user' && !content.some(isToolResultBlock))
  return asked?.content.findLast(isTextBlock)?.text ?? ''
}

function whatCanBeAsked({ tools }: ModelRequest): string {
  if (tools.length === 0) return 'There are no tools in this run.'
  const names = tools.map((tool) => (tool.effect === 'read' ? tool.name : `${tool.name} (${tool.effect})`)).join(', ')
  return `The offline model only picks tools by their words. Tools: ${names}. Any of them runs as NAME({"parameter": "value"}).`
}

function turnOf({ messages }: ModelRequest): number {
  return messages.filter(({ role }) => role === 'assistant').length + 1
}

/** The same parts in the same order as from the real model; all calls in one tick. */
function stream({ text, calls, stopReason }: Reply, turn: number, onPart: (part: ModelPart) => void): ModelReply {
  const ready = calls.map(({ name, input }, index) => ({ id: `toolu_offline_${turn}_${index + 1}`, name, input }))
  const content: ContentBlock[] = ready.map((call) => ({ type: 'tool_use', ...call }))
  if (text !== '') content.unshift({ type: 'text', text })
  onPart({ type: 'first_token' })
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) onPart({ type: 'text_delta', text: line })
  for (const call of ready) onPart({ type: 'call_ready', call })
  const message: AssistantMessage = {
    id: `msg_offline_${turn}`,
    model: OFFLINE_MODEL,
    content,
    stop_reason: stopReason,
    usage: NO_USAGE,
    raw_inputs: {},
  }
  return { type: 'message', message }
}

function previewOf({ system, messages, tools, maxTokens, toolChoice, answer }: ModelRequest): JsonObject {
  // message blocks are JSON by their definition; the copy drops what is undefined
  return JSON.parse(
    JSON.stringify({
      model: OFFLINE_MODEL,
      max_tokens: maxTokens,
      system,
      messages,
      tools: tools.map(sentTool),
      tool_choice: { type: toolChoice },
      ...(answer !== null && { output_config: { format: { type: 'json_schema', schema: answer.schema } } }),
    }),
  ) as JsonObject
}
