/**
 * Checks by JSON Schema: a call's input before the tool sees it, and the answer of a run that is to be
 * data. A slow pattern holds up whoever runs it: the host, or a thread, never the main process's loop.
 * The only door to @cfworker/json-schema.
 */
import type { OutputUnit } from '@cfworker/json-schema'
import { Validator } from '@cfworker/json-schema'
import { thrownMessage } from '../contract/error.ts'
import type { JsonObject, JsonSchema, JsonValue } from '../contract/json.ts'
import type { CheckedInput } from './checked-input.ts'
import { pathText } from './checked-input.ts'

/** Of an answer: what is wrong with the rest shows when these are put right. */
const MAX_REASONS = 10
/** Of one reason; an enum is quoted whole. */
const MAX_REASON = 300

/** What is wrong is the schema, not the value: a reference that leads to itself for ever, for one. */
class SchemaError extends Error {
  readonly code = 'schema_error'
}

/**
 * One checker a tool: the schema is prepared once.
 * @throws  SchemaError; the checker does, too
 */
export function jsonSchemaChecker(schema: JsonSchema): (input: JsonValue) => CheckedInput {
  const validate = validator(schema, "the tool's schema", true)
  return (input) => {
    const errors = validate(input)
    if (errors === null) return { fits: true, value: input }
    const last = errors.at(-1)
    return { fits: false, message: last === undefined ? 'input: does not fit' : reasonOf(last, 'input') }
  }
}

/**
 * Says all that is wrong with an answer, not the first of it only: it is written anew once.
 *
 * @returns  path and reason, at most 10 lines; [] where it fits
 * @throws   SchemaError; the checker does, too
 */
export function answerChecker(schema: JsonSchema): (answer: JsonValue) => string[] {
  const validate = validator(schema, 'the schema', false)
  return (answer) => {
    const errors = validate(answer)
    if (errors === null) return []
    const reasons = new Set(errors.filter((_, index) => isReason(errors, index)).map((one) => reasonOf(one, 'answer')))
    const told = [...reasons].map((reason) => shorten(reason))
    if (told.length <= MAX_REASONS) return told.length === 0 ? ['answer: does not fit'] : told
    return [...told.slice(0, MAX_REASONS - 1), `and ${told.length - MAX_REASONS + 1} more`]
  }
}

function validator(schema: JsonSchema, name: string, first: boolean): (value: JsonValue) => OutputUnit[] | null {
  const prepared = orSchemaError(name, () => new Validator(schema, draftOf(schema), first))
  return (value) => {
    // `in` finds `constructor` in every plain object; in these it finds what the model wrote.
    const { valid, errors } = orSchemaError(name, () => prepared.validate(withoutPrototypes(value)))
    return valid ? null : errors
  }
}

/** Keywords that only say that something below them does not fit; what that is comes right behind. */
const OUTER = new Set([
  ...['properties', 'patternProperties', 'additionalProperties', 'unevaluatedProperties', 'dependentSchemas'],
  ...['items', 'prefixItems', 'unevaluatedItems', '$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if'],
])

function isReason(errors: readonly OutputUnit[], index: number): boolean {
  const [error, next] = [errors[index], errors[index + 1]]
  if (error === undefined || next === undefined || !OUTER.has(error.keyword)) return true
  const below = next.keywordLocation.startsWith(`${error.keywordLocation}/`)
  return !below && !next.instanceLocation.startsWith(`${error.instanceLocation}/`)
}

function reasonOf({ instanceLocation, error }: OutputUnit, root: string): string {
  const place = pathText(instanceLocation.replace(/^#\/?/, '').split('/').filter(Boolean), root)
  // What `additionalProperties: false` makes of a key is worded for library authors.
  return `${place}: ${error === 'False boolean schema.' ? 'is not allowed here' : error}`
}

function shorten(reason: string): string {
  const line = reason.replace(/\s+/g, ' ')
  return line.length > MAX_REASON ? `${line.slice(0, MAX_REASON)}...` : line
}

function orSchemaError<T>(name: string, use: () => T): T {
  try {
    return use()
  } catch (cause) {
    // The library lists all places that it knows, each on a line of its own.
    const [reason] = thrownMessage(cause).split('\n')
    throw new SchemaError(`${name} cannot be followed: ${reason}`)
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
