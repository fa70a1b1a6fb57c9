/**
 * Says of a tool file that does not load where it is wrong and what can be done.
 */
import { AgentError } from '../contract/error.ts'
import type { FromHost } from '../host/protocol.ts'

const HINTS: Readonly<Record<string, string>> = {
  no_tools: 'export an object { name, description, input_schema, execute }, by name or by default',
  bad_tool_name: 'give it a name of letters, digits, _ and -',
  bad_schema: 'a tool without parameters has { "type": "object", "properties": {} }',
  ERR_MODULE_NOT_FOUND: 'install it beside the tool file',
}

export function loadError({ file, line, error }: Extract<FromHost, { type: 'load_failed' }>): AgentError {
  const place = line === null ? file : `${file}:${line}`
  return new AgentError('tool-load-failed', `"${place}" does not load: ${error.message}`, {
    exit: 'config',
    hint: HINTS[error.code] ?? null,
  })
}
