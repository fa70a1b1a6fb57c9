/**
 * Lets a model without native tool use call tools: wraps any Model, tells it of the tools in the
 * system prompt, sends the conversation as text and reads calls out of the text of its answer. What
 * comes out is what a model with native tool use would have said: the same parts, blocks and stop
 * reasons. It never asks again, and what the wrapped model's faults mean it leaves to others.
 */
import type { AssistantMessage, ContentBlock, Message, ToolUseBlock } from '../contract/message.ts'
import { isTextBlock, isToolUseBlock, messageText } from '../contract/message.ts'
import type { Model, ModelPart, ModelRequest } from '../contract/model.ts'
import { UNREADABLE_CALLS_STOP_REASON } from '../contract/model.ts'
import type { UnreadableRest } from './fence-parser.ts'
import { openFenceParser } from './fence-parser.ts'
import type { WrittenMessages } from './text-conversation.ts'
import { openWrittenMessages, textConversation } from './text-conversation.ts'
import { NO_CALLS_NOW, toolPrompt } from './text-prompt.ts'
import type { WrittenCall } from './written-call.ts'

/** The message ended by itself, so whole calls in it were meant as such. */
const WHOLE: readonly (string | null)[] = ['end_turn', 'stop_sequence', 'tool_use']
/** Stands for the name of a call that was cut before it. */
const NO_NAME = 'unknown'

/** @param inner  takes the same requests, without tools; it is closed with this one */
export function openTextProtocol(inner: Model): Model {
  const written = openWrittenMessages()
  let asked = 0

  return {
    name: inner.name,
    maxOutputTokens: inner.maxOutputTokens,
    async ask(request, onPart, signal) {
      const text = textRequest(request, written)
      asked = nextFree(asked + 1, request.messages)
      const callable = request.tools.length > 0 && request.toolChoice === 'auto'
      const reading = openReading(`${ID}${asked}_`, onPart, callable)
      const reply = await inner.ask(text, reading.onPart, signal)
      if (reply.type === 'fault') return reply
      const message = reading.end(reply.message)
      if (message.content !== reply.message.content) written.remember(message.content, reply.message.content)
      return { type: 'message', message }
    },
    preview: (request) => inner.preview(textRequest(request, written)),
    close: () => inner.close(),
  }
}

function textRequest(request: ModelRequest, written: WrittenMessages): ModelRequest {
  const { system, tools, toolChoice, answer } = request
  const messages = textConversation(request.messages, written)
  const prompt = [system, toolPrompt(tools), answer?.words ?? ''].filter((text) => text !== '').join('\n\n')
  const plain: ModelRequest = { ...request, system: prompt, messages, tools: [], toolChoice: 'auto', answer: null }
  if (tools.length === 0 || toolChoice === 'auto') return plain
  // Behind the conversation, not in the system prompt, which the server has cached; a message of the
  // model's that only paused must stay the last one.
  const last = messages.at(-1)
  if (last?.role !== 'user') return { ...plain, system: `${prompt}\n\n${NO_CALLS_NOW}` }
  const told: Message = { role: 'user', content: [...last.content, { type: 'text', text: NO_CALLS_NOW }] }
  return { ...plain, messages: [...messages.slice(0, -1), told] }
}

const ID = 'toolu_text_'

/** A number whose ids no call of the conversation has: the calls of a run that goes on keep theirs. */
function nextFree(number: number, messages: readonly Message[]): number {
  const ids = messages.flatMap(({ content }) => content.filter(isToolUseBlock)).map(({ id }) => id)
  let free = number
  while (ids.some((id) => id.startsWith(`${ID}${free}_`))) free += 1
  return free
}

/** Reads one message: its parts as they come, then the whole. */
function openReading(idPrefix: string, tell: (part: ModelPart) => void, callable: boolean) {
  const calls: { block: ToolUseBlock; rawInput: string | null }[] = []
  let read = ''
  let shown = ''
  const parser = openFenceParser((part) => {
    if (part.type === 'text') {
      shown += part.text
      tell({ type: 'text_delta', text: part.text })
    } else addCall(part.call)
  }, callable)

  function addCall({ name, input, rawInput }: WrittenCall): void {
    const id = `${idPrefix}${calls.length + 1}`
    calls.push({ block: { type: 'tool_use', id, name, input }, rawInput })
    // As in native tool use: what has no readable input is a call only once the message has ended.
    if (rawInput === null) tell({ type: 'call_ready', call: { id, name, input } })
  }

  function onPart(part: ModelPart): void {
    if (part.type === 'text_delta') {
      read += part.text
      parser.push(part.text)
    } else tell(part)
  }

  function end(message: AssistantMessage): AssistantMessage {
    const text = messageText(message.content)
    if (text.startsWith(read)) parser.push(text.slice(read.length))
    const whole = WHOLE.includes(message.stop_reason)
    const rest = parser.end(whole)
    const unreadable = whole ? rest : null
    if (rest !== null && !whole) addCut(rest)
    if (calls.length === 0 && unreadable === null && shown === text) return message
    const told = unreadable === null ? shown : shown + unreadable.text
    return { ...message, ...readAs(unreadable), content: contentOf(message, told), raw_inputs: rawInputs(message) }

    function readAs(unread: UnreadableRest | null): Partial<AssistantMessage> {
      if (unread !== null) return { stop_reason: UNREADABLE_CALLS_STOP_REASON, unreadable: unread.reason }
      return whole && calls.length > 0 ? { stop_reason: 'tool_use' } : {}
    }
  }

  /** Told apart from prose, so that the turn is asked again for more tokens, as in native tool use. */
  function addCut({ toolName, text }: UnreadableRest): void {
    addCall({ name: toolName ?? NO_NAME, input: {}, rawInput: text })
  }

  /** Reasoning and the like keep their place in front. */
  function contentOf({ content }: AssistantMessage, text: string): ContentBlock[] {
    const first = content.findIndex(isTextBlock)
    const others = (some: readonly ContentBlock[]) => some.filter((block) => !isTextBlock(block))
    const said: ContentBlock[] = text.trim() === '' ? [] : [{ type: 'text', text }]
    const blocks = calls.map(({ block }) => block)
    return [...others(content.slice(0, first)), ...said, ...blocks, ...others(content.slice(first))]
  }

  function rawInputs({ raw_inputs }: AssistantMessage): AssistantMessage['raw_inputs'] {
    const raws = calls.flatMap(({ block, rawInput }) => (rawInput === null ? [] : [[block.id, rawInput] as const]))
    return { ...raw_inputs, ...Object.fromEntries(raws) }
  }

  return { onPart, end }
}
