/**
 * Tools whose words and code stand apart: a folder with `tool_descriptions.json`, a list of what a model
 * is told, and `tool_funcs.ts`, `.js` or `.mjs`, which exports a function for each by its name. The
 * functions are given one object and know nothing of us; everything else is as with other tools.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isJsonObject, type JsonObject, type JsonValue } from '../contract/json.ts'
import { type JsonLines, JsonSyntaxFault, locateJson } from '../contract/json-lines.ts'
import { describedSchema } from './described-schema.ts'
import { importModule } from './import-module.ts'
import { type DeclaredResources, declaredResources } from './resources.ts'
import { type HostTool, isAsync, toTool } from './tool-export.ts'
import { ToolFileError } from './tool-file-error.ts'

const FUNCTIONS_FILE = /^tool_funcs\.(?:m?ts|m?js)$/

/**
 * @param file  absolute path of the descriptions
 * Rejects with a ToolFileError, or with what the functions' file threw.
 */
export async function describedTools(
  file: string,
): Promise<{ tools: HostTool[]; resources: DeclaredResources | null }> {
  const { list, lineOf } = readDescriptions(file)
  const functionsFile = functionsFileOf(file)
  const exports = await importModule(functionsFile)
  const functions = functionsIn(exports)
  const described = list.map((one) => (isJsonObject(one) ? String(one['name']) : ''))
  const resources = declaredResources(exports, new Set(described))
  const tools = new Map<string, HostTool>()
  for (const [index, description] of list.entries()) {
    const line = lineOf([index])
    try {
      const tool = await describedTool(description, `tool ${index + 1}`, functions, {
        file: basename(functionsFile),
        keepsState: resources !== null,
      })
      const { name } = tool.loaded
      if (tools.has(name)) throw new ToolFileError('tool_name_taken', `describes "${name}" twice`)
      tools.set(name, tool)
    } catch (error) {
      throw error instanceof ToolFileError ? new ToolFileError(error.code, error.message, line) : error
    }
  }
  return { tools: [...tools.values()], resources }
}

/** @throws ToolFileError where there is none, or more than one */
export function functionsFileOf(file: string): string {
  const folder = dirname(file)
  const [found, ...more] = readdirSync(folder)
    .filter((name) => FUNCTIONS_FILE.test(name))
    .sort()
  if (found === undefined) throw new ToolFileError('no_functions', 'there is no tool_funcs.ts, .js or .mjs beside it')
  if (more.length > 0)
    throw new ToolFileError(
      'many_functions',
      `there is more than one file of functions: ${[found, ...more].join(', ')}`,
    )
  return join(folder, found)
}

function readDescriptions(file: string): { list: JsonValue[]; lineOf: JsonLines['lineOf'] } {
  const text = readFileSync(file, 'utf8').replace(/^\ufeff/, '')
  const { lineOf, duplicates } = located(text)
  const [twice] = duplicates
  if (twice) throw new ToolFileError('bad_descriptions', `"${twice.path.at(-1)}" stands twice`, twice.line)
  const list: JsonValue = JSON.parse(text)
  if (!Array.isArray(list)) throw new ToolFileError('bad_descriptions', 'it is no list of descriptions', 1)
  if (list.length === 0) throw new ToolFileError('no_descriptions', 'its list is empty', 1)
  return { list, lineOf }
}

function located(text: string): JsonLines {
  try {
    return locateJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxFault)
      throw new ToolFileError('bad_descriptions', `no JSON: ${error.message}`, error.line)
    throw error
  }
}

type Functions = ReadonlyMap<string, (input: unknown) => unknown>

/** Exported by name, or members of what CommonJS and `export default` export; their own only. */
function functionsIn(exports: Readonly<Record<string, unknown>>): Functions {
  const { default: whole, ...named } = exports
  const inside = typeof whole === 'object' && whole !== null ? Object.entries(whole) : []
  const functions = new Map<string, (input: unknown) => unknown>()
  for (const [name, value] of [...inside, ...Object.entries(named)]) if (isFunction(value)) functions.set(name, value)
  return functions
}

async function describedTool(
  description: JsonValue,
  place: string,
  functions: Functions,
  { file, keepsState }: { file: string; keepsState: boolean },
): Promise<HostTool> {
  if (!isJsonObject(description)) throw new ToolFileError('bad_descriptions', `${place} is no object`)
  const { name } = description
  if (typeof name !== 'string' || name === '') throw new ToolFileError('bad_tool_name', `${place} has no name`)
  const named = `${place} ("${name}")`
  const run = functions.get(name)
  if (!run) {
    const known = [...functions.keys()].join(', ') || 'no function'
    throw new ToolFileError('missing_function', `${named}: ${file} exports no such function, only ${known}`)
  }
  return toTool(
    {
      ...declared(description, named),
      thread: description['thread'] ?? !(keepsState || isAsync(run)),
      execute: (input: unknown) => run(input),
    },
    place,
    keepsState,
  )
}

function declared(description: JsonObject, named: string): Record<string, unknown> {
  const { name, description: text, effect, destructive, policy, keywords, exclusive } = description
  const given = { name, description: text, effect, destructive, policy, keywords, exclusive }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(present), input_schema: describedSchema(description, named) }
}

function isFunction(value: unknown): value is (input: unknown) => unknown {
  return typeof value === 'function'
}
