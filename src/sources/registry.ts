/**
 * Gives every tool its name: the user's own replace the shipped ones, flags and config file choose and
 * adapt, and what two tools claim is an error. Lookups go through a Map only, since models also ask for
 * tools called `constructor`.
 */
import type { ToolsConfig } from '../contract/config.ts'
import { AgentError } from '../contract/error.ts'
import { matchesAny, matchesGlob } from '../contract/glob.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Tool } from '../contract/tool.ts'
import { builtinDefinitions } from './builtin-definitions.ts'
import { apiName, placeOf, refuseHidden } from './tool-names.ts'
import type { ToolSettings } from './tool-settings.ts'
import { settleTools } from './tool-settings.ts'

export interface Registry {
  /** As they will be called: named and adapted. */
  readonly tools: readonly Tool[]
  find(name: string): Tool | undefined
  /** What is in force for a tool, and where it was said. */
  settingsOf(name: string): ToolSettings | undefined
  /** What is said of a tool that is not there: how it is turned on, or which ones there are. */
  explain(name: string): string
}

/** Shipped tools that are off, and what turns them on. */
const OFF: Readonly<Record<string, { isOn: (config: ToolsConfig) => boolean; hint: string }>> = {
  read_file: {
    isOn: ({ root, allow }) => root !== null || matchesAny(allow, 'read_file'),
    hint: 'read_file is off; turn it on with --root DIR',
  },
  run_command: {
    isOn: ({ allow }) => matchesAny(allow, 'run_command'),
    hint: 'run_command is off; turn it on with --allow run_command',
  },
}

/** @throws AgentError `tool-name-taken`, `hidden-characters`, `unknown-tool` or `bad-policy` (exit 3) */
export function buildRegistry(
  tools: { shipped: readonly Tool[]; named: readonly Tool[] },
  config: ToolsConfig,
  notify: Notify,
): Registry {
  const named = new Map<string, Tool>()
  for (const tool of tools.named) add(tool, named)
  const shipped = new Map<string, Tool>()
  for (const tool of config.builtins ? tools.shipped : []) {
    if (named.has(tool.name))
      notify('info', `"${tool.name}" of ${placeOf(named.get(tool.name))} replaces the shipped one`)
    else if (OFF[tool.name]?.isOn(config) ?? true) add(tool, shipped)
  }
  const all = new Map([...shipped, ...named])
  const kept = config.only === null ? all : onlyNamed(config.only, all)
  const { tools: adapted, settings } = settleTools(kept, all, config, notify)
  for (const flag of ['allow', 'deny'] as const) {
    for (const pattern of config[flag].filter((one) => ![...all.keys()].some((name) => matchesGlob(one, name)))) {
      notify('warning', `--${flag} names "${pattern}", which is no tool here; ${known(all)}`)
    }
  }
  for (const { flag, pattern } of config.sayings) {
    if (flag === null || pattern === null || [...all.keys()].some((name) => matchesGlob(pattern, name))) continue
    notify('warning', `${flag} names "${pattern}", which is no tool here; ${known(all)}`)
  }
  for (const pattern of unmatched(config, [...all.keys()], tools.shipped)) {
    notify('warning', `"${pattern}" among the config file's tools matches no tool; ${known(all)}`)
  }
  return {
    tools: [...adapted.values()],
    find: (name) => adapted.get(name),
    settingsOf: (name) => settings.get(name),
    explain: (name) => (Object.hasOwn(OFF, name) && !all.has(name) ? (OFF[name]?.hint ?? '') : known(adapted)),
  }
}

function add(tool: Tool, to: Map<string, Tool>): void {
  refuseHidden(tool, placeOf(tool))
  const name = apiName(tool.name)
  const other = to.get(name)
  if (other) {
    const mapped = name === tool.name && name === other.name ? '' : ' (names are mapped to letters, digits, _ and -)'
    throw new AgentError(
      'tool-name-taken',
      `"${name}" is defined by both ${placeOf(other)} and ${placeOf(tool)}${mapped}`,
      {
        exit: 'config',
        hint: 'rename one of them, or leave one out of --tools',
      },
    )
  }
  to.set(name, tool)
}

function onlyNamed(names: readonly string[], all: ReadonlyMap<string, Tool>): Map<string, Tool> {
  const kept = new Map<string, Tool>()
  for (const name of names) {
    const tool = all.get(name)
    if (!tool) {
      throw new AgentError('unknown-tool', `--only names "${name}", which is no tool here`, {
        exit: 'config',
        hint: Object.hasOwn(OFF, name) ? (OFF[name]?.hint ?? null) : known(all),
      })
    }
    kept.set(name, tool)
  }
  return kept
}

function known(tools: ReadonlyMap<string, unknown>): string {
  return `known: ${[...tools.keys()].join(', ') || 'none'}`
}

/**
 * Patterns that are misspelled. One that means a shipped tool is none, also where that tool is off or
 * left out: a file is written for many runs.
 */
function unmatched({ sayings, builtins }: ToolsConfig, here: readonly string[], shipped: readonly Tool[]): string[] {
  const patterns = sayings.flatMap(({ flag, pattern }) => (flag === null && pattern !== null ? [pattern] : []))
  const missing = patterns.filter((pattern) => !here.some((name) => matchesGlob(pattern, name)))
  if (missing.length === 0) return []
  const leftOut = builtins ? shipped : builtinDefinitions()
  return missing.filter((pattern) => !leftOut.some(({ name }) => matchesGlob(pattern, name)))
}
