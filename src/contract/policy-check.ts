/**
 * Whether a value is a policy in the one spelling of tool files, manifests, config file and flags
 * (policy.ts), and if not, where and why. Pure and without a schema library, as the host and the fast
 * path load it. Whether a policy makes sense for a tool is not its matter; see policy-levels.ts.
 */
import type { Policy } from './policy.ts'
import type { Priority } from './tool.ts'

/** The first thing that is wrong. */
export type PolicyFault = {
  /** Where, from the policy down; [] is the policy itself. */
  path: string[]
  /** The offending value and what is wrong with it: `0 is too small: at least 1`. */
  reason: string
  /** Not null where the last of `path` is no key at all: those that are. */
  known: readonly string[] | null
}

export type Checked<T> = { value: T; fault: null } | { value: null; fault: PolicyFault }

export const MAX_ATTEMPTS = 100
/** Tool calls at once, and slots of any kind. */
export const MAX_CONCURRENCY = 10_000
export const MAX_COUNT = 1_000_000
/** What a timer can hold. */
export const MAX_MS = 2 ** 31 - 1
export const MAX_FACTOR = 100
const MAX_SHOWN = 100

const PRIORITIES: readonly Priority[] = ['critical', 'normal', 'optional']

/** Looks at one value. */
export type Rule = (value: unknown) => PolicyFault | null

const POLICY_RULES: Readonly<Record<keyof Policy, Rule>> = {
  timeout_ms: number(1, MAX_MS),
  deadline_ms: offOr(number(1, MAX_MS)),
  retry,
  rate_limit: offOr(members({ limit: whole(MAX_COUNT), per_ms: number(1, MAX_MS) }, ['limit', 'per_ms'])),
  breaker: offOr(members({ failures: whole(MAX_COUNT), open_ms: number(1, MAX_MS) })),
  max_concurrency: whole(MAX_CONCURRENCY),
  priority: oneOf(PRIORITIES),
}

export const POLICY_KEYS: readonly string[] = Object.keys(POLICY_RULES)

/** @returns a copy without what is undefined, which counts as left out */
export function checkPolicy(value: unknown): Checked<Policy> {
  return checkMembers<Policy>(value, POLICY_RULES)
}

/**
 * Checks a policy with further keys beside its own.
 * @typeParam T  what `besides`, together with the policy, makes sure of
 */
export function checkPolicyAnd<T extends Policy>(value: unknown, besides: Readonly<Record<string, Rule>>): Checked<T> {
  return checkMembers<T>(value, { ...POLICY_RULES, ...besides })
}

function checkMembers<T>(value: unknown, rules: Readonly<Record<string, Rule>>): Checked<T> {
  const copy = withoutUndefined(value)
  const fault = members(rules, [], 'is not an object')(copy)
  // `as`: the rules have looked at every key of it.
  return fault === null ? { value: copy as T, fault } : { value: null, fault }
}

export function oneOf(values: readonly string[]): Rule {
  return (value) =>
    values.some((known) => known === value)
      ? null
      : wrong(value, `is not one of ${values.map((known) => JSON.stringify(known)).join(', ')}`)
}

export function isBoolean(value: unknown): PolicyFault | null {
  return typeof value === 'boolean' ? null : wrong(value, 'is neither true nor false')
}

export function wrong(value: unknown, what: string): PolicyFault {
  return { path: [], reason: `${shown(value)} ${what}`, known: null }
}

function offOr(rule: Rule): Rule {
  return (value) => (value === false ? null : rule(value))
}

function number(least: number, most: number): Rule {
  return (value) => {
    if (typeof value !== 'number' || Number.isNaN(value)) return wrong(value, 'is not a number')
    if (value < least) return wrong(value, `is too small: at least ${least}`)
    return value > most ? wrong(value, `is too large: at most ${most}`) : null
  }
}

function whole(most: number): Rule {
  const inRange = number(1, most)
  return (value) => {
    if (typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value))
      return wrong(value, 'is not a whole number')
    return inRange(value)
  }
}

function retry(value: unknown): PolicyFault | null {
  if (value === false) return null
  const fault = members({
    max_attempts: whole(MAX_ATTEMPTS),
    base_ms: number(0, MAX_MS),
    factor: number(1, MAX_FACTOR),
    max_ms: number(0, MAX_MS),
    force: isBoolean,
  })(value)
  if (fault !== null || !isObject(value)) return fault
  const { base_ms, max_ms } = value
  if (typeof base_ms !== 'number' || typeof max_ms !== 'number' || max_ms >= base_ms) return null
  return at('max_ms', wrong(max_ms, `is less than base_ms, ${base_ms}`))
}

/** @param what  is said of what is no object; left out: that false would do as well */
function members(rules: Readonly<Record<string, Rule>>, needed: readonly string[] = [], what?: string): Rule {
  const keys = Object.keys(rules)
  return (value) => {
    if (!isObject(value)) return wrong(value, what ?? `is neither false nor { ${keys.join(', ')} }`)
    for (const [key, member] of Object.entries(value)) {
      const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
      if (rule === undefined) return { path: [key], reason: 'is no key of it', known: keys }
      const fault = rule(member)
      if (fault !== null) return at(key, fault)
    }
    const missing = needed.find((key) => !Object.hasOwn(value, key))
    return missing === undefined ? null : { path: [missing], reason: 'is missing', known: null }
  }
}

function at(key: string, fault: PolicyFault): PolicyFault {
  return { ...fault, path: [key, ...fault.path] }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Policies are two levels deep; what lies deeper is refused by the rules anyhow. */
function withoutUndefined(value: unknown, levels = 2): unknown {
  if (!isObject(value) || levels === 0) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      member === undefined ? [] : [[key, withoutUndefined(member, levels - 1)]],
    ),
  )
}

/** Modules may hold what JSON cannot spell. */
function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'number' || typeof value === 'bigint' ? String(value) : inJson(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text
}

function inJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return 'a value that is no JSON'
  }
}
