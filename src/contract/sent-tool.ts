/**
 * A tool as a model is sent it. The Messages API answers 400 to the whole request where one tool's schema
 * has `oneOf`, `anyOf` or `allOf` at its top; servers and schema libraries write such schemas, so these
 * go into the description, where a model reads them as well. Input is checked by the whole schema.
 */
import type { JsonObject } from './json.ts'
import type { ToolDefinition } from './tool.ts'

const REFUSED = ['oneOf', 'anyOf', 'allOf'] as const

export function sentTool({ name, description, input_schema }: ToolDefinition): JsonObject {
  if (!REFUSED.some((keyword) => keyword in input_schema)) return { name, description, input_schema }
  const { oneOf, anyOf, allOf, ...schema } = input_schema
  const told = JSON.stringify({ oneOf, anyOf, allOf })
  return {
    name,
    description: `${description}\nThe input must also fit this JSON Schema: ${told}`,
    input_schema: schema,
  }
}
