/**
 * The source of command tools: programs that manifests (`*.tool.json`) describe, each call a child
 * process with a process group of its own. Nothing of them is started here before the first call.
 */
import type { Clock } from '../contract/clock.ts'
import type { ToolsConfig } from '../contract/config.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Source } from '../contract/source.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import { openProcessGroups } from '../process/groups.ts'
import { openInputChecks } from './check.ts'
import { readManifests } from './command-manifest.ts'
import { type CommandDeps, type CommandTool, commandTool } from './command-tool.ts'

export type CommandSourceOptions = {
  config: ToolsConfig
  /** Absolute paths, each once. */
  manifests: readonly string[]
  clock: Clock
  notify: Notify
  /** null: the run is not traced. */
  trace: TraceContext | null
}

export interface CommandSource extends Source {
  tools(): Promise<CommandTool[]>
}

/** What programs that have been asked to end may still take, and then what killing them may take. */
const CLOSE_MS = 150

export function openCommandSource({ config, manifests, clock, notify, trace }: CommandSourceOptions): CommandSource {
  const groups = openProcessGroups()
  const checks = openInputChecks({ clock })
  let tools: Promise<CommandTool[]> | null = null
  let closing: Promise<void> | null = null

  async function close(now: boolean): Promise<void> {
    // Whoever runs by now was given up, and has been asked to end.
    if (!now) await groups.ended(CLOSE_MS, clock)
    groups.close()
    await Promise.all([groups.ended(CLOSE_MS, clock), checks.close()])
  }

  return {
    tools() {
      tools ??= load(manifests, { config, groups, checks, clock, notify, trace })
      return tools
    },
    close(how = { now: false }) {
      if (how.now) groups.killAll()
      closing ??= close(how.now)
      return closing
    },
  }
}

async function load(manifests: readonly string[], deps: CommandDeps): Promise<CommandTool[]> {
  const tools = await Promise.all(manifests.map((file) => loadFile(file, deps)))
  return tools.flat()
}

async function loadFile(file: string, deps: CommandDeps): Promise<CommandTool[]> {
  const tools = new Map<string, CommandTool>()
  for (const read of await readManifests(file)) {
    const tool = await commandTool(read, file, deps)
    if (tools.has(tool.name)) throw read.fault(['name'], `"${tool.name}" is defined twice`)
    tools.set(tool.name, tool)
  }
  return [...tools.values()]
}
