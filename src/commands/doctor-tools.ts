/** `agent doctor`: whether tools load, each file by itself, and whether MCP servers answer, each by itself. */
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import { EXIT, isAgentError, thrownMessage } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'
import { openProcessGroups } from '../process/groups.ts'
import { formatCounted } from '../reporters/format.ts'
import type { McpEntry } from '../sources/mcp-entry.ts'
import { StartFault } from '../sources/mcp-link.ts'
import { mcpEntries } from '../sources/mcp-places.ts'
import { openMcpServer } from '../sources/mcp-server.ts'
import type { Checked } from './checked-places.ts'
import { checkAll, clash, filePlaces, shippedPlace } from './checked-places.ts'
import type { Check, Finding } from './doctor-check.ts'
import { failed, ok, skipped, warning } from './doctor-check.ts'
import type { ToolsCommand } from './tools-opening.ts'

/** The shipped ones first, then what was named, then what is wrong with all of it together. */
export function toolChecks(config: ToolsConfig, start: ToolsCommand['start']): Check[] {
  const shipped = config.builtins ? [shippedPlace(config)] : []
  const places = [...shipped, ...filePlaces(config)]
  const checking = checkAll(places, start)
  checking.catch(() => undefined) // told by the checks
  const checks = places.map(({ name }, at): Check => {
    return { name: 'tools', look: async () => toolFinding(name, (await checking)[at]) }
  })
  const named = async () => clash((await checking).slice(shipped.length), config)
  const together: Check = {
    name: 'tools',
    look: async () => {
      const error = await named()
      return error === null ? ok('no two of one name') : failed(error.message, error.hint, EXIT.config)
    },
  }
  const none: Check = { name: 'tools', look: () => skipped('the shipped ones are left out, and none is named') }
  return [...(places.length === 0 ? [none] : checks), ...(places.length - shipped.length > 1 ? [together] : [])]
}

function toolFinding(place: string, checked: Checked | undefined): Finding {
  if (checked?.error) return failed(`${place}: ${checked.error.message}`, checked.error.hint, EXIT.config)
  return ok(`${place}: ${formatCounted(checked?.tools.length ?? 0, 'tool')}`)
}

export type Servers = { checks: Check[]; kill(): void; close(): Promise<void> }

/** Starts all servers at once, as a run does. */
export async function openServers(config: ToolsConfig, deps: { clock: Clock; notify: Notify }): Promise<Servers> {
  const groups = openProcessGroups()
  const client = import('../sources/mcp-client.ts')
  client.catch(() => undefined)
  const { baseEnvironment } = config
  const opened: ReturnType<typeof openMcpServer>[] = []
  const checkOf = (entry: McpEntry): Check => {
    const server = openMcpServer(entry, { name: entry.name, groups, baseEnvironment, client, trace: null, ...deps })
    opened.push(server)
    const looking = server.start().then(({ tools, remark }) => {
      const found = `${entry.name}: ${formatCounted(tools.length, 'tool')}`
      return remark === null ? ok(found) : warning(`${found}; ${remark}`, null)
    })
    const look = looking.catch((error: unknown): Finding => {
      if (!(error instanceof StartFault)) throw error
      const said = `${entry.name} did not start: ${error.message}`
      return config.requireMcp ? failed(said, error.hint, EXIT.config) : warning(said, error.hint)
    })
    return { name: 'mcp', look: () => look }
  }
  const checks = config.mcp.map(async (place): Promise<Check[]> => {
    try {
      return (await mcpEntries({ ...config, mcp: [place] }, deps.notify)).map(checkOf)
    } catch (error) {
      if (!isAgentError(error)) throw error
      return [{ name: 'mcp', look: () => failed(thrownMessage(error), error.hint, EXIT.config) }]
    }
  })
  const none: Check = { name: 'mcp', look: () => skipped('no server is named') }
  return {
    checks: config.mcp.length === 0 ? [none] : (await Promise.all(checks)).flat(),
    kill: () => groups.close(),
    close: async () => {
      await Promise.all(opened.map((server) => server.close(false)))
      groups.close()
    },
  }
}
