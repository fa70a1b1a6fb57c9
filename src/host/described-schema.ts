/**
 * Makes a JSON Schema of how a description names its parameters:
 *
 *     "inputs": { "location": "string", "days": { "type": "int", "description": "...", "optional": true } }
 *
 * A parameter is a type word, an object with one, or a JSON Schema; it is required unless it is `optional`
 * or has a `default`. `parameters` is the same by another name, `input_schema` a JSON Schema as it is.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.ts'
import { ToolFileError } from './tool-file-error.ts'

const WORDS = new Map([
  ['string', 'string'],
  ['str', 'string'],
  ['number', 'number'],
  ['float', 'number'],
  ['integer', 'integer'],
  ['int', 'integer'],
  ['boolean', 'boolean'],
  ['bool', 'boolean'],
  ['array', 'array'],
  ['list', 'array'],
  ['object', 'object'],
  ['dict', 'object'],
  ['null', 'null'],
])
const KEYS = ['inputs', 'parameters', 'input_schema']

/**
 * @param named  the tool, for messages
 * @throws       ToolFileError; whether what comes out is a right schema is checked later
 */
export function describedSchema(description: JsonObject, named: string): JsonObject {
  const [key, ...more] = KEYS.filter((name) => description[name] !== undefined)
  if (key === undefined) throw new ToolFileError('no_inputs', `${named} has no inputs`)
  if (more.length > 0)
    throw new ToolFileError('bad_schema', `${named} has ${[key, ...more].join(' and ')}: one is enough`)
  const inputs = description[key] ?? null
  if (!isJsonObject(inputs)) throw new ToolFileError('bad_schema', `${named}: ${key} is no object`)
  if (key === 'input_schema' || (inputs['type'] === 'object' && isJsonObject(inputs['properties']))) return inputs
  const parameters = Object.entries(inputs).map(
    ([name, value]) => [name, parameter(value, `${named}: ${key}.${name}`)] as const,
  )
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(([name, { schema }]) => [name, schema])),
    required: parameters.filter(([, { required }]) => required).map(([name]) => name),
  }
}

function parameter(value: JsonValue, place: string): { schema: JsonObject; required: boolean } {
  if (typeof value === 'string') return { schema: { type: typeOf(value, place) }, required: true }
  if (!isJsonObject(value))
    throw new ToolFileError('bad_schema', `${place} is ${JSON.stringify(value)}, and neither a type word nor an object`)
  const { optional = false, ...schema } = value
  if (typeof optional !== 'boolean')
    throw new ToolFileError('bad_schema', `${place}.optional is neither true nor false`)
  if (typeof schema['type'] === 'string') schema['type'] = typeOf(schema['type'], place)
  return { schema, required: !optional && schema['default'] === undefined }
}

function typeOf(word: string, place: string): string {
  const type = WORDS.get(word)
  if (type !== undefined) return type
  throw new ToolFileError('unknown_type', `${place}: ${JSON.stringify(word)} is no type word`)
}
