/**
 * Gives every tool its name: the user's own replace the shipped ones, flags and config file choose and
 * adapt, and what two tools claim is an error. Lookups go through a Map only, since models also ask for
 * tools called `constructor`.
 */
import type { ToolOverride, ToolsConfig } from '../contract/config.ts'
import { AgentError } from '../contract/error.ts'
import { matchesAny, matchesGlob } from '../contract/glob.ts'
import type { Policy } from '../contract/policy.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Tool } from '../contract/tool.ts'
import { builtinDefinitions } from './builtin-definitions.ts'
import { apiName, refuseHidden } from './tool-names.ts'

export interface Registry {
  /** As they will be called: named and adapted. */
  readonly tools: readonly Tool[]
  find(name: string): Tool | undefined
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

/** @throws AgentError `tool-name-taken`, `hidden-characters` or `unknown-tool` (exit 3) */
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
  const adapted = new Map([...kept].map(([name, tool]) => [name, adapt(name, tool, config)] as const))
  for (const flag of ['allow', 'deny'] as const) {
    for (const pattern of config[flag].filter((one) => ![...all.keys()].some((name) => matchesGlob(one, name)))) {
      notify('warning', `--${flag} names "${pattern}", which is no tool here; ${known(all)}`)
    }
  }
  for (const pattern of unmatched(config, [...all.keys()], tools.shipped)) {
    notify('warning', `"${pattern}" among the config file's tools matches no tool; ${known(all)}`)
  }
  return {
    tools: [...adapted.values()],
    find: (name) => adapted.get(name),
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

function placeOf(tool: Tool | undefined): string {
  return tool?.place ?? tool?.source ?? 'unknown'
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
function unmatched({ overrides, builtins }: ToolsConfig, here: readonly string[], shipped: readonly Tool[]): string[] {
  const patterns = overrides.map(({ pattern }) => pattern)
  const missing = patterns.filter((pattern) => !here.some((name) => matchesGlob(pattern, name)))
  if (missing.length === 0) return []
  const leftOut = builtins ? shipped : builtinDefinitions()
  return missing.filter((pattern) => !leftOut.some(({ name }) => matchesGlob(pattern, name)))
}

/** A flag over what the config file says of this tool, over the tool's own words, over the file's general ones. */
function adapt(name: string, tool: Tool, { overrides, timeoutMs, defaultTimeoutMs }: ToolsConfig): Tool {
  const override: ToolOverride = {}
  for (const { pattern, override: one } of overrides) if (matchesGlob(pattern, name)) Object.assign(override, one)
  const { effect = tool.effect, ...policyOverride } = override
  const policy: Policy = { ...tool.policy, ...policyOverride }
  const timeout = timeoutMs ?? policy.timeout_ms ?? defaultTimeoutMs
  if (timeout !== null) policy.timeout_ms = timeout
  return {
    name,
    description: tool.description,
    input_schema: tool.input_schema,
    effect,
    keywords: tool.keywords,
    source: tool.source,
    ...(tool.place !== undefined && { place: tool.place }),
    destructive: tool.destructive,
    policy,
    get slotKind() {
      return tool.slotKind
    },
    // With the adapted tool as `this`, so that the source knows the effect that holds.
    run(input, context) {
      return tool.run.call(this, input, context)
    },
  }
}
