/**
 * Loads tool files and MCP servers one by one, each by itself, so that one that is broken hides none of
 * the others. What is said of them is up to the commands: `agent tools check`, `agent doctor`.
 */
import type { ToolsConfig } from '../contract/config.ts'
import type { AgentError } from '../contract/error.ts'
import { isAgentError } from '../contract/error.ts'
import type { Tool } from '../contract/tool.ts'
import { builtinDefinitions } from '../sources/builtin-definitions.ts'
import { buildRegistry } from '../sources/registry.ts'
import { toolPaths } from '../sources/tool-paths.ts'
import type { ToolsCommand } from './tools-opening.ts'

type Start = ToolsCommand['start']

/** One file or server, checked by itself. */
export type Checked = {
  place: string
  error: Pick<AgentError, 'code' | 'message' | 'hint'> | null
  tools: readonly Tool[]
}

/** Hosts and servers at once. */
const AT_ONCE = 4

/** What is to be loaded by itself. */
export type Place = { name: string; tools: ToolsConfig; error: AgentError | null }

function alone(config: ToolsConfig, what: Partial<ToolsConfig>): ToolsConfig {
  return { ...config, builtins: false, only: null, allow: [], deny: [], sayings: [], mcp: [], paths: [], ...what }
}

/** Each file of a folder by itself: the first bad one would hide the others. */
export function filePlaces(config: ToolsConfig): Place[] {
  return config.paths.flatMap((named): Place[] => {
    try {
      const { modules, described, manifests } = toolPaths([named])
      return [...modules, ...described, ...manifests].map((path) => {
        return { name: path, tools: alone(config, { paths: [{ ...named, path }] }), error: null }
      })
    } catch (error) {
      if (!isAgentError(error)) throw error
      return [{ name: named.path, tools: alone(config, {}), error }]
    }
  })
}

export function serverPlaces(config: ToolsConfig): Place[] {
  return config.mcp.map((place) => ({ name: place.text, tools: alone(config, { mcp: [place] }), error: null }))
}

/** The tools that ship, loaded from their files as if the user had named them: a run takes their word from the build. */
export function shippedPlace(config: ToolsConfig): Place {
  const files = [...new Set(builtinDefinitions().map(({ file }) => file))]
  const paths = files.map((path) => ({ path, from: 'the shipped tools' }))
  return { name: 'shipped', tools: alone(config, { paths }), error: null }
}

export async function checkAll(places: readonly Place[], start: Start): Promise<Checked[]> {
  const checked: Checked[] = []
  const waiting = [...places.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      checked[next[0]] = await checkOne(next[1], start)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return checked
}

async function checkOne({ name, tools, error }: Place, start: Start): Promise<Checked> {
  if (error !== null) return { place: name, error, tools: [] }
  const started = start(tools)
  try {
    return { place: name, error: null, tools: (await started.registry).tools }
  } catch (thrown) {
    if (!isAgentError(thrown)) throw thrown
    return { place: name, error: thrown, tools: [] }
  } finally {
    await started.close()
  }
}

/** What is wrong with all of them together: two tools of one name. */
export function clash(checked: readonly Checked[], config: ToolsConfig): AgentError | null {
  const named = checked.flatMap(({ tools }) => tools)
  try {
    buildRegistry({ shipped: [], named }, { ...config, only: null, allow: [], deny: [], sayings: [] }, () => {})
    return null
  } catch (error) {
    if (isAgentError(error)) return error
    throw error
  }
}
