/**
 * Checks a call's input by JSON Schema, before the tool sees it. A slow pattern holds up whoever runs
 * it: the host, or a thread, never the main process's loop. The only door to @cfworker/json-schema.
 */
import { Validator } from '@cfworker/json-schema'
import { thrownMessage } from '../contract/error.ts'
import type { JsonObject, JsonSchema, JsonValue } from '../contract/json.ts'
import type { CheckedInput } from './checked-input.ts'
import { pathText } from './checked-input.ts'

/** What is wrong is the schema, not the input: a reference that leads to itself for ever, for one. */
class SchemaError extends Error {
  readonly code = 'schema_error'
}

/**
 * One checker a tool: the schema is prepared once.
 * @throws  SchemaError; the checker does, too
 */
export function jsonSchemaChecker(schema: JsonSchema): (input: JsonObject) => CheckedInput {
  const validator = orSchemaError(() => new Validator(schema, draftOf(schema)))
  return (input) => {
    // `in` finds `constructor` in every plain object; in these it finds what the model wrote.
    const { valid, errors } = orSchemaError(() => validator.validate(withoutPrototypes(input)))
    if (valid) return { fits: true, value: input }
    const last = errors.at(-1)
    const place = pathText((last?.instanceLocation ?? '#').replace(/^#\/?/, '').split('/').filter(Boolean))
    // What `additionalProperties: false` makes of a key is worded for library authors.
    const reason = last?.error === 'False boolean schema.' ? 'is not allowed here' : last?.error
    return { fits: false, message: `${place}: ${reason ?? 'does not fit'}` }
  }
}

function orSchemaError<T>(use: () => T): T {
  try {
    return use()
  } catch (cause) {
    // The library lists all places that it knows, each on a line of its own.
    const [reason] = thrownMessage(cause).split('\n')
    throw new SchemaError(`the tool's schema cannot be followed: ${reason}`)
  }
}

function draftOf(schema: JsonSchema): '7' | '2019-09' | '2020-12' {
  const named = String(schema['$schema'] ?? '')
  if (/draft-0[67]/.test(named)) return '7'
  return named.includes('2019-09') ? '2019-09' : '2020-12'
}

function withoutPrototypes(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutPrototypes)
  if (typeof value !== 'object' || value === null) return value
  const copy: JsonObject = Object.create(null)
  for (const [key, item] of Object.entries(value)) copy[key] = withoutPrototypes(item)
  return copy
}
