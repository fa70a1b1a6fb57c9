/**
 * What a tool says of its input: the JSON Schema that a model sees, and the check by the tool's own schema
 * library. A schema that does not travel as JSON, or whose shape is wrong, is the author's mistake.
 */
import type { $ZodType } from 'zod/v4/core'
import { isJsonObject, type JsonObject, type JsonSchema } from '../contract/json.ts'
import type { CheckedInput } from '../schema/checked-input.ts'
import { schemaFault } from '../schema/schema-shape.ts'
import { checkByStandardSchema, type StandardSchemaMember, standardSchemaOf } from './input-check.ts'
import { parse, stringify } from './own-json.ts'
import { ToolFileError } from './tool-file-error.ts'

export type ToolInput = {
  schema: JsonSchema
  /** null: by the schema itself. */
  check: ((input: JsonObject) => CheckedInput | Promise<CheckedInput>) | null
}

/** `input` checks; the model sees `input_schema` where there is one, else what `input` says of itself. */
export async function inputOf(tool: Readonly<Record<string, unknown>>, named: string): Promise<ToolInput> {
  const { input, input_schema: shown } = tool
  const declared = input ?? shown
  if (declared === undefined) throw new ToolFileError('bad_schema', `${named} has no input_schema`)
  const standard = standardSchemaOf(declared)
  if (!standard && input !== undefined && shown !== undefined)
    throw new ToolFileError('bad_schema', `${named} has two JSON Schemas, input and input_schema`)
  const isShown = shown !== undefined && shown !== declared
  const schema =
    standard && !isShown
      ? await jsonForm(standard, declared, named)
      : withType(plainCopy(isShown ? shown : declared, named))
  const fault = schemaFault(schema)
  if (fault !== null) throw new ToolFileError('bad_schema', `${named}: bad schema: ${fault}`)
  if (standard) return { schema, check: (value) => checkByStandardSchema(standard, value) }
  return { schema, check: null }
}

async function jsonForm(standard: StandardSchemaMember, declared: unknown, named: string): Promise<JsonSchema> {
  try {
    const found = standard.jsonSchema
      ? standard.jsonSchema.input({ target: 'draft-2020-12' })
      : await zodForm(standard, declared, named)
    const { $schema: _, ...schema } = plainCopy(found, named)
    return withType(schema)
  } catch (error) {
    if (error instanceof ToolFileError) throw error
    throw new ToolFileError('bad_schema', `${named}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** As it will travel: what is no JSON is no schema. */
function plainCopy(schema: unknown, named: string): JsonSchema {
  let copy: unknown = null
  try {
    copy = parse(stringify(schema))
  } catch {
    // Cyclic, or a BigInt in it: said below.
  }
  if (!isJsonObject(copy)) throw new ToolFileError('bad_schema', `${named}: the schema is no JSON object`)
  return copy
}

/** The API insists on `"type": "object"`. */
function withType(schema: JsonSchema): JsonSchema {
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema
}

/** Of zod/mini, and of a zod that a user has and that is older than 4.2: schemas of all zod 4 look alike. */
async function zodForm(standard: StandardSchemaMember, declared: unknown, named: string): Promise<unknown> {
  const isZod4 = typeof declared === 'object' && declared !== null && '_zod' in declared
  if (isZod4) {
    const { toJSONSchema } = await import('zod/v4/core')
    return toJSONSchema(declared as $ZodType, { io: 'input', target: 'draft-2020-12' }) // by its mark
  }
  const library = standard.vendor === undefined ? 'its schema library' : `its schema library, ${standard.vendor},`
  throw new ToolFileError('no_json_schema', `${named}: ${library} has no JSON Schema form`)
}
