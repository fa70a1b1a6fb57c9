/**
 * One attempt at a turn's message: streams it, and submits its calls while it streams. It decides
 * nothing about the run: what the message means is run.ts's, whether it is asked again turn-retry.ts's.
 */

import type { Clock } from '../contract/clock.ts'
import type { EventBody } from '../contract/event.ts'
import type { JsonObject } from '../contract/json.ts'
import { canonicalJson } from '../contract/json.ts'
import type { AssistantMessage, ContentBlock, ToolUseBlock } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'
import type { Model, ModelFault, ModelPart, ModelRequest } from '../contract/model.ts'
import type { Tool } from '../contract/tool.ts'
import type { Call } from '../schedule/call.ts'
import { MessageGate } from '../schedule/call.ts'
import type { Scheduler } from '../schedule/scheduler.ts'

export type TurnDeps = {
  model: Model
  scheduler: Scheduler
  findTool: (name: string) => Tool | undefined
  emit: (event: EventBody) => void
  clock: Clock
}

/** Calls of dropped messages that have started: the message asked again may take them over. */
export type KeptCalls = Call[]

export type AttemptEnd =
  | { type: 'message'; message: AssistantMessage; calls: Call[]; gate: MessageGate; firstTokenMs: number | null }
  | { type: 'fault'; fault: ModelFault; calls: Call[]; gate: MessageGate }
  /** One id, two inputs: nobody can say which one a result would answer. */
  | { type: 'conflict'; id: string; message: AssistantMessage; calls: Call[]; gate: MessageGate }

export async function attemptTurn(
  deps: TurnDeps,
  turn: number,
  request: ModelRequest,
  kept: KeptCalls,
  signal: AbortSignal,
): Promise<AttemptEnd> {
  const { model, scheduler, findTool, emit, clock } = deps
  const gate = new MessageGate()
  const calls = new Map<string, Call>()
  let conflict: string | null = null
  let firstTokenMs: number | null = null

  function submit(id: string, name: string, input: JsonObject, rawInput: string | null): void {
    const same = calls.get(id)
    if (same !== undefined) {
      if (callKey(same.name, same.input) !== callKey(name, input)) conflict = id
      return
    }
    const taken = rawInput === null ? takeKept(kept, name, input) : undefined
    const tool = findTool(name)
    emit({
      type: 'call_ready',
      turn,
      call_id: id,
      tool: name,
      source: tool?.source ?? null,
      effect: tool?.effect ?? null,
      priority: tool?.policy.priority ?? 'normal',
      input,
      raw_input: rawInput,
      takes_over: taken?.id ?? null,
    })
    if (taken !== undefined) taken.id = id
    calls.set(id, taken ?? scheduler.submit({ id, turn, name, tool, input, rawInput }, gate))
  }

  function onPart(part: ModelPart): void {
    firstTokenMs ??= clock.now()
    if (part.type === 'text_delta') emit({ type: 'text_delta', turn, text: part.text })
    else if (part.type === 'call_ready') submit(part.call.id, part.call.name, part.call.input, null)
  }

  const reply = await model.ask(request, onPart, signal)
  if (reply.type === 'fault') return { type: 'fault', fault: reply.fault, calls: [...calls.values()], gate }
  const { message } = reply
  // What the stream could not call ready (its input is no JSON) is known now, with the whole message.
  for (const block of message.content.filter(isToolUseBlock)) {
    submit(block.id, block.name, block.input, message.raw_inputs[block.id] ?? null)
  }
  const inOrder = uniqueCalls(message.content).flatMap(({ id }) => calls.get(id) ?? [])
  if (conflict !== null) return { type: 'conflict', id: conflict, message, calls: inOrder, gate }
  const whole = { ...message, content: withoutRepeats(message.content) }
  return { type: 'message', message: whole, calls: inOrder, gate, firstTokenMs }
}

function takeKept(kept: KeptCalls, name: string, input: JsonObject): Call | undefined {
  const key = callKey(name, input)
  const index = kept.findIndex((call) => callKey(call.name, call.input) === key)
  return index === -1 ? undefined : kept.splice(index, 1)[0]
}

function callKey(name: string, input: JsonObject): string {
  return `${name} ${canonicalJson(input)}`
}

function uniqueCalls(content: readonly ContentBlock[]): ToolUseBlock[] {
  return withoutRepeats(content).filter(isToolUseBlock)
}

/** The same call twice, id and all, is one call; sent back twice it would be refused. */
function withoutRepeats(content: readonly ContentBlock[]): ContentBlock[] {
  const seen = new Set<string>()
  return content.filter((block) => {
    if (!isToolUseBlock(block)) return true
    if (seen.has(block.id)) return false
    seen.add(block.id)
    return true
  })
}
