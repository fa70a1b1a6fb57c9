/**
 * What the author of a tool may want to mend so that the model uses it well. Advice is no error: a tool without it works.
 */
import { isJsonObject } from '../contract/json.ts'
import { sentTool } from '../contract/sent-tool.ts'
import type { Tool } from '../contract/tool.ts'

/** A description below this says hardly more than the name. */
const MIN_DESCRIPTION = 20
/** Of one definition; every request carries it, in every turn. */
const MANY_BYTES = 4 * 1024

export function adviceFor(tool: Tool): string[] {
  const { description, input_schema } = tool
  const advice: string[] = []
  if (description.trim().length < MIN_DESCRIPTION)
    advice.push('say in the description what the tool does, when to use it and what comes back')
  const properties = isJsonObject(input_schema['properties']) ? Object.entries(input_schema['properties']) : []
  const bare = properties.filter(([, schema]) => !isExplained(schema)).map(([name]) => name)
  if (bare.length > 0) advice.push(`describe ${bare.map((name) => JSON.stringify(name)).join(', ')} in the schema`)
  const bytes = Buffer.byteLength(JSON.stringify(sentTool(tool)))
  if (bytes > MANY_BYTES) advice.push(`its definition is ${bytes} bytes, and every request carries it`)
  if (tool.effect === 'write' && /^(get|list|read|find|search|show|fetch|query|count|describe)_/i.test(tool.name))
    advice.push('its name says that it only reads: with effect "read" it starts while the reply still streams')
  return advice
}

function isExplained(schema: unknown): boolean {
  if (!isJsonObject(schema)) return false
  return typeof schema['description'] === 'string' || 'enum' in schema || 'const' in schema
}
