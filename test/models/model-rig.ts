/** Opens the real model against a server, asks once and keeps what it told. */

import { expect } from 'vitest'
import type { ModelConfig } from '../../src/contract/config.ts'
import type { AssistantMessage } from '../../src/contract/message.ts'
import type { Model, ModelFault, ModelPart, ModelReply, ModelRequest, ModelTracing } from '../../src/contract/model.ts'
import { openAnthropic } from '../../src/models/anthropic.ts'
import { openApiServer } from '../rig/api-server.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { Reply } from '../rig/reply.ts'

export const KEY = 'sk-canary-0123456789'

export function modelConfig(change: Partial<ModelConfig> = {}): ModelConfig {
  return {
    name: 'claude-sonnet-5-5',
    baseUrl: null,
    credentials: { kind: 'api_key', value: KEY },
    maxTokens: 1024,
    effort: null,
    protocol: 'native',
    proxyUrl: null,
    noProxy: null,
    idleTimeoutMs: 90_000,
    messageTimeoutMs: 600_000,
    ...change,
  }
}

export function modelRequest(change: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: 'Answer briefly.',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'weather in Tokyo' }] }],
    tools: [
      {
        name: 'get_weather',
        description: 'The weather at a place.',
        input_schema: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] },
        effect: 'read',
        keywords: ['weather'],
      },
    ],
    maxTokens: 1024,
    effort: null,
    toolChoice: 'auto',
    cache: false,
    answer: null,
    timeLimitMs: null,
    ...change,
  }
}

/** @param tracing  null: requests make no spans */
export function openModelRig(
  baseUrl: string | null,
  change: Partial<ModelConfig> = {},
  tracing: ModelTracing | null = null,
) {
  const clock = openFakeClock()
  const notes: string[] = []
  const parts: ModelPart[] = []
  const waiting: (() => void)[] = []
  const model: Model = openAnthropic(modelConfig({ baseUrl, ...change }), {
    clock,
    notify: (_level, text) => notes.push(text),
    tracing,
  })
  const controller = new AbortController()
  return {
    model,
    clock,
    notes,
    parts,
    abort: () => controller.abort(),
    ask: (request: Partial<ModelRequest> = {}): Promise<ModelReply> => {
      const onPart = (part: ModelPart) => {
        parts.push(part)
        for (const resolve of waiting.splice(0)) resolve()
      }
      return model.ask(modelRequest(request), onPart, controller.signal)
    },
    /** Resolves as soon as so many parts have been told. */
    told: async (count: number) => {
      while (parts.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    [Symbol.asyncDispose]: () => model.close(),
  }
}

export function messageOf(reply: ModelReply): AssistantMessage {
  if (reply.type !== 'message') throw new Error(`a fault instead of a message: ${JSON.stringify(reply.fault)}`)
  return reply.message
}

export function faultOf(reply: ModelReply): ModelFault {
  if (reply.type !== 'fault') throw new Error(`a message instead of a fault: ${JSON.stringify(reply.message)}`)
  return reply.fault
}

/** Asks once for a scripted reply. */
export async function faultAfter(scripted: Reply, tracing: ModelTracing | null = null) {
  await using api = await openApiServer({ replies: [scripted] })
  await using rig = openModelRig(api.url, {}, tracing)
  const fault = faultOf(await rig.ask())
  expect(JSON.stringify(fault)).not.toContain(KEY)
  return { fault, parts: rig.parts }
}
