/**
 * Where schemas stand within a JSON Schema. It knows the keywords of all drafts that tools use; under
 * any other keyword there is data.
 */
import { isJsonObject, type JsonValue } from '../contract/json.ts'

export const NAMED_SCHEMAS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']
export const LISTS_OF_SCHEMAS = ['allOf', 'anyOf', 'oneOf', 'prefixItems']
const SCHEMAS = [
  ...['additionalProperties', 'unevaluatedProperties', 'propertyNames'],
  ...['items', 'additionalItems', 'unevaluatedItems', 'contains'],
  ...['not', 'if', 'then', 'else'],
]

/** @returns the schemas under one keyword, each with its path below it */
export function innerSchemas(keyword: string, value: JsonValue): [path: string[], schema: JsonValue][] {
  if (isJsonObject(value) && (NAMED_SCHEMAS.includes(keyword) || keyword === 'dependencies')) {
    // A list under `dependencies` holds names.
    const members = Object.entries(value).filter(([, inner]) => keyword !== 'dependencies' || !Array.isArray(inner))
    return members.map(([name, inner]) => [[name], inner])
  }
  if (Array.isArray(value) && (LISTS_OF_SCHEMAS.includes(keyword) || keyword === 'items')) {
    return value.map((inner, index) => [[String(index)], inner])
  }
  return SCHEMAS.includes(keyword) ? [[[], value]] : []
}
