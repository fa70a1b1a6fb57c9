/**
 * A run in this process: the real loop and scheduler between a model that the test scripts message
 * by message and puppet tools.
 */
import type { Clock } from '../../src/contract/clock.ts'
import { systemClock } from '../../src/contract/clock.ts'
import type { OnError, RunPolicies } from '../../src/contract/config.ts'
import type { AgentEvent } from '../../src/contract/event.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { AssistantMessage, ContentBlock } from '../../src/contract/message.ts'
import { isToolUseBlock, NO_USAGE } from '../../src/contract/message.ts'
import type { Model, ModelFault, ModelPart, ModelReply, ModelRequest } from '../../src/contract/model.ts'
import type { AskConsent } from '../../src/contract/permission.ts'
import { permissionOf } from '../../src/contract/permission.ts'
import type { Tool } from '../../src/contract/tool.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { Slots } from '../../src/policies/slots.ts'
import { openBus } from '../../src/run/bus.ts'
import { questionMessage } from '../../src/run/question.ts'
import type { RunOptions } from '../../src/run/run.ts'
import { run } from '../../src/run/run.ts'
import { Scheduler } from '../../src/schedule/scheduler.ts'

/** One message of the model, as the test writes it. */
export type Scripted = (stream: {
  request: ModelRequest
  onPart: (part: ModelPart) => void
  signal: AbortSignal
}) => ModelReply | Promise<ModelReply>

export function text(value: string): ContentBlock {
  return { type: 'text', text: value }
}

export function toolUse(id: string, name: string, input: JsonObject = {}): ContentBlock {
  return { type: 'tool_use', id, name, input }
}

export function message(content: ContentBlock[], overrides: Partial<AssistantMessage> = {}): ModelReply {
  const stop_reason = content.some(isToolUseBlock) ? 'tool_use' : 'end_turn'
  const usage = { ...NO_USAGE, input_tokens: 10, output_tokens: 1 }
  const whole = { id: 'msg', model: 'scripted', content, stop_reason, usage, raw_inputs: {}, ...overrides }
  return { type: 'message', message: whole }
}

/** Streams the blocks of a message, calls as they become ready, and then the whole. */
export function says(content: ContentBlock[], overrides: Partial<AssistantMessage> = {}): Scripted {
  return ({ onPart }) => {
    onPart({ type: 'first_token' })
    for (const block of content) {
      if (block.type === 'text') onPart({ type: 'text_delta', text: String(block['text' as keyof typeof block]) })
      if (isToolUseBlock(block) && overrides.raw_inputs?.[block.id] === undefined) {
        onPart({ type: 'call_ready', call: { id: block.id, name: block.name, input: block.input } })
      }
    }
    return message(content, overrides)
  }
}

export function fault(overrides: Partial<ModelFault> = {}): ModelReply {
  return {
    type: 'fault',
    fault: {
      kind: 'unavailable',
      code: 'overloaded_error',
      message: 'overloaded',
      hint: null,
      retryable: true,
      retryAfterMs: null,
      status: 529,
      requestId: null,
      usage: null,
      ...overrides,
    },
  }
}

export type RunResult = { transcript: Transcript; events: AgentEvent[]; requests: ModelRequest[] }

export type RunSetup = {
  script: Scripted[]
  tools?: Tool[]
  clock?: Clock
  concurrency?: number
  signal?: AbortSignal
  options?: Partial<RunOptions>
  onEvent?: (event: AgentEvent) => void
  askConsent?: AskConsent
  onError?: OnError
  policies?: Partial<RunPolicies>
}

const NO_POLICIES: RunPolicies = {
  onError: 'collect',
  earlyResultsMs: null,
  answerByMs: null,
  optionalGraceMs: 250,
  maxTotalTokens: null,
  maxCostUsd: null,
}

export async function runScript(setup: RunSetup): Promise<RunResult> {
  const { script, tools = [], concurrency = 64, signal = new AbortController().signal, options = {} } = setup
  const clock = setup.clock ?? systemClock(0)
  const events: AgentEvent[] = []
  const requests: ModelRequest[] = []
  const report = (event: AgentEvent) => {
    events.push(event)
    setup.onEvent?.(event)
  }
  const bus = openBus([{ report, close: async () => {} }], clock)
  const model: Model = {
    name: 'scripted',
    maxOutputTokens: 64_000,
    ask: async (request, onPart, askSignal) => {
      requests.push(structuredClone({ ...request, tools: [] }))
      const next = script[requests.length - 1]
      if (next === undefined) throw new Error('the script has no further message')
      return next({ request, onPart, signal: askSignal })
    },
    preview: () => ({}),
    close: async () => {},
  }
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const kinds = { loop: 1_000, thread: 1_000, command: 1_000, mcp: 1_000 }
  const scheduler = new Scheduler({
    runId: 'run',
    clock,
    slots: new Slots({ run: concurrency, kinds }),
    emit: bus.emit,
    explainMissing: () => `known: ${[...byName.keys()].join(', ')}`,
    permission: (tool) => permissionOf(tool, { allow: [], deny: [] }, setup.askConsent ?? null),
    onError: setup.onError ?? 'collect',
  })
  const question = { text: 'question', context: null, attachments: [] }
  await run(
    {
      model,
      scheduler,
      findTool: (name) => byName.get(name),
      emit: bus.emit,
      clock,
      callIds: new Set<string>(),
      keep: async (end) => end,
    },
    {
      runId: 'run',
      version: '0',
      question: question.text,
      messages: [questionMessage(question)],
      system: 'system',
      tools,
      maxTokens: 1_000,
      effort: null,
      maxTurns: 25,
      timeoutMs: null,
      policies: { ...NO_POLICIES, ...setup.policies },
      cache: true,
      failOnToolError: false,
      answer: null,
      resumed: null,
      ...options,
    },
    signal,
  )
  return { transcript: await bus.close(), events, requests }
}
