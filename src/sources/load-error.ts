/**
 * Says of a tool file that does not load where it is wrong and what can be done.
 */
import { AgentError } from '../contract/error.ts'
import type { FromHost } from '../host/protocol.ts'

const HINTS: Readonly<Record<string, string>> = {
  no_tools:
    'export an object { name, description, input_schema, execute }; a file of helpers has a name that begins with _, or stands in a folder below',
  bad_tool_name: 'give it a name of letters, digits, _ and -',
  bad_schema: 'a tool without parameters has { "type": "object", "properties": {} }',
  no_descriptions: 'list what it holds: [{ "name": ..., "description": ..., "inputs": { "place": "string" } }]',
  bad_descriptions: 'it is a list: [{ "name": ..., "description": ..., "inputs": { "place": "string" } }]',
  no_inputs: 'give it "inputs": {} where it takes none',
  unknown_type: 'type words are string, number, integer, boolean, array, object',
  no_functions: 'put the functions there, exported by the names of the descriptions',
  many_functions: 'keep one of them',
  missing_function: 'export a function by the name of the description',
  no_json_schema: 'give input_schema, a JSON Schema for the model, beside input, which then checks',
  missing_package: 'install it in the folder of the tool file: npm install NAME',
  missing_file: 'check the path, which is relative to the file that imports it',
}

export function loadError({ file, line, error }: Extract<FromHost, { type: 'load_failed' }>): AgentError {
  const place = line === null ? file : `${file}:${line}`
  return new AgentError('tool-load-failed', `"${place}" does not load: ${error.message}`, {
    exit: 'config',
    hint: HINTS[error.code] ?? null,
  })
}
