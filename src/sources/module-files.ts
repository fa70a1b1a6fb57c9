/**
 * Finds the module files that the command line names, and says of a file that does not load where it
 * is wrong and what can be done. Folders are not searched in depth: what runs is what was named.
 */
import { readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { AgentError } from '../contract/error.ts'
import type { FromHost } from '../host/protocol.ts'

const EXTENSIONS = ['.js', '.mjs']

const HINTS: Readonly<Record<string, string>> = {
  no_tools: 'export an object { name, description, input_schema, execute }, by name or by default',
  bad_tool_name: 'give it a name of letters, digits, _ and -',
  bad_schema: 'a tool without parameters has { "type": "object", "properties": {} }',
  ERR_MODULE_NOT_FOUND: 'install it beside the tool file',
}

/**
 * @param paths  absolute, in the order of the command line
 * @returns      files, each once
 * @throws       AgentError `tool-file-missing`, `tool-file-type` or `no-tool-files` (exit 3)
 */
export function moduleFiles(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap(filesAt))]
}

function filesAt(path: string): string[] {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry) {
    throw new AgentError('tool-file-missing', `no tool file at "${path}"`, {
      exit: 'config',
      hint: 'check the path given to --tools',
    })
  }
  if (!entry.isDirectory()) {
    if (isModule(path)) return [path]
    throw new AgentError('tool-file-type', `"${path}" is no tool file`, {
      exit: 'config',
      hint: `tool files end in ${EXTENSIONS.join(' or ')}`,
    })
  }
  const files = readdirSync(path).filter(isModule).sort()
  if (files.length > 0) return files.map((file) => join(path, file))
  throw new AgentError('no-tool-files', `"${path}" holds no tool files`, {
    exit: 'config',
    hint: `tool files end in ${EXTENSIONS.join(' or ')}; folders below it are not searched`,
  })
}

function isModule(path: string): boolean {
  return EXTENSIONS.includes(extname(path))
}

export function loadError({ file, line, error }: Extract<FromHost, { type: 'load_failed' }>): AgentError {
  const place = line === null ? file : `${file}:${line}`
  return new AgentError('tool-load-failed', `"${place}" does not load: ${error.message}`, {
    exit: 'config',
    hint: HINTS[error.code] ?? null,
  })
}
