/**
 * The body of a request, exactly as it is sent and as `--dry-run` shows it. Nothing is added that
 * was not asked for: every byte is paid for in each turn.
 */

import type { JsonObject, JsonValue } from '../contract/json.ts'
import type { ModelRequest } from '../contract/model.ts'
import { sentTool } from '../contract/sent-tool.ts'

export function requestBody(model: string, request: ModelRequest): JsonObject {
  const body: JsonObject = { model, max_tokens: request.maxTokens, stream: true }
  if (request.system !== '') body['system'] = request.system
  if (request.tools.length > 0) {
    body['tools'] = request.tools.map(sentTool)
    // Without tools the API refuses a choice among them.
    if (request.toolChoice === 'none') body['tool_choice'] = { type: 'none' }
  }
  if (request.effort !== null) body['output_config'] = { effort: request.effort }
  if (request.cache) body['cache_control'] = { type: 'ephemeral' }
  // `as`: messages are JSON by construction; a readonly array is no JsonValue for the compiler.
  body['messages'] = request.messages as unknown as JsonValue
  return body
}
