/**
 * Reads one whole object that a model wrote: a tool call, JSON of another kind, or nothing that can
 * be read. Only the key `tool` makes a call; what the inputs are called is forgiven, since it leaves
 * no doubt. It trusts its caller that the text has been seen to its end.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject, isTooDeep } from '../contract/json.ts'
import { repairJson } from './json-repair.ts'

export type WrittenCall = {
  name: string
  input: JsonObject
  /** Not null: the inputs are no JSON object, and this is what they are; the call cannot run. */
  rawInput: string | null
}

export type ReadObject =
  | { type: 'call'; call: WrittenCall }
  /** JSON, but no call. */
  | { type: 'other' }
  | { type: 'unreadable'; reason: string }

const INPUT_KEYS = ['inputs', 'input', 'arguments', 'parameters', 'args']
/** What models write beside tool and inputs, and what changes nothing. */
const SILENT_KEYS = new Set(['tool', 'id', 'type', 'thought', 'thoughts', 'reason', 'reasoning', 'explanation'])

export function readObject(text: string): ReadObject {
  const value = parse(text) ?? parse(repairJson(text))
  if (!isJsonObject(value)) return { type: 'unreadable', reason: 'it is not JSON' }
  if (!Object.hasOwn(value, 'tool')) return { type: 'other' }
  if (isTooDeep(value)) return { type: 'unreadable', reason: 'it is nested too deep' }
  const name = value['tool']
  if (typeof name !== 'string') return { type: 'unreadable', reason: '"tool" must be the name of a tool, a string' }
  const key = INPUT_KEYS.find((one) => Object.hasOwn(value, one))
  if (key !== undefined) return { type: 'call', call: { name, ...inputOf(value[key] ?? null) } }
  // Inputs beside the name, not under a key of their own: to run it without them would be a guess.
  const stray = Object.keys(value).find((one) => !SILENT_KEYS.has(one))
  if (stray === undefined) return { type: 'call', call: { name, input: {}, rawInput: null } }
  return { type: 'unreadable', reason: `"inputs" is missing, and ${JSON.stringify(stray)} stands in its place` }
}

/** An object, or one that is written into a string; nothing stands for an object without members. */
function inputOf(value: JsonValue): Omit<WrittenCall, 'name'> {
  const read = typeof value === 'string' ? (value.trim() === '' ? {} : parse(value)) : (value ?? {})
  if (isJsonObject(read) && !isTooDeep(read)) return { input: read, rawInput: null }
  return { input: {}, rawInput: typeof value === 'string' ? value : JSON.stringify(value) }
}

/** @returns undefined where it is no JSON */
function parse(text: string | null): JsonValue | undefined {
  if (text === null) return undefined
  try {
    // what JSON.parse returns is JSON
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}
