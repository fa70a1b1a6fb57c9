/**
 * The source of MCP tools: servers that the command line names.
 */
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Source } from '../contract/source.ts'

export type McpSourceOptions = {
  config: ToolsConfig
  clock: Clock
  notify: Notify
  /** What servers write to stderr. */
  toolOutput: (chunk: Buffer) => void
}

export function openMcpSource(_options: McpSourceOptions): Source {
  return { tools: () => Promise.resolve([]), close: () => Promise.resolve() }
}
