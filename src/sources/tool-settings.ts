/**
 * Puts in force what config file and flags say of tools, over the tools' own words: which sayings are
 * meant for which tool, and what is refused because it makes no sense there. How the words of several
 * places become one policy is contract/policy-levels.ts.
 */
import type { ToolsConfig } from '../contract/config.ts'
import { AgentError } from '../contract/error.ts'
import { matchesGlob } from '../contract/glob.ts'
import type { PolicyInForce } from '../contract/policy.ts'
import { policyInForce } from '../contract/policy.ts'
import type { Level, PolicyFrom, Settings } from '../contract/policy-levels.ts'
import {
  contradiction,
  DEFAULT_FROM,
  declaredPolicy,
  mergeLevels,
  policyFrom,
  repeatsWrites,
} from '../contract/policy-levels.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Tool } from '../contract/tool.ts'
import type { ToolSaying } from '../contract/tool-override.ts'
import { isGlob } from '../contract/tool-override.ts'
import { adaptTool } from './adapt-tool.ts'
import { placeOf } from './tool-names.ts'

export type ToolSettings = {
  policy: PolicyInForce
  /** Where each of them was said, for people. */
  from: PolicyFrom & Readonly<Record<'effect' | 'exclusive' | 'destructive', string>>
}

/** Of the tool's own words, and of a saying. */
type SaidLevel = Level & { saying: ToolSaying | null }
/** A saying whose retries are not for these tools, because they write. */
type Withheld = Map<ToolSaying, string[]>

const TOOL_FROM = 'tool'

/**
 * @param kept  the tools of the run, by name
 * @param all   these and those that are left out
 * @throws      AgentError `bad-policy` (exit 3)
 */
export function settleTools(
  kept: ReadonlyMap<string, Tool>,
  all: ReadonlyMap<string, Tool>,
  config: Pick<ToolsConfig, 'sayings' | 'defaultTimeoutMs'>,
  notify: Notify,
): { tools: Map<string, Tool>; settings: Map<string, ToolSettings> } {
  const tools = new Map<string, Tool>()
  const settings = new Map<string, ToolSettings>()
  const withheld: Withheld = new Map()
  for (const [name, tool] of kept) {
    const settled = settle(name, tool, levelsOf(name, tool, config), withheld)
    tools.set(name, adaptTool(name, tool, settled.says))
    settings.set(name, settingsOf(tool, settled))
  }
  for (const [saying, names] of withheld) sayWithheld(saying, names, kept, all, notify)
  return { tools, settings }
}

/** From lowest to highest. */
function levelsOf(
  name: string,
  { effect, destructive, policy }: Tool,
  { sayings, defaultTimeoutMs }: Pick<ToolsConfig, 'sayings' | 'defaultTimeoutMs'>,
): SaidLevel[] {
  const general = { from: 'config file "tool_timeout"', saying: null }
  const own = { from: TOOL_FROM, saying: null, says: { ...policy, effect, destructive } }
  const meant = sayings.filter(({ pattern }) => pattern === null || matchesGlob(pattern, name))
  return [
    ...(defaultTimeoutMs === null ? [] : [{ ...general, says: { timeout_ms: defaultTimeoutMs } }]),
    own,
    ...meant.map((saying) => ({ from: saying.from, saying, says: saying.says })),
  ]
}

function settle(name: string, tool: Tool, said: readonly SaidLevel[], withheld: Withheld): Settings {
  let levels = said
  for (;;) {
    const settings = mergeLevels(levels)
    if (!repeatsWrites(settings)) {
      const reason = contradiction(settings)
      if (reason === null) return settings
      throw badPolicy(`"${name}": ${reason} (${policyFrom(settings).retry})`, 'set both of them in one place')
    }
    const by = levels.find((level) => level === settings.attemptsBy)
    const saying = by?.saying ?? null
    if (saying === null || (saying.pattern !== null && !isGlob(saying.pattern))) throw unsafe(name, tool, settings)
    withheld.set(saying, [...(withheld.get(saying) ?? []), name])
    levels = levels.map((level) => (level === by ? withoutAttempts(level) : level))
  }
}

function withoutAttempts(level: SaidLevel): SaidLevel {
  const { retry, ...says } = level.says
  if (!retry) return level
  const { max_attempts: _, ...rest } = retry
  return { ...level, says: Object.keys(rest).length === 0 ? says : { ...says, retry: rest } }
}

/** What is meant for many tools goes to those for which it makes sense, if there are any. */
function sayWithheld(
  { from, pattern }: ToolSaying,
  names: readonly string[],
  kept: ReadonlyMap<string, Tool>,
  all: ReadonlyMap<string, Tool>,
  notify: Notify,
): void {
  const here = [...kept.keys()].filter((name) => pattern === null || matchesGlob(pattern, name))
  const which = names.map((name) => `"${name}"`).join(', ')
  const why = `retries are not applied to ${which}: they could run a write again that may have happened`
  const goesToOthers = here.length > names.length
  const some = [...all].some(([name, { effect }]) => effect !== 'write' && matchesGlob(pattern ?? '*', name))
  if (pattern !== null && !/^\*+$/.test(pattern) && !some) throw badPolicy(`${from}: ${why}`, HINT)
  notify(goesToOthers ? 'info' : 'warning', `${from}: ${why}`)
}

const HINT = 'declare the effect "idempotent" where it is true, or set retry.force'

function unsafe(name: string, tool: Tool, { says, attemptsBy }: Settings): AgentError {
  const { retry } = policyInForce('write', declaredPolicy(says))
  const from = attemptsBy?.from ?? TOOL_FROM
  const place = from === TOOL_FROM ? placeOf(tool) : from
  const attempts = `${retry.max_attempts} attempts of "${name}"`
  return badPolicy(`${place}: ${attempts} would run a write again that may have happened`, HINT)
}

function badPolicy(message: string, hint: string): AgentError {
  return new AgentError('bad-policy', message, { exit: 'config', hint })
}

function settingsOf({ exclusive }: Tool, settings: Settings): ToolSettings {
  const { says, from } = settings
  return {
    policy: policyInForce(says.effect ?? 'write', declaredPolicy(says)),
    from: {
      ...policyFrom(settings),
      effect: from.effect ?? TOOL_FROM,
      exclusive: from.exclusive ?? (exclusive === undefined ? DEFAULT_FROM : TOOL_FROM),
      destructive: from.destructive ?? TOOL_FROM,
    },
  }
}
