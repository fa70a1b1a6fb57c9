/**
 * What holds for a tool where several places speak of it, and which of them each part comes from. Pure:
 * given what was said, from lowest to highest, it answers with the settings in force and with what makes
 * no sense among them. Which sayings are meant for a tool is decided in sources/tool-settings.ts.
 */
import type { Breaker, Policy, PolicyInForce, Retry } from './policy.ts'
import { policyInForce } from './policy.ts'
import type { ToolOverride } from './tool-override.ts'

/** What one place says of one tool. */
export type Level = {
  /** For people: `tool`, `config file "get_*"`, `--tool-timeout`. */
  from: string
  says: ToolOverride
}

/** Where each part comes from: `default`, or the `from` of a level; of several, the highest first. */
export type PolicyFrom = Readonly<Record<keyof PolicyInForce, string>>

export type Settings = {
  /** All that was said, in one: effect, exclusive and destructive beside the policy as it is declared. */
  says: ToolOverride
  from: Readonly<Partial<Record<keyof ToolOverride, string>>>
  /** The level that gives the attempts of its retry; null: none does. */
  attemptsBy: Level | null
}

export const DEFAULT_FROM = 'default'

/** `retry` and `breaker` are merged key by key, everything else is taken whole from the highest that says it. */
export function mergeLevels(levels: readonly Level[]): Settings {
  const says: ToolOverride = {}
  const from: Partial<Record<keyof ToolOverride, string>> = {}
  let attemptsBy: Level | null = null
  for (const level of levels) {
    const { retry, breaker, ...whole } = level.says
    Object.assign(says, whole)
    // `as`: of an object literal's own keys.
    for (const key of Object.keys(whole) as (keyof typeof whole)[]) from[key] = level.from
    if (retry !== undefined) {
      if (retry === false || retry.max_attempts !== undefined) attemptsBy = level
      // Who speaks of the pauses only has not turned it on again.
      const below = says.retry === false ? { max_attempts: 1 } : says.retry
      from.retry = together(retry, below, level.from, from.retry)
      says.retry = merged<Retry>(retry, below)
    }
    if (breaker !== undefined) {
      from.breaker = together(breaker, says.breaker, level.from, from.breaker)
      says.breaker = merged<Breaker>(breaker, says.breaker)
    }
  }
  return { says, from, attemptsBy }
}

/** Every key of the policy, with its place. */
export function policyFrom({ from }: Settings): PolicyFrom {
  const of = (key: keyof PolicyInForce) => from[key] ?? DEFAULT_FROM
  return {
    timeout_ms: of('timeout_ms'),
    deadline_ms: of('deadline_ms'),
    retry: of('retry'),
    rate_limit: of('rate_limit'),
    breaker: of('breaker'),
    max_concurrency: of('max_concurrency'),
    priority: of('priority'),
  }
}

/** The policy alone, as it is declared. */
export function declaredPolicy({ effect: _, exclusive: __, destructive: ___, ...policy }: ToolOverride): Policy {
  return policy
}

/** Whether these attempts would run again what may have happened, without anybody's leave. */
export function repeatsWrites({ says, attemptsBy }: Settings): boolean {
  const { retry } = policyInForce(says.effect ?? 'write', declaredPolicy(says))
  return says.effect === 'write' && !retry.force && attemptsBy !== null && retry.max_attempts > 1
}

/** What else of the settings contradicts itself, level by level harmless; null: nothing. */
export function contradiction({ says }: Settings): string | null {
  const { retry } = policyInForce(says.effect ?? 'write', declaredPolicy(says))
  if (retry.base_ms <= retry.max_ms) return null
  return `retry.base_ms, ${retry.base_ms}, is more than retry.max_ms, ${retry.max_ms}`
}

function merged<T>(above: Partial<T> | false, below: Partial<T> | false | undefined): Partial<T> | false {
  return above === false || !below ? above : { ...below, ...above }
}

/** What lies below counts where something of it is left. */
function together(above: object | false, below: object | false | undefined, from: string, fromBelow = ''): string {
  if (above === false || !below || fromBelow === '') return from
  const left = Object.keys(below).some((key) => !Object.hasOwn(above, key))
  return left && fromBelow !== from ? `${from}, then ${fromBelow}` : from
}
