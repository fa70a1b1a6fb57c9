/**
 * Finds what is wrong with a JSON Schema before a model sees it: the shape of the keywords that tools
 * use, references that lead out of it or nowhere, and sizes that nobody writes by hand. A keyword that
 * it does not know is no fault.
 */
import { isJsonObject, isTooDeep, type JsonObject, type JsonValue } from '../contract/json.ts'
import { findReferences, type References } from './references.ts'
import { innerSchemas, LISTS_OF_SCHEMAS, NAMED_SCHEMAS } from './subschemas.ts'

const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef']
/** Of the schema as JSON; shallow enough for every recursive walk over it. */
const MAX_LEVELS = 64
/** Of its JSON text. All of it goes to the model with every request. */
const MAX_KIB = 64

/**
 * Of a tool's input.
 *
 * @returns path and reason, or null where nothing is wrong
 */
export function schemaFault(schema: JsonObject): string | null {
  const type = schema['type']
  return type !== undefined && type !== 'object' ? 'type: a tool\'s input is an "object"' : anySchemaFault(schema)
}

/** The same of a schema for a value of any kind. */
export function anySchemaFault(schema: JsonObject): string | null {
  if (isTooDeep(schema, MAX_LEVELS)) return `schema: is nested more than ${MAX_LEVELS} levels deep`
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_KIB * 1024) return `schema: is larger than ${MAX_KIB} KiB`
  const references = findReferences(schema)
  if (references.duplicate !== null) return `$id: ${quoted(references.duplicate)} stands twice`
  return fault(schema, [], references)
}

function fault(schema: JsonValue, path: readonly string[], references: References): string | null {
  if (typeof schema === 'boolean') return null
  const at = (keyword: string) => [...path, keyword].join('.')
  if (!isJsonObject(schema)) return `${path.join('.') || 'schema'}: is no schema but ${quoted(schema)}`
  for (const [keyword, value] of Object.entries(schema)) {
    const reason = REFERENCES.includes(keyword) ? references.fault(value, schema) : keywordFault(keyword, value)
    if (reason !== null) return `${at(keyword)}: ${quoted(value)} ${reason}`
    for (const [key, inner] of innerSchemas(keyword, value)) {
      const innerFault = fault(inner, [...path, keyword, ...key], references)
      if (innerFault !== null) return innerFault
    }
  }
  return null
}

/** @returns what the value is instead of what it should be */
function keywordFault(keyword: string, value: JsonValue): string | null {
  if (keyword === 'type') {
    const types = Array.isArray(value) ? value : [value]
    const known = types.every((type) => typeof type === 'string' && TYPES.includes(type))
    return known ? null : `is none of ${TYPES.join(', ')}`
  }
  if (keyword === 'required') {
    const isList = Array.isArray(value) && value.every((name) => typeof name === 'string')
    return isList ? null : 'is no list of names'
  }
  if (keyword === 'enum') return Array.isArray(value) ? null : 'is no list'
  if (keyword === 'pattern') {
    if (typeof value !== 'string') return 'is no text'
    return isPattern(value) ? null : 'is no regular expression'
  }
  if (NAMED_SCHEMAS.includes(keyword)) {
    if (!isJsonObject(value)) return 'is no object of schemas'
    const isKeyed = keyword !== 'patternProperties' || Object.keys(value).every(isPattern)
    return isKeyed ? null : 'has a key that is no regular expression'
  }
  if (LISTS_OF_SCHEMAS.includes(keyword)) return Array.isArray(value) ? null : 'is no list of schemas'
  return null
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u')
    return true
  } catch {
    return false
  }
}

/** As JSON, its beginning where it is long. */
function quoted(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text
}

const MAX_QUOTED = 200
