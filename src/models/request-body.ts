/**
 * The body of a request, exactly as it is sent and as `--dry-run` shows it. Nothing is added that
 * was not asked for: every byte is paid for in each turn.
 */

import type { JsonObject, JsonValue } from '../contract/json.ts'
import type { ModelRequest } from '../contract/model.ts'
import { sentTool } from '../contract/sent-tool.ts'

export function requestBody(model: string, request: ModelRequest): JsonObject {
  const body: JsonObject = { model, max_tokens: request.maxTokens, stream: true }
  const { answer } = request
  const system = [request.system, answer?.format === null ? answer.words : ''].filter((text) => text !== '')
  if (system.length > 0) body['system'] = system.join('\n\n')
  if (request.tools.length > 0) {
    body['tools'] = request.tools.map(sentTool)
    // Without tools the API refuses a choice among them.
    if (request.toolChoice === 'none') body['tool_choice'] = { type: 'none' }
  }
  const output: JsonObject = {}
  if (request.effort !== null) output['effort'] = request.effort
  if (answer?.format != null) output['format'] = { type: 'json_schema', schema: answer.format }
  if (Object.keys(output).length > 0) body['output_config'] = output
  if (request.cache) body['cache_control'] = { type: 'ephemeral' }
  // `as`: messages are JSON by construction; a readonly array is no JsonValue for the compiler.
  body['messages'] = request.messages as unknown as JsonValue
  return body
}
