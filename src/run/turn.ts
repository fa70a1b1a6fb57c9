/**
 * One attempt at a turn's message: streams it, and submits its calls while it streams. It decides
 * nothing about the run: what the message means is run.ts's, whether it is asked again turn-retry.ts's.
 */

import type { Clock } from '../contract/clock.ts'
import type { EventBody } from '../contract/event.ts'
import type { JsonObject } from '../contract/json.ts'
import type { AssistantMessage, ContentBlock } from '../contract/message.ts'
import { isToolUseBlock } from '../contract/message.ts'
import type { Model, ModelFault, ModelPart, ModelRequest } from '../contract/model.ts'
import type { Tool } from '../contract/tool.ts'
import type { Call } from '../schedule/call.ts'
import { MessageGate } from '../schedule/call.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { KeptCalls } from './kept-calls.ts'
import { callKey } from './kept-calls.ts'

export type TurnDeps = {
  model: Model
  scheduler: Scheduler
  findTool: (name: string) => Tool | undefined
  emit: (event: EventBody) => void
  clock: Clock
  /** Ids of all calls of the run so far. A server that counts from 0 in every message says one twice. */
  callIds: Set<string>
}

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
      if (same.input !== input && callKey(same.name, same.input) !== callKey(name, input)) conflict = id
      return
    }
    const taken = rawInput === null ? kept.take(name, input) : undefined
    const takes_over = taken?.id ?? null
    const tool = findTool(name)
    const call_id = newId(id, deps.callIds)
    // Before it is told: whoever hears of it may end the call, and it ends under the name that was told.
    if (taken !== undefined) taken.id = call_id
    emit({
      type: 'call_ready',
      turn,
      call_id,
      tool: name,
      source: tool?.source ?? null,
      effect: tool?.effect ?? null,
      priority: tool?.policy.priority ?? 'normal',
      input,
      raw_input: rawInput,
      takes_over,
    })
    calls.set(id, taken ?? scheduler.submit({ id: call_id, turn, name, tool, input, rawInput }, gate))
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
  if (conflict !== null) return { type: 'conflict', id: conflict, message, calls: [...calls.values()], gate }
  const own = withOwnIds(message, calls)
  const byId = new Map([...calls.values()].map((call) => [call.id, call]))
  const inOrder = own.content.filter(isToolUseBlock).flatMap(({ id }) => byId.get(id) ?? [])
  return { type: 'message', message: own, calls: inOrder, gate, firstTokenMs }
}

function newId(id: string, taken: Set<string>): string {
  let free = id
  for (let count = 2; taken.has(free); count += 1) free = `${id}_${count}`
  taken.add(free)
  return free
}

/**
 * The message as it goes back: each call under the id that is its own in the whole conversation, and
 * once, because a call that is there twice, id and all, is one call.
 */
function withOwnIds(message: AssistantMessage, calls: ReadonlyMap<string, Call>): AssistantMessage {
  const seen = new Set<string>()
  const content = message.content.flatMap((block): ContentBlock[] => {
    if (!isToolUseBlock(block)) return [block]
    if (seen.has(block.id)) return []
    seen.add(block.id)
    return [{ ...block, id: calls.get(block.id)?.id ?? block.id }]
  })
  const raws = Object.entries(message.raw_inputs).map(([id, raw]) => [calls.get(id)?.id ?? id, raw])
  return { ...message, content, raw_inputs: Object.fromEntries(raws) }
}
