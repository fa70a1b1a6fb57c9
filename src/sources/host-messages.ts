/**
 * Reads what a host has said (host/protocol.ts). A tool has the host's file descriptors at hand, and may
 * write into them by mistake: nothing is taken for a message that no host of ours would send.
 */
import { isJsonObject, isTooDeep, type JsonObject, type JsonValue } from '../contract/json.ts'
import type { FromHost } from '../host/protocol.ts'

type Returned = Extract<FromHost, { type: 'returned' }>
/** As the host says it, but for the value of a call, which is read here. */
export type HostMessage = Exclude<FromHost, Returned> | (Omit<Returned, 'value'> & { output: JsonValue })

/** @returns null where it is none; else an array, as messages come in batches */
export function readBatch(text: string): HostMessage[] | null {
  const batch = parsed(text)
  if (!Array.isArray(batch)) return null
  const messages: HostMessage[] = []
  for (const one of batch) {
    const message = checked(one)
    if (message === null) return null
    messages.push(message)
  }
  return messages
}

/** @returns null where it is none */
export function readMessage(text: string): HostMessage | null {
  return checked(parsed(text))
}

function checked(value: JsonValue | undefined): HostMessage | null {
  if (!isJsonObject(value)) return null
  const { type } = value
  if (type === 'returned') return returned(value)
  const fits = typeof type === 'string' && Object.hasOwn(SHAPES, type) && SHAPES[type as keyof typeof SHAPES](value) // one of its keys
  return fits ? (value as HostMessage) : null // its members have been looked at
}

function returned({ call, value, output_bytes, truncated }: JsonObject): HostMessage | null {
  if (typeof call !== 'number' || typeof value !== 'string') return null
  if (typeof output_bytes !== 'number' || typeof truncated !== 'boolean') return null
  const output = parsed(value)
  if (output === undefined || isTooDeep(output, undefined, value.length)) return null
  return { type: 'returned', call, output, output_bytes, truncated }
}

const EFFECTS: readonly unknown[] = ['read', 'idempotent', 'write']
const FAILURES: readonly unknown[] = ['failed', 'invalid_input', 'canceled']

const SHAPES: Readonly<Record<Exclude<FromHost, Returned>['type'], (message: JsonObject) => boolean>> = {
  ready: () => true,
  loaded: ({ file, tools }) => isText(file) && Array.isArray(tools) && tools.every(isLoadedTool),
  load_failed: ({ file, error, line }) => isText(file) && isError(error) && (line === null || isNumber(line)),
  threw: ({ call, status, error }) => isNumber(call) && FAILURES.includes(status) && isError(error),
  asynchronous: ({ file, tool }) => isText(file) && isText(tool),
  progress: ({ call, message }) => isNumber(call) && isTextOrNull(message),
  warning: ({ tool, message }) => isTextOrNull(tool) && isText(message),
  disposing: ({ file, place }) => isText(file) && isNumber(place),
  disposed: ({ file, place, error }) => isText(file) && isNumber(place) && (error === null || isError(error)),
  pong: ({ ping }) => isNumber(ping),
}

function isLoadedTool(tool: JsonValue): boolean {
  if (!isJsonObject(tool)) return false
  const { name, description, input_schema, effect, policy, keywords } = tool
  const isNamed = isText(name) && isText(description) && EFFECTS.includes(effect)
  return isNamed && isJsonObject(input_schema) && isJsonObject(policy) && Array.isArray(keywords)
}

function isError(value: JsonValue | undefined): boolean {
  return isJsonObject(value) && isText(value['code']) && isText(value['message'])
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string'
}

function isTextOrNull(value: JsonValue | undefined): boolean {
  return value === null || typeof value === 'string'
}

function isNumber(value: JsonValue | undefined): boolean {
  return typeof value === 'number'
}

function parsed(text: string): JsonValue | undefined {
  try {
    // What JSON.parse returns is JSON.
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}
