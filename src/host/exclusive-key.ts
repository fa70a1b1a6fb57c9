/**
 * Asks a tool's own function for the key that keeps calls apart: what it may declare, what it may
 * return, and that anything else is its author's mistake. Who waits for whom is decided elsewhere.
 */
import type { ReadyTool } from './loading.ts'
import type { DeclaredExclusive } from './protocol.ts'
import { thrownError } from './thrown.ts'
import { ToolFileError } from './tool-file-error.ts'

export type KeyOf = (input: unknown) => unknown

/** What a call ends with whose key is not to be had; another attempt would ask the same. */
class BadKey extends Error {
  readonly code = 'bad_exclusive_key'
  readonly retryable = false
}

/** @throws ToolFileError */
export function declaredExclusive(
  value: unknown,
  named: string,
): { declared: DeclaredExclusive | null; keyOf: KeyOf | null } {
  if (value === undefined || value === false) return { declared: null, keyOf: null }
  if (value === true) return { declared: { type: 'own' }, keyOf: null }
  if (typeof value === 'string' && value !== '') return { declared: { type: 'key', key: value }, keyOf: null }
  if (isFunction(value)) return { declared: { type: 'function' }, keyOf: value }
  throw new ToolFileError('bad_tool', `${named}: exclusive is neither true, false, a text nor a function`)
}

/**
 * The key of this input: a text, true for the tool's own, null where the call may overlap with any.
 * Throws, or rejects with, a BadKey.
 */
export async function exclusiveKey({ keyOf, loaded }: ReadyTool, input: unknown): Promise<string | true | null> {
  let key: unknown
  try {
    key = await keyOf?.(input)
  } catch (thrown) {
    throw new BadKey(`"exclusive" of "${loaded.name}" failed: ${thrownError(thrown).message}`)
  }
  if (key === undefined || key === null || key === false) return null
  if (typeof key === 'string' || key === true) return key
  if (typeof key === 'number' && Number.isFinite(key)) return String(key)
  const kind = typeof key === 'number' ? String(key) : Array.isArray(key) ? 'a list' : `a value of type ${typeof key}`
  throw new BadKey(`"exclusive" of "${loaded.name}" gave ${kind}; a key is a text, a number, true or null`)
}

function isFunction(value: unknown): value is KeyOf {
  return typeof value === 'function'
}
