/**
 * Judges `output_config` as the API would: of a schema for structured outputs it takes a part of JSON
 * Schema only, and every object must be closed.
 */
import type { JsonObject } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'
import { refuse } from './refusal.ts'

const EFFORTS: readonly unknown[] = ['low', 'medium', 'high', 'xhigh', 'max']
const PLAIN_TYPES: readonly unknown[] = ['string', 'number', 'integer', 'boolean', 'null']
const FORMATS = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']
const KEYWORDS: Record<string, readonly string[]> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems'],
  string: ['format'],
}
const MAX_OPTIONAL = 24
const MAX_UNIONS = 16

export function validateOutputConfig(config: unknown): void {
  if (!isJsonObject(config)) refuse('output_config: an object is required')
  for (const key of Object.keys(config))
    if (key !== 'effort' && key !== 'format') refuse(`output_config.${key}: extra inputs are not permitted`)
  if (config['effort'] !== undefined && !EFFORTS.includes(config['effort']))
    refuse(`output_config.effort: ${JSON.stringify(config['effort'])} is unknown`)
  if (config['format'] !== undefined) validateFormat(config['format'])
}

function validateFormat(format: unknown): void {
  const path = 'output_config.format'
  if (!isJsonObject(format)) refuse(`${path}: an object is required`)
  if (Object.keys(format).sort().join() !== 'schema,type') refuse(`${path}: has ${Object.keys(format)}`)
  if (format['type'] !== 'json_schema') refuse(`${path}.type: ${JSON.stringify(format['type'])} is unknown`)
  const { schema } = format
  if (!isJsonObject(schema) || schema['type'] !== 'object') refuse(`${path}.schema: the root must be an object`)
  const count = { optional: 0, unions: 0 }
  validateSchema(schema, `${path}.schema`, { root: schema, within: [], count })
  if (count.optional > MAX_OPTIONAL)
    refuse(`Schemas contains too many optional parameters (${count.optional}, limit: ${MAX_OPTIONAL})`)
  if (count.unions > MAX_UNIONS) refuse(`Schemas contains too many union types (${count.unions}, limit: ${MAX_UNIONS})`)
}

type Walk = { root: JsonObject; within: readonly string[]; count: { optional: number; unions: number } }

function validateSchema(schema: unknown, path: string, walk: Walk): void {
  if (!isJsonObject(schema)) refuse(`${path}: an object is required`)
  const { $defs, title, description, ...said } = schema
  for (const text of [title, description])
    if (text !== undefined && typeof text !== 'string') refuse(`${path}: title and description are texts`)
  if ($defs !== undefined) {
    if (path !== 'output_config.format.schema' || !isJsonObject($defs)) refuse(`${path}.$defs: stands at the root only`)
    for (const [name, one] of Object.entries($defs)) validateSchema(one, `${path}.$defs.${name}`, walk)
  }
  const { $ref: reference, anyOf, enum: members, const: only, type } = said
  if (reference !== undefined) validateReference(reference, said, path, walk)
  else if (anyOf !== undefined) validateUnion(anyOf, said, path, walk)
  else if (members !== undefined || only !== undefined) {
    refuseOthers(said, ['enum', 'const'], path)
    for (const member of Array.isArray(members) ? members : [only])
      if (typeof member === 'object' && member !== null) refuse(`${path}: Enum value is not a scalar`)
  } else if (Array.isArray(type)) {
    refuseOthers(said, ['type'], path)
    walk.count.unions += 1
    for (const one of type) if (!PLAIN_TYPES.includes(one)) refuse(`${path}.type: ${JSON.stringify(one)} is unknown`)
  } else validateTyped(type, said, path, walk)
}

function validateUnion(anyOf: unknown, said: JsonObject, path: string, walk: Walk): void {
  refuseOthers(said, ['anyOf'], path)
  if (!Array.isArray(anyOf) || anyOf.length === 0) refuse(`${path}.anyOf: a list is required`)
  walk.count.unions += 1
  for (const [index, one] of anyOf.entries()) validateSchema(one, `${path}.anyOf.${index}`, walk)
}

function validateTyped(type: unknown, said: JsonObject, path: string, walk: Walk): void {
  if (typeof type !== 'string' || !(type in KEYWORDS || PLAIN_TYPES.includes(type))) refuse(`${path}.type: is required`)
  refuseOthers(said, ['type', ...(KEYWORDS[type] ?? [])], path)
  if (type === 'object') validateObject(said, path, walk)
  if (type === 'array') {
    validateSchema(said['items'], `${path}.items`, walk)
    const few: readonly unknown[] = [undefined, 0, 1]
    if (!few.includes(said['minItems'])) refuse(`${path}.minItems: only 0 and 1 are supported`)
  }
  if (said['format'] !== undefined && !FORMATS.includes(String(said['format'])))
    refuse(`${path}.format: ${JSON.stringify(said['format'])} is not supported`)
}

function validateObject(schema: JsonObject, path: string, walk: Walk): void {
  const { properties, required = [], additionalProperties } = schema
  if (additionalProperties !== false)
    refuse(`${path}: For 'object' type, 'additionalProperties' must be explicitly set to false`)
  if (!isJsonObject(properties) || !Array.isArray(required)) refuse(`${path}.properties: an object is required`)
  for (const name of required)
    if (!Object.hasOwn(properties, String(name))) refuse(`${path}.required: ${name} is unknown`)
  walk.count.optional += Object.keys(properties).length - required.length
  for (const [name, member] of Object.entries(properties)) validateSchema(member, `${path}.properties.${name}`, walk)
}

function validateReference(reference: unknown, said: JsonObject, path: string, walk: Walk): void {
  refuseOthers(said, ['$ref'], path)
  const name = /^#\/\$defs\/([\w.-]+)$/.exec(String(reference))?.[1]
  const { $defs } = walk.root
  const target = isJsonObject($defs) && name !== undefined ? $defs[name] : undefined
  if (name === undefined || target === undefined) refuse(`${path}.$ref: leads nowhere`)
  if (walk.within.includes(name)) refuse(`${path}.$ref: Recursive schemas are not supported`)
  validateSchema(target, path, { ...walk, within: [...walk.within, name] })
}

function refuseOthers(schema: JsonObject, known: readonly string[], path: string): void {
  for (const keyword of Object.keys(schema))
    if (!known.includes(keyword)) refuse(`${path}: For this type, property '${keyword}' is not supported`)
}
