/**
 * The JSON types. Everything that crosses a process, a file or a pipe is one of these; values of
 * the user's tools are turned into them in the host, before they reach the main process.
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject

export interface JsonObject {
  [key: string]: JsonValue
}

/** A JSON Schema (2020-12 where nothing else is said), always in its object form. */
export type JsonSchema = JsonObject

/** Whether a parsed value is an object in JSON's sense: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Deeper than anybody writes by hand, and shallow enough for every recursive walk, here and elsewhere. */
const MAX_DEPTH = 500

/**
 * Whether a value is nested so deep that walking it would overflow the stack. Iterative itself.
 *
 * @param maxDepth  levels that are still allowed
 * @param length    of its JSON text, where that is known: it is nested no deeper than it is long
 */
export function isTooDeep(value: JsonValue, maxDepth = MAX_DEPTH, length = Number.POSITIVE_INFINITY): boolean {
  if (length <= maxDepth) return false
  let level: JsonValue[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxDepth) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}

/**
 * A spelling of `value` that is equal for equal values, whatever the order of their keys.
 * Used to recognise the same call in a message that was asked for again.
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (!isJsonObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`)
  return `{${members.join(',')}}`
}
