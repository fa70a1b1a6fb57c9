/**
 * Bounds what checking an input by a JSON Schema can cost, before it is done. Pure. Without references
 * each part of a schema meets each value of an input at most once, so the product of their sizes is a
 * bound; patterns, and whatever else is not listed here, have none.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import { innerSchemas } from './subschemas.ts'

/** Keywords whose work is linear in what they look at; `uniqueItems` compares each item with each other one. */
const BOUNDED = new Set([
  ...['type', 'enum', 'const', 'required', 'dependentRequired', 'properties', 'additionalProperties', 'propertyNames'],
  ...['items', 'prefixItems', 'contains', 'minContains', 'maxContains', 'minItems', 'maxItems'],
  ...['minProperties', 'maxProperties', 'minLength', 'maxLength'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['allOf', 'anyOf', 'oneOf', 'not', 'if', 'then', 'else'],
  ...['$schema', '$comment', 'title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
])
/** What is checked at once, by whoever asks: each takes some 0.2 us, so a few milliseconds at most. */
export const MAX_STEPS = 20_000
/** So much of a text costs what one value does. */
const CHARACTERS_A_STEP = 1_024

/** @returns the schema's size in steps for each value of an input, or null where there is no bound */
export function stepsPerValue(schema: JsonObject): number | null {
  return isBounded(schema) ? size(schema) : null
}

/** The steps that an input stands for: its values, and the lengths of its texts. */
export function size(value: JsonValue): number {
  let steps = 0
  const open: JsonValue[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    steps += 1
    if (typeof next === 'string') steps += next.length / CHARACTERS_A_STEP
    else if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner)
  }
  return steps
}

/** Of a schema that schemaFault has passed, and so of bounded depth. */
function isBounded(schema: JsonValue): boolean {
  if (!isJsonObject(schema)) return true
  return Object.entries(schema).every(
    ([keyword, value]) => BOUNDED.has(keyword) && innerSchemas(keyword, value).every(([, inner]) => isBounded(inner)),
  )
}
