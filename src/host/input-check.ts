/**
 * Checks a call's input by the tool's own Standard Schema (zod, valibot, arktype), before the tool
 * sees it. schema/json-schema-check.ts does the same for plain JSON Schema.
 */
import type { JsonObject } from '../contract/json.ts'
import type { CheckedInput } from '../schema/checked-input.ts'
import { pathText } from '../schema/checked-input.ts'

/** Standard Schema as it is found at run time, never by instanceof. */
export type StandardSchemaMember = {
  vendor?: string
  validate: (value: unknown) => unknown
  jsonSchema?: { input: (options: { target: string }) => unknown }
}

const MAX_ISSUES = 3

export function standardSchemaOf(schema: unknown): StandardSchemaMember | null {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return null
  const member: unknown = Reflect.get(schema, '~standard')
  const isStandard = typeof member === 'object' && member !== null && 'validate' in member
  return isStandard && typeof member.validate === 'function' ? (member as StandardSchemaMember) : null // the one method that is needed is there
}

/** At once, unless the schema itself is asynchronous. */
export function checkByStandardSchema(
  schema: StandardSchemaMember,
  input: JsonObject,
): CheckedInput | Promise<CheckedInput> {
  const result = schema.validate(input)
  return result instanceof Promise ? result.then(checkedInput) : checkedInput(result)
}

function checkedInput(result: unknown): CheckedInput {
  if (typeof result !== 'object' || result === null) return { fits: false, message: 'input: the schema gave no result' }
  const issues: unknown = Reflect.get(result, 'issues')
  if (!Array.isArray(issues)) return { fits: true, value: Reflect.get(result, 'value') }
  return { fits: false, message: issues.slice(0, MAX_ISSUES).map(issueText).join('; ') || 'input: does not fit' }
}

function issueText(issue: unknown): string {
  if (typeof issue !== 'object' || issue === null) return 'input: does not fit'
  const path: unknown = Reflect.get(issue, 'path')
  const keys = Array.isArray(path) ? path.map((part) => String(isKeyed(part) ? part.key : part)) : []
  return `${pathText(keys)}: ${String(Reflect.get(issue, 'message'))}`
}

function isKeyed(part: unknown): part is { key: unknown } {
  return typeof part === 'object' && part !== null && 'key' in part
}
