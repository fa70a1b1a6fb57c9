/**
 * Judges a request as the Messages API would, and more strictly where the API is lenient about
 * something that we never mean to do. Answers the first violation found. The conversation itself is
 * validate-messages.ts.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { JsonObject } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'
import type { Violation } from './refusal.ts'
import { Refusal, refuse, validateCacheControl } from './refusal.ts'
import { validateMessages } from './validate-messages.ts'
import { validateOutputConfig } from './validate-output.ts'

export type Rules = {
  /** Any non-empty key where undefined; this one; or null: no key is needed, and none may be sent. */
  key?: string | null
  /** Default 128,000. */
  maxTokens?: number
  /** Whether an earlier reply ended with pause_turn, so that the model's message may come last. */
  paused: boolean
}

export type ReceivedRequest = { method: string; path: string; headers: IncomingHttpHeaders; rawBody: Buffer }

const API_VERSION = '2026-10-21'
const MAX_BODY_BYTES = 32 * 1024 * 1024
const SAMPLING = ['temperature', 'top_p', 'top_k']
const KNOWN_KEYS = new Set([
  ...['model', 'messages', 'max_tokens', 'system', 'stream', 'tools', 'tool_choice', 'cache_control', 'thinking'],
  ...['output_config', 'metadata', 'stop_sequences', 'service_tier', 'container', 'inference_geo', 'speed'],
])
const NAME = /^[A-Za-z0-9_-]{1,64}$/
const TOOL_KEYS = new Set([
  'name',
  'description',
  'input_schema',
  'cache_control',
  'type',
  'strict',
  'input_examples',
  'eager_input_streaming',
])

/** @returns  null where the API would accept the request */
export function validateRequest(request: ReceivedRequest, rules: Rules): Violation | null {
  try {
    validateHead(request, rules)
    validateBody(parseBody(request.rawBody), rules)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.violation
    throw error
  }
}

function validateHead({ method, path, headers }: ReceivedRequest, rules: Rules): void {
  if (path !== '/v1/messages') throw new Refusal(`${method} ${path}: not found`, 404, 'not_found_error')
  if (method !== 'POST') throw new Refusal(`${method}: method not allowed`, 405)
  if (headers['anthropic-version'] !== API_VERSION) {
    refuse(`anthropic-version: "${headers['anthropic-version'] ?? ''}" is not ${API_VERSION}`)
  }
  if (!/^application\/json(;|$)/.test(headers['content-type'] ?? '')) {
    refuse(`content-type: "${headers['content-type'] ?? ''}" is not application/json`)
  }
  validateKey(headers, rules)
}

function validateKey(headers: IncomingHttpHeaders, { key }: Rules): void {
  if (headers['x-api-key'] !== undefined) refuse('x-api-key: the key travels as Authorization: Bearer')
  const { authorization } = headers
  if (key === null) {
    if (authorization !== undefined) refuse('authorization: sent to a server that needs no key')
    return
  }
  const sent = /^Bearer ([\x21-\x7e]+)$/.exec(authorization ?? '')?.[1]
  if (sent === undefined || (key !== undefined && sent !== key))
    throw new Refusal('invalid bearer token', 401, 'authentication_error')
}

function parseBody(rawBody: Buffer): JsonObject {
  if (rawBody.length > MAX_BODY_BYTES) throw new Refusal('request exceeds the maximum size', 413, 'request_too_large')
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(rawBody))
  } catch (error) {
    refuse(`the request body is not valid JSON: ${String(error)}`)
  }
  if (!isJsonObject(parsed)) refuse('the request body is not an object')
  refuseLoneSurrogates(parsed, '')
  return parsed
}

/** Escaped halves of characters are JSON, but no text: the API answers 400. */
function refuseLoneSurrogates(value: unknown, path: string): void {
  if (typeof value === 'string') {
    if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value))
      refuse(`${path}: lone surrogate in string`)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      refuseLoneSurrogates(key, `${path}.${key}`)
      refuseLoneSurrogates(member, `${path}.${key}`)
    }
  }
}

function validateBody(body: JsonObject, rules: Rules): void {
  for (const key of Object.keys(body)) {
    if (SAMPLING.includes(key)) refuse(`${key}: no longer accepted`)
    if (!KNOWN_KEYS.has(key)) refuse(`${key}: extra inputs are not permitted`)
  }
  if (typeof body.model !== 'string' || body.model === '') refuse('model: a non-empty string is required')
  const { max_tokens: maxTokens } = body
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens <= 0)
    refuse('max_tokens: an integer above 0 is required')
  const limit = rules.maxTokens ?? 128_000
  if (maxTokens > limit) {
    refuse(
      `max_tokens: ${maxTokens} > ${limit}, which is the maximum allowed number of output tokens for ${body.model}`,
    )
  }
  if (body.stream !== true) refuse('stream: true is required here')
  if (body.system !== undefined) validateSystem(body.system)
  if (body.cache_control !== undefined) validateCacheControl(body.cache_control, 'cache_control')
  if (body.thinking !== undefined && !(isJsonObject(body.thinking) && typeof body.thinking.type === 'string'))
    refuse('thinking: type is required')
  if (body.output_config !== undefined) validateOutputConfig(body.output_config)
  const toolNames = validateTools(body.tools)
  if (body.tool_choice !== undefined) validateToolChoice(body.tool_choice, toolNames)
  validateMessages(body.messages, { hasTools: toolNames !== null, paused: rules.paused })
  const breakpoints = countCacheControl(body)
  if (breakpoints > 4) refuse(`cache_control: ${breakpoints} blocks, a maximum of 4 is allowed`)
}

function validateSystem(system: unknown): void {
  if (typeof system === 'string') {
    if (system.trim() === '') refuse('system: text must be non-empty')
    return
  }
  if (!Array.isArray(system) || system.length === 0) refuse('system: a string or a list of text blocks is required')
  for (const [index, block] of system.entries()) {
    if (!isJsonObject(block) || block.type !== 'text' || typeof block.text !== 'string')
      refuse(`system.${index}: a text block is required`)
    if (block.text.trim() === '') refuse(`system.${index}: text content blocks must be non-empty`)
  }
}

/** Counts markers on blocks and tools, not data of a tool's input that happens to bear the name. */
function countCacheControl(body: JsonObject): number {
  const marked = (item: unknown): number => (isJsonObject(item) && isJsonObject(item.cache_control) ? 1 : 0)
  const listed = (list: unknown): number =>
    Array.isArray(list) ? list.reduce<number>((sum, item) => sum + marked(item), 0) : 0
  const messages = Array.isArray(body.messages) ? body.messages : []
  const inMessages = messages.reduce<number>(
    (sum, message) => sum + (isJsonObject(message) ? listed(message.content) : 0),
    0,
  )
  return marked(body) + listed(body.system) + listed(body.tools) + inMessages
}

/** @returns  the tools' names, or null where the request has no tools */
function validateTools(tools: unknown): Set<string> | null {
  if (tools === undefined) return null
  if (!Array.isArray(tools)) refuse('tools: a list is required')
  const names = new Set<string>()
  for (const [index, tool] of tools.entries()) {
    if (!isJsonObject(tool)) refuse(`tools.${index}: an object is required`)
    for (const key of Object.keys(tool))
      if (!TOOL_KEYS.has(key)) refuse(`tools.${index}.${key}: extra inputs are not permitted`)
    if (typeof tool.name !== 'string' || !NAME.test(tool.name))
      refuse(`tools.${index}.name: string should match pattern '${NAME.source}'`)
    if (names.has(tool.name)) refuse(`tools: tool names must be unique: "${tool.name}"`)
    if (tool.description !== undefined && typeof tool.description !== 'string')
      refuse(`tools.${index}.description: a string is required`)
    if (tool.cache_control !== undefined) validateCacheControl(tool.cache_control, `tools.${index}.cache_control`)
    validateInputSchema(tool.input_schema, `tools.${index}.input_schema`)
    names.add(tool.name)
  }
  return names.size === 0 ? null : names
}

function validateInputSchema(schema: unknown, path: string): void {
  if (!isJsonObject(schema)) refuse(`${path}: field required`)
  if (schema.type !== 'object') refuse(`${path}.type: input should be 'object'`)
  for (const word of ['oneOf', 'allOf', 'anyOf'])
    if (word in schema) refuse(`${path}: does not support ${word} at the top level`)
  if (schema.properties === undefined) return
  if (!isJsonObject(schema.properties)) refuse(`${path}.properties: an object is required`)
  for (const name of Object.keys(schema.properties)) {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) refuse(`${path}.properties: the key "${name}" is not accepted`)
  }
}

function validateToolChoice(choice: unknown, toolNames: Set<string> | null): void {
  if (!isJsonObject(choice)) refuse('tool_choice: an object is required')
  if (toolNames === null) refuse('tool_choice: may only be specified while providing tools')
  const { type } = choice
  if (type !== 'auto' && type !== 'any' && type !== 'tool' && type !== 'none')
    refuse(`tool_choice.type: ${JSON.stringify(type)} is unknown`)
  if (type === 'tool' && !(typeof choice.name === 'string' && toolNames.has(choice.name))) {
    refuse(`tool_choice.name: ${JSON.stringify(choice.name)} is not among the tools`)
  }
}
