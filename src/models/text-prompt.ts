/**
 * What a model without native tool use is told: which tools there are and how it calls them, as one
 * text that is the same for the same tools, so that the server's cache and every replay hold. How the
 * calls are read is fence-parser.ts's; it forgives more than is asked for here.
 */
import type { ToolDefinition } from '../contract/tool.ts'

export const NO_CALLS_NOW =
  'No tool can be called any more. Give your final answer now, from what there is; a call would be taken for the answer.'

/** @returns '' where there are no tools */
export function toolPrompt(tools: readonly ToolDefinition[]): string {
  return tools.length === 0 ? '' : [HOW_TO_CALL, ...tools.map(describe)].join('\n\n')
}

const HOW_TO_CALL = `# Tools

You can call the tools that are listed below. To call one, answer with nothing but one JSON object:

{"tool": "name of the tool", "inputs": {"parameter": "value"}}

To call several at the same time, answer with nothing but a list of such objects:

[{"tool": "first", "inputs": {}}, {"tool": "second", "inputs": {}}]

The inputs must fit the JSON Schema of the tool. Write strict JSON: double quotes, no comments, every backslash, quote and line break in a string escaped. Nothing may stand in front of the JSON, or it is not read as a call. The results come in the next message, one for each call, in the order of the calls; never write results yourself.

Anything that is not such JSON is your final answer and ends the conversation.`

function describe({ name, description, input_schema }: ToolDefinition): string {
  return `## ${name}\n\n${description.trim()}\n\nInputs: ${JSON.stringify(input_schema)}`
}
