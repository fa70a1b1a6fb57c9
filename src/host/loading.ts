/**
 * Imports tool files, each once, and says where a file that does not load is wrong. `.js` and `.mjs`
 * by plain import.
 */
import { execFile } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import type { CallError } from '../contract/outcome.ts'
import { thrownError } from './thrown.ts'
import { type HostTool, ToolFileError, toolsOf } from './tool-export.ts'

const files = new Map<string, Promise<Map<string, HostTool>>>()

/** The file's tools by name. Rejects with whatever the file threw, or a ToolFileError. */
export function loadFile(file: string): Promise<Map<string, HostTool>> {
  const known = files.get(file)
  if (known) return known
  const loading = importFile(file)
  files.set(file, loading)
  return loading
}

async function importFile(file: string): Promise<Map<string, HostTool>> {
  const exports: Record<string, unknown> = await import(pathToFileURL(file).href)
  return new Map(toolsOf(exports).map((tool) => [tool.loaded.name, tool]))
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
