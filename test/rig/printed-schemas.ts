/**
 * Documents against the schemas that `agent schema` prints. Those are open, so that a reader of today takes
 * the documents of tomorrow; here they are closed, so that a key which no schema knows fails a test. Compiled
 * once a worker.
 */
import { Validator } from '@cfworker/json-schema'
import { jsonSchemaOf } from '../../src/commands/json-schemas.ts'
import type { SchemaName } from '../../src/commands/schema-names.ts'
import type { JsonSchema, JsonValue } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'

const validators = new Map<string, Validator>()

/** @returns what is wrong, one line each */
export function schemaFaults(name: SchemaName, value: unknown): string[] {
  return faultsBy(
    validatorOf(name, () => closed(jsonSchemaOf(name))),
    value,
  )
}

/**
 * An event against the one member of the union that has its type: the others cannot fit, and a run of
 * 10,000 events would be held against each of them.
 */
export function eventFaults(value: unknown): string[] {
  const type = isJsonObject(value) ? value['type'] : null
  const event = jsonSchemaOnce('event')
  const definitions = isJsonObject(event['$defs']) ? event['$defs'] : {}
  const member = typeof type === 'string' && Object.hasOwn(definitions, type) ? definitions[type] : undefined
  if (!isJsonObject(member)) return [`no event has the type ${JSON.stringify(type)}`]
  const { $schema = null } = event
  return faultsBy(
    validatorOf(`event ${type}`, () => closed({ $schema, $defs: definitions, ...member })),
    value,
  )
}

/** @param schema  one that was printed before */
export function faultsBy(schema: JsonSchema | Validator, value: unknown): string[] {
  const validator = schema instanceof Validator ? schema : new Validator(schema, '2020-12', false)
  return validator.validate(value).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
}

/** @throws where the document does not fit, with the first lines of why */
export function demandSchema(faults: readonly string[]): void {
  if (faults.length > 0) throw new Error(`not by its schema: ${faults.slice(0, 5).join('; ')}`)
}

function validatorOf(key: string, schema: () => JsonSchema): Validator {
  const found = validators.get(key) ?? new Validator(schema(), '2020-12', false)
  validators.set(key, found)
  return found
}

const schemas = new Map<SchemaName, JsonSchema>()
function jsonSchemaOnce(name: SchemaName): JsonSchema {
  const found = schemas.get(name) ?? jsonSchemaOf(name)
  schemas.set(name, found)
  return found
}

/** An object whose keys are listed has no others, but where the schema itself says that it may. */
function closed(schema: JsonSchema): JsonSchema {
  const copy = Object.fromEntries(Object.entries(schema).map(([key, member]) => [key, closedIn(member)]))
  return isJsonObject(copy['properties']) ? { additionalProperties: false, ...copy } : copy
}

function closedIn(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(closedIn)
  return isJsonObject(value) ? closed(value) : value
}
