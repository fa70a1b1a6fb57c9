/**
 * Collects a server's list of tools, page by page. A list has an end: a server that turns its cursor
 * for ever, or has more tools than a model can be told of, is heard out no further.
 */
import type { JsonObject } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { McpConnection } from './mcp-client.ts'

const MAX_PAGES = 100
const MAX_TOOLS = 500

export type ListedTools = {
  /** As they came. */
  tools: JsonObject[]
  /** What the user should know of the list; null: all is well. */
  remark: string | null
}

/** Rejects with what the connection rejects with. */
export async function listTools(connection: McpConnection, signal: AbortSignal): Promise<ListedTools> {
  if (!connection.hasTools) return { tools: [], remark: 'it offers no tools' }
  const tools: JsonObject[] = []
  const seen = new Set<string>()
  let cursor: string | null = null
  do {
    const page: JsonObject = await connection.listTools(cursor, signal)
    if (Array.isArray(page['tools'])) tools.push(...page['tools'].filter(isJsonObject))
    if (tools.length > MAX_TOOLS)
      return { tools: tools.slice(0, MAX_TOOLS), remark: `only its first ${MAX_TOOLS} tools are used` }
    cursor = typeof page['nextCursor'] === 'string' && page['nextCursor'] !== '' ? page['nextCursor'] : null
    if (cursor !== null && (seen.has(cursor) || seen.size >= MAX_PAGES))
      return { tools, remark: 'its list of tools has no end' }
    if (cursor !== null) seen.add(cursor)
  } while (cursor !== null)
  return { tools, remark: tools.length === 0 ? 'it offers no tools' : null }
}
