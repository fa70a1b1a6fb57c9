/**
 * Finds what is wrong with a JSON Schema before a model sees it. It checks the shape of the keywords
 * that tools use; a keyword that it does not know is no fault.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.ts'

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const NAMED_SCHEMAS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']
const SCHEMAS = [
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'contains',
  'not',
  'if',
  'then',
  'else',
]
const LISTS_OF_SCHEMAS = ['allOf', 'anyOf', 'oneOf', 'prefixItems']

/** @returns path and reason, or null where nothing is wrong */
export function schemaFault(schema: JsonObject): string | null {
  if (schema['type'] !== undefined && schema['type'] !== 'object') return 'type: a tool\'s input is an "object"'
  return fault(schema, [], schema)
}

function fault(schema: JsonValue, path: readonly string[], root: JsonObject): string | null {
  if (typeof schema === 'boolean') return null
  const at = (keyword: string) => [...path, keyword].join('.')
  if (!isJsonObject(schema)) return `${path.join('.') || 'schema'}: is no schema but ${quoted(schema)}`
  for (const [keyword, value] of Object.entries(schema)) {
    const reason = keywordFault(keyword, value, root)
    if (reason !== null) return `${at(keyword)}: ${reason}`
    for (const [key, inner] of innerSchemas(keyword, value)) {
      const innerFault = fault(inner, [...path, keyword, ...key], root)
      if (innerFault !== null) return innerFault
    }
  }
  return null
}

function keywordFault(keyword: string, value: JsonValue, root: JsonObject): string | null {
  if (keyword === 'type') {
    const types = Array.isArray(value) ? value : [value]
    const unknown = types.find((type) => typeof type !== 'string' || !TYPES.includes(type))
    return unknown === undefined ? null : `${quoted(unknown)} is none of ${TYPES.join(', ')}`
  }
  if (keyword === 'required') {
    const isList = Array.isArray(value) && value.every((name) => typeof name === 'string')
    return isList ? null : `${quoted(value)} is no list of names`
  }
  if (keyword === 'enum') return Array.isArray(value) ? null : `${quoted(value)} is no list`
  if (keyword === 'pattern') return patternFault(value)
  if (keyword === '$ref') return referenceFault(value, root)
  if (NAMED_SCHEMAS.includes(keyword)) return isJsonObject(value) ? null : `${quoted(value)} is no object of schemas`
  if (LISTS_OF_SCHEMAS.includes(keyword)) return Array.isArray(value) ? null : `${quoted(value)} is no list of schemas`
  return null
}

function innerSchemas(keyword: string, value: JsonValue): [string[], JsonValue][] {
  if (NAMED_SCHEMAS.includes(keyword) && isJsonObject(value)) {
    return Object.entries(value).map(([name, inner]) => [[name], inner])
  }
  const isList = Array.isArray(value)
  if (isList && (LISTS_OF_SCHEMAS.includes(keyword) || keyword === 'items')) {
    return value.map((inner, index) => [[String(index)], inner])
  }
  return SCHEMAS.includes(keyword) || keyword === 'items' ? [[[], value]] : []
}

function patternFault(value: JsonValue): string | null {
  try {
    new RegExp(String(value), 'u')
    return typeof value === 'string' ? null : `${quoted(value)} is no text`
  } catch {
    return `${quoted(value)} is no regular expression`
  }
}

/** Only references into the schema itself are followed; nothing is fetched. */
function referenceFault(value: JsonValue, root: JsonObject): string | null {
  if (typeof value !== 'string') return `${quoted(value)} is no text`
  if (!value.startsWith('#/')) return null
  let current: JsonValue | undefined = root
  for (const part of value.slice(2).split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) {
      return `${quoted(value)} leads nowhere`
    }
    current = Array.isArray(current) ? current[Number(key)] : current[key]
  }
  return null
}

function quoted(value: JsonValue | undefined): string {
  return JSON.stringify(value) ?? 'nothing'
}
