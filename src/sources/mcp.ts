/**
 * The source of MCP tools: servers that the command line names. All of them start at once, and the
 * client is loaded while they do. The run goes on without one that does not start, unless it was
 * asked not to.
 */
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import { AgentError } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Source } from '../contract/source.ts'
import type { Tool } from '../contract/tool.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import { openProcessGroups } from '../process/groups.ts'
import { type InputChecks, openInputChecks } from './check.ts'
import { StartFault } from './mcp-link.ts'
import { mcpEntries } from './mcp-places.ts'
import { type McpServer, openMcpServer } from './mcp-server.ts'
import { type LeftOut, mcpTool } from './mcp-tool.ts'

export type McpSourceOptions = { config: ToolsConfig; clock: Clock; notify: Notify; trace: TraceContext | null }

export function openMcpSource({ config, clock, notify, trace }: McpSourceOptions): Source {
  const groups = openProcessGroups()
  const checks = openInputChecks({ clock })
  let servers: McpServer[] = []
  let closing: { now: boolean } | null = null
  const opening = open()
  // Told to whoever asks for the tools; a run that ends first asks nobody.
  opening.catch(() => undefined)

  /** Of a run that has ended already a server need not say that it did not start. */
  const say: Notify = (level, text) => {
    if (closing === null) notify(level, text)
  }

  async function open(): Promise<Tool[]> {
    const entries = await mcpEntries(config, notify)
    if (closing !== null || entries.length === 0) return []
    // It is looked at in later ticks: the processes of servers are started first.
    const client = import('./mcp-client.ts')
    client.catch(() => undefined)
    const { baseEnvironment } = config
    servers = entries.map((entry) =>
      openMcpServer(entry, { name: entry.name, groups, clock, notify, baseEnvironment, client, trace }),
    )
    const found = await Promise.all(servers.map((server) => toolsOf(server, checks, config.requireMcp, say)))
    return found.flat()
  }

  async function end(now: boolean): Promise<void> {
    if (now) groups.close()
    await Promise.all(servers.map((server) => server.close(now)))
    groups.close()
    await checks.close()
  }

  return {
    tools: () => opening,
    async close({ now } = { now: false }) {
      closing ??= { now }
      await end(now)
    },
  }
}

async function toolsOf(server: McpServer, checks: InputChecks, isRequired: boolean, notify: Notify): Promise<Tool[]> {
  try {
    const { tools: listed, remark } = await server.start()
    if (remark !== null) notify('warning', `MCP server "${server.name}": ${remark}`)
    const tools = await Promise.all(listed.map((one) => mcpTool(one, server, checks)))
    return usable(tools, ({ level, reason }) => notify(level, `MCP server "${server.name}": left out: ${reason}`))
  } catch (error) {
    if (!(error instanceof StartFault)) throw error
    const message = `the MCP server "${server.name}" did not start: ${error.message}`
    if (isRequired) throw new AgentError('mcp-server-failed', message, { exit: 'config', hint: error.hint })
    notify('warning', `${message}; the run goes on without it${error.hint === null ? '' : `; ${error.hint}`}`)
    return []
  }
}

/** Each name once: two tools of one server under one name cannot be told apart, and the first is called. */
function usable(tools: readonly (Tool | LeftOut)[], leaveOut: (what: LeftOut) => void): Tool[] {
  const usable = new Map<string, Tool>()
  for (const tool of tools) {
    if ('reason' in tool) leaveOut(tool)
    else if (usable.has(tool.name)) leaveOut({ level: 'warning', reason: `"${tool.name}" stands twice in its list` })
    else usable.set(tool.name, tool)
  }
  return [...usable.values()]
}
