/**
 * Imports tool files, each once, and says where a file that does not load is wrong. `.js` and `.mjs`
 * by plain import.
 */
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import type { JsonSchema } from '../contract/json.ts'
import type { CallError } from '../contract/outcome.ts'
import { thrownError } from './thrown.ts'
import { type HostTool, ToolFileError, toolsOf } from './tool-export.ts'

export type ReadyTool = HostTool & { check: NonNullable<HostTool['check']> }
type Tools = ReadonlyMap<string, ReadyTool>

const files = new Map<string, Promise<Tools>>()
const loaded = new Map<string, Tools>()

/** The same as loadFile, at once, where the file has been loaded. */
export function loadedFile(file: string): Tools | undefined {
  return loaded.get(file)
}

/** The file's tools by name. Rejects with whatever the file threw, or a ToolFileError. */
export function loadFile(file: string): Promise<Tools> {
  const known = files.get(file)
  if (known) return known
  const loading = importFile(file)
  files.set(file, loading)
  return loading
}

async function importFile(file: string): Promise<Tools> {
  const exports: Record<string, unknown> = await import(pathToFileURL(file).href)
  const tools = new Map<string, ReadyTool>()
  for (const tool of toolsOf(exports)) {
    const check = tool.check ?? (await jsonSchemaCheck(tool.loaded.input_schema))
    tools.set(tool.loaded.name, { ...tool, check })
  }
  loaded.set(file, tools)
  return tools
}

/** Its library is loaded only where a tool has no schema library of its own. */
async function jsonSchemaCheck(schema: JsonSchema): Promise<ReadyTool['check']> {
  const { jsonSchemaChecker } = await import('../schema/json-schema-check.ts')
  return jsonSchemaChecker(schema)
}

export async function loadFault(file: string, thrown: unknown): Promise<{ error: CallError; line: number | null }> {
  const error = thrownError(thrown)
  if (thrown instanceof ToolFileError) return { error, line: null }
  const code = thrown instanceof SyntaxError ? 'syntax_error' : 'load_error'
  return {
    error: { code, message: error.message },
    line: lineOf(file, thrown) ?? (await syntaxErrorLine(file, thrown)),
  }
}

function lineOf(file: string, thrown: unknown): number | null {
  const stack: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'stack') : undefined
  if (typeof stack !== 'string') return null
  const at = stack.indexOf(`${pathToFileURL(file).href}:`)
  const line = at === -1 ? Number.NaN : Number.parseInt(stack.slice(at + pathToFileURL(file).href.length + 1), 10)
  return Number.isNaN(line) ? null : line
}

/** The stack of a syntax error names no line of the file; `node --check` prints it first. */
function syntaxErrorLine(file: string, thrown: unknown): Promise<number | null> {
  if (!(thrown instanceof SyntaxError)) return Promise.resolve(null)
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', file], (_, _stdout, stderr) => {
      const first = stderr.split('\n', 1)[0] ?? ''
      const line = Number(/:(\d+)$/.exec(first)?.[1])
      resolve(first.includes(file) && !Number.isNaN(line) ? line : null)
    })
  })
}
