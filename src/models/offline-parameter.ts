/**
 * What the offline model knows of a tool's parameters: the kinds that it can fill from a question,
 * read from the JSON Schema. Arrays and objects are of no kind that it fills.
 */
import type { JsonSchema, JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'

export type ParameterKind =
  | 'string'
  | 'url'
  | 'expression'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'enum'
  | 'fixed'
  | 'other'

export type Parameter = {
  name: string
  kind: ParameterKind
  required: boolean
  /** Of an enum: its members; of a fixed one: its only value. */
  members: JsonValue[]
  default: JsonValue | undefined
}

/** The parameters in the order in which they are asked for: required ones first. */
export function parametersOf(schema: JsonSchema): Parameter[] {
  const properties = isJsonObject(schema.properties) ? schema.properties : {}
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  const parameters = Object.entries(properties).map(([name, property]): Parameter => {
    const form = fillableForm(property)
    return {
      name,
      kind: kindOf(name, form),
      required: required.has(name),
      members: Array.isArray(form.enum) ? form.enum : form.const === undefined ? [] : [form.const],
      default: isJsonObject(property) ? property.default : undefined,
    }
  })
  return [...parameters.filter((one) => one.required), ...parameters.filter((one) => !one.required)]
}

/** Of `anyOf` and `oneOf` the first form that can be filled. */
function fillableForm(property: JsonValue | undefined): JsonSchema {
  if (!isJsonObject(property)) return {}
  const forms = property.anyOf ?? property.oneOf
  if (!Array.isArray(forms)) return property
  const objects = forms.filter(isJsonObject)
  return objects.find((form) => kindOf('', form) !== 'other') ?? property
}

function kindOf(name: string, form: JsonSchema): ParameterKind {
  if (form.const !== undefined) return 'fixed'
  if (Array.isArray(form.enum)) return 'enum'
  const types: JsonValue[] = Array.isArray(form.type) ? form.type : form.type === undefined ? [] : [form.type]
  if (types.includes('string')) {
    if (form.format === 'uri' || form.format === 'url' || /^ur[il]$/i.test(name)) return 'url'
    return /^(?:expression|formula)$/i.test(name) ? 'expression' : 'string'
  }
  if (types.includes('integer')) return 'integer'
  if (types.includes('number')) return 'number'
  return types.includes('boolean') ? 'boolean' : 'other'
}

/**
 * A whole arithmetic expression: numbers, operators, brackets, named functions and constants; not just a number. Read
 * token by token, since one pattern for all of it would backtrack without end.
 */
export function isExpression(text: string): boolean {
  const token = /\d+(?:\.\d+)?|\.\d+|[-+*/%^(),]|\s+|[a-z][a-z0-9]*(?=\s*\()|(?:pi|e|tau)(?![a-z0-9])/giy
  while (token.lastIndex < text.length) if (!token.test(text)) return false
  return /\d|pi|tau/i.test(text) && /[-+*/%^(]/.test(text) && !/^[-+]?[\d.,]+$/.test(text)
}
