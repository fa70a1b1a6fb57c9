/**
 * Opens the sources of a run side by side and names what they yield. Shared by the run and by the
 * commands that look at tools. Sources that no flag asks for are not even loaded.
 */
import { availableParallelism } from 'node:os'
import type { Clock } from './contract/clock.ts'
import type { SlotsConfig, ToolsConfig } from './contract/config.ts'
import type { Notify } from './contract/reporter.ts'
import type { CloseOptions, Source } from './contract/source.ts'
import type { TraceContext } from './contract/trace-context.ts'
import { Slots } from './policies/slots.ts'
import { maxThreads, openModuleSource } from './sources/module.ts'
import type { Registry } from './sources/registry.ts'
import { buildRegistry } from './sources/registry.ts'
import { toolPaths } from './sources/tool-paths.ts'

export const COMMANDS_PER_CORE = 4
/** Of each server. */
export const MCP_CALLS = 16

export type ToolsDeps = {
  clock: Clock
  notify: Notify
  /** What tools write to their stdout and stderr. */
  toolOutput: (chunk: Buffer) => void
  /** Whether the run asks the offline planner, which tools are told. */
  offline: boolean
  /** Handed to what calls start; null: the run is not traced. */
  trace: TraceContext | null
}

export interface StartedTools {
  /** Rejects with an AgentError where a tool does not load, or two have one name (exit 3). */
  readonly registry: Promise<Registry>
  /** Whether closing them lets tools put something away, which takes its time. */
  readonly disposes: boolean
  /** Ends every process and connection, the last that was opened first; never rejects. */
  close(options?: CloseOptions): Promise<void>
}

/** @throws AgentError where a path names no tools (exit 3) */
export function startTools(config: ToolsConfig, deps: ToolsDeps): StartedTools {
  const { modules, described, manifests } = toolPaths(config.paths)
  const moduleSource = openModuleSource({ config, files: [...modules, ...described], ...deps })
  const sources: Source[] = [moduleSource]
  if (manifests.length > 0)
    sources.push(
      lazySource(async () => (await import('./sources/command.ts')).openCommandSource({ config, manifests, ...deps })),
    )
  if (config.mcp.length > 0)
    sources.push(lazySource(async () => (await import('./sources/mcp.ts')).openMcpSource({ config, ...deps })))
  const close = async (options?: CloseOptions) => {
    // What is killed needs no order, and none of them should wait for the others to be gone.
    if (options?.now) await Promise.all(sources.map((source) => source.close(options)))
    else for (const source of [...sources].reverse()) await source.close(options)
  }
  const registry = Promise.all(sources.map((source) => source.tools())).then((found) => {
    const tools = found.flat()
    const shipped = tools.filter((tool) => tool.source === 'builtin')
    const named = tools.filter((tool) => tool.source !== 'builtin')
    return buildRegistry({ shipped, named }, config, deps.notify)
  })
  registry.catch(() => close({ now: true }))
  return {
    registry,
    close,
    get disposes() {
      return moduleSource.disposes
    },
  }
}

/** @param run  tool calls that run at once */
export function openSlots(run: number, { threads, commands, mcp }: SlotsConfig): Slots {
  const kinds = {
    loop: Number.POSITIVE_INFINITY,
    thread: maxThreads(threads),
    command: commands ?? COMMANDS_PER_CORE * availableParallelism(),
    mcp: mcp ?? MCP_CALLS,
  }
  return new Slots({ run, kinds })
}

/** A source that is loaded first; one that is closed meanwhile is never opened. */
function lazySource(load: () => Promise<Source>): Source {
  const loading = load()
  return {
    tools: async () => (await loading).tools(),
    close: async (options) => {
      const source = await loading.catch(() => null)
      await source?.close(options)
    },
  }
}
