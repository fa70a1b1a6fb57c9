/**
 * The form of an answer, from the JSON Schema that it is to fit: what of the schema the API's structured
 * outputs take, and the same in words for servers and protocols that have none. Pure. What is sent may
 * ask for less than the schema says, never for something else: the answer is checked by the schema itself.
 * The SDK has such a helper too; it makes an empty object of a map, drops what stands beside `anyOf`, and
 * throws where a type is missing.
 */
import type { JsonObject, JsonSchema, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { AnswerForm } from '../contract/model.ts'

/** @param schema  has passed schemaFault */
export function answerForm(schema: JsonSchema): AnswerForm {
  return { schema, format: sentSchema(schema), words: `${HOW_TO_ANSWER}\n\n${JSON.stringify(schema)}` }
}

const HOW_TO_ANSWER = `# The form of the answer

Your last message, the one without tool calls, must be one JSON document that fits the JSON Schema below, and nothing else: no text around it, no code fence. This comes before whatever else is said of how answers should read.`

/** Thrown, and caught in this file: something in the schema cannot be said to the API. */
class Unsayable extends Error {}

/** Definitions by their reference; null while they are on their way, so that a recursion shows. */
type Definitions = { root: JsonSchema; sent: Map<string, JsonObject | null> }

/** @returns null where the API would refuse it, or take it for something else; the root must be an object */
function sentSchema(schema: JsonSchema): JsonObject | null {
  const definitions: Definitions = { root: schema, sent: new Map() }
  try {
    const top = typeof schema['$ref'] === 'string' ? definitionAt(schema['$ref'], schema) : schema
    const sent = sentPart(top, definitions)
    if (sent['type'] !== 'object') return null
    const named = [...definitions.sent].map(([reference, definition]) => [nameIn(reference), definition])
    return named.length === 0 ? sent : { ...sent, $defs: Object.fromEntries(named) }
  } catch (thrown) {
    if (thrown instanceof Unsayable) return null
    throw thrown
  }
}

const ANNOTATIONS = [
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$schema', '$id', '$anchor', '$comment', '$defs', 'definitions'],
]
/** What needs no words; other keywords are told in the description, for the model to read. */
const SAID = new Set([...ANNOTATIONS, 'type', 'required', 'properties', 'additionalProperties', 'items'])
/** They may ask for members that a closed object would forbid. */
const OPENING = ['allOf', 'anyOf', 'oneOf', 'if', 'dependentSchemas', 'patternProperties', 'unevaluatedProperties']
const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']

function sentPart(schema: JsonValue, definitions: Definitions): JsonObject {
  if (!isJsonObject(schema)) throw new Unsayable()
  if (schema['$ref'] !== undefined) return sentReference(schema, definitions)
  const { type = typeByMembers(schema), enum: members, const: only } = schema
  if (only !== undefined && isScalar(only)) return described(schema, { const: only }, ['const'])
  if (Array.isArray(members) && members.every(isScalar)) return described(schema, { enum: members }, ['enum'])
  if (type === undefined) return sentChoice(schema, definitions)
  if (!Array.isArray(type)) return sentTyped(String(type), schema, definitions)
  if (!type.some((one) => one === 'object' || one === 'array')) return described(schema, { type }, [])
  const { title: _title, description: _description, ...plain } = schema
  return described(schema, { anyOf: type.map((one) => sentTyped(String(one), plain, definitions)) }, Object.keys(plain))
}

function sentTyped(type: string, schema: JsonObject, definitions: Definitions): JsonObject {
  switch (type) {
    case 'object':
      return sentObject(schema, definitions)
    case 'array': {
      const { items, minItems } = schema
      if (items === undefined || schema['prefixItems'] !== undefined) throw new Unsayable()
      const few = minItems === 0 || minItems === 1 ? { minItems } : {}
      return described(schema, { type, items: sentPart(items, definitions), ...few }, Object.keys(few))
    }
    case 'string': {
      const { format } = schema
      const known = typeof format === 'string' && FORMATS.includes(format) ? { format } : {}
      return described(schema, { type, ...known }, Object.keys(known))
    }
    default:
      return described(schema, { type }, [])
  }
}

/** Closed, as the API wants them all. One whose members are open cannot be said: closed, it would be another. */
function sentObject(schema: JsonObject, definitions: Definitions): JsonObject {
  const { properties = {}, required = [], additionalProperties: more = true } = schema
  if (!isJsonObject(properties) || !Array.isArray(required)) throw new Unsayable()
  if (OPENING.some((keyword) => schema[keyword] !== undefined && schema[keyword] !== false)) throw new Unsayable()
  if (isJsonObject(more) || (more === true && Object.keys(properties).length === 0)) throw new Unsayable()
  if (required.some((name) => !Object.hasOwn(properties, String(name)))) throw new Unsayable()
  const members = Object.entries(properties).map(([name, member]) => [name, sentPart(member, definitions)] as const)
  const sent = { type: 'object', properties: Object.fromEntries(members), required, additionalProperties: false }
  return described(schema, sent, [])
}

/** Without a type there is only the choice, or one schema in brackets. */
function sentChoice(schema: JsonObject, definitions: Definitions): JsonObject {
  const found = ['anyOf', 'oneOf', 'allOf'].filter((keyword) => schema[keyword] !== undefined)
  const choice = schema[found[0] ?? '']
  if (found.length !== 1 || !Array.isArray(choice) || choice.length === 0) throw new Unsayable()
  if (found[0] === 'allOf' && choice.length > 1) throw new Unsayable()
  return described(schema, { anyOf: choice.map((one) => sentPart(one, definitions)) }, found)
}

function sentReference(schema: JsonObject, definitions: Definitions): JsonObject {
  const { $ref: reference, ...beside } = schema
  if (typeof reference !== 'string') throw new Unsayable()
  if (Object.keys(beside).some((keyword) => !ANNOTATIONS.includes(keyword))) throw new Unsayable()
  const known = definitions.sent.get(reference)
  if (known === null) throw new Unsayable()
  if (known === undefined) {
    if ([...definitions.sent.keys()].some((other) => nameIn(other) === nameIn(reference))) throw new Unsayable()
    definitions.sent.set(reference, null)
    definitions.sent.set(reference, sentPart(definitionAt(reference, definitions.root), definitions))
  }
  return { $ref: `#/$defs/${nameIn(reference)}` }
}

const DEFINITION = /^#\/(\$defs|definitions)\/([\w.-]+)$/

function nameIn(reference: string): string {
  return DEFINITION.exec(reference)?.[2] ?? ''
}

function definitionAt(reference: string, root: JsonObject): JsonObject {
  const [, keyword = '', name = ''] = DEFINITION.exec(reference) ?? []
  const named = root[keyword]
  const definition = isJsonObject(named) && Object.hasOwn(named, name) ? named[name] : undefined
  if (!isJsonObject(definition)) throw new Unsayable()
  return definition
}

/** @param said  keywords of the schema that `sent` has, beside those that it always has */
function described(schema: JsonObject, sent: JsonObject, said: readonly string[]): JsonObject {
  const unsaid = Object.entries(schema).filter(([keyword]) => !SAID.has(keyword) && !said.includes(keyword))
  const rest = unsaid.length === 0 ? '' : `Must fit ${JSON.stringify(Object.fromEntries(unsaid))}.`
  const { title, description } = schema
  const text = [description, rest].filter((part) => typeof part === 'string' && part !== '').join('\n\n')
  return { ...(title !== undefined && { title }), ...(text !== '' && { description: text }), ...sent }
}

function typeByMembers(schema: JsonObject): string | undefined {
  if (schema['properties'] !== undefined) return 'object'
  return schema['items'] === undefined ? undefined : 'array'
}

function isScalar(value: JsonValue): boolean {
  return typeof value !== 'object' || value === null
}
