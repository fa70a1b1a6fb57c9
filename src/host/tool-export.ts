/**
 * Recognises tools among a module's exports: a tool or a list of tools, by default or by name. It
 * looks at the shape only, so a tool file needs no import of ours. Other exports are left alone; what
 * looks like a tool and is not whole is the author's mistake and said so.
 */
import type { JsonObject } from '../contract/json.ts'
import type { Policy } from '../contract/policy.ts'
import { checkPolicy } from '../contract/policy-check.ts'
import type { Effect } from '../contract/tool.ts'
import type { CheckedInput } from '../schema/checked-input.ts'
import { declaredExclusive, type KeyOf } from './exclusive-key.ts'
import { inputOf } from './input-schema.ts'
import type { LoadedTool } from './protocol.ts'
import { ToolFileError } from './tool-file-error.ts'

export type HostTool = {
  loaded: LoadedTool
  /** null: by its JSON Schema; loading.ts fetches that checker where a file needs it. */
  check: ((input: JsonObject) => CheckedInput | Promise<CheckedInput>) | null
  execute: (input: unknown, context: unknown) => unknown
  /** `exclusive`, where it is a function. */
  keyOf: KeyOf | null
}

const EFFECTS: readonly unknown[] = ['read', 'idempotent', 'write'] satisfies Effect[]

/**
 * @param keepsState  its plain functions share what the file sets up, and so run on the loop
 * @throws            ToolFileError
 */
export async function toolsOf(exports: Readonly<Record<string, unknown>>, keepsState: boolean): Promise<HostTool[]> {
  const tools = new Map<object, HostTool>()
  for (const [name, value] of Object.entries(exports)) {
    const isList = Array.isArray(value)
    for (const [index, item] of (isList ? value : [value]).entries()) {
      // One object may be exported twice, by name and by default.
      if (!looksLikeTool(item) || tools.has(item)) continue
      tools.set(item, await toTool(item, `export "${name}"${isList ? ` [${index}]` : ''}`, keepsState))
    }
  }
  if (tools.size === 0) throw new ToolFileError('no_tools', 'exports no tool')
  const names = new Set<string>()
  for (const { loaded } of tools.values()) {
    if (names.has(loaded.name)) throw new ToolFileError('tool_name_taken', `defines "${loaded.name}" twice`)
    names.add(loaded.name)
  }
  return [...tools.values()]
}

function looksLikeTool(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  if (typeof Reflect.get(value, 'execute') === 'function') return true
  return 'name' in value && 'description' in value && ('input' in value || 'input_schema' in value)
}

/** @throws ToolFileError */
export async function toTool(
  tool: Readonly<Record<string, unknown>>,
  place: string,
  keepsState: boolean,
): Promise<HostTool> {
  const { name, description, effect = 'write', execute, thread, keywords = [] } = tool
  if (typeof name !== 'string' || name === '') throw new ToolFileError('bad_tool_name', `${place} has no name`)
  const named = `${place} ("${name}")`
  if (typeof description !== 'string' || description.trim() === '') throw bad(`${named} has no description`)
  if (!isFunction(execute)) throw bad(`${named} has no function "execute"`)
  if (!isEffect(effect)) throw bad(`${named}: effect ${JSON.stringify(effect)} is none of ${EFFECTS.join(', ')}`)
  if (thread !== undefined && typeof thread !== 'boolean') throw bad(`${named}: thread is neither true nor false`)
  const { declared, keyOf } = declaredExclusive(tool['exclusive'], named)
  const words = Array.isArray(keywords) ? keywords.map(String) : []
  const { schema, check } = await inputOf(tool, named)
  return {
    loaded: {
      name,
      description,
      input_schema: schema,
      effect,
      destructive: tool['destructive'] === true,
      policy: policyOf(tool['policy'], named),
      keywords: words,
      thread: thread ?? !(keepsState || isAsync(execute)),
      ...(declared !== null && { exclusive: declared }),
    },
    check,
    execute: (input, context) => Reflect.apply(execute, tool, [input, context]),
    keyOf: keyOf && ((input) => Reflect.apply(keyOf, tool, [input])),
  }
}

/** By the word before it; a plain function that returns a promise shows only when it is called. */
export function isAsync(called: object): boolean {
  return /^Async(Generator)?Function$/.test(called.constructor.name)
}

function policyOf(declared: unknown, named: string): Policy {
  if (declared === undefined) return {}
  const { value, fault } = checkPolicy(declared)
  if (fault === null) return value
  const place = ['policy', ...fault.path]
  if (fault.known === null) throw bad(`${named}: ${place.join('.')}: ${fault.reason}`)
  throw bad(`${named}: ${place.slice(0, -1).join('.')} has no "${place.at(-1)}", only ${fault.known.join(', ')}`)
}

function isEffect(value: unknown): value is Effect {
  return EFFECTS.includes(value)
}

// biome-ignore lint/complexity/noBannedTypes: any function that a tool file may hold
function isFunction(value: unknown): value is Function {
  return typeof value === 'function'
}

function bad(message: string): ToolFileError {
  return new ToolFileError('bad_tool', message)
}
