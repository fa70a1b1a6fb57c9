/**
 * What is in force for a tool, in words: a line for each policy with where it was said, and a few words
 * of what is not as usual. Pure; `agent tools list` prints them.
 */
import type { PolicyInForce, RateLimit, Retry } from '../contract/policy.ts'
import { policyInForce } from '../contract/policy.ts'
import type { Tool } from '../contract/tool.ts'
import type { ToolSettings } from '../sources/tool-settings.ts'

export type PolicyLine = { label: string; value: string; from: string }

type Listed = Pick<Tool, 'effect' | 'exclusive' | 'destructive'>

/** What is off is listed only where somebody has said so. */
export function policyLines(tool: Listed, { policy, from }: ToolSettings): PolicyLine[] {
  const { timeout_ms, deadline_ms, retry, rate_limit, breaker, max_concurrency, priority } = policy
  const lines: (PolicyLine | null)[] = [
    { label: 'effect', value: tool.effect, from: from.effect },
    { label: 'timeout', value: seconds(timeout_ms), from: from.timeout_ms },
    said('deadline', deadline_ms === null ? null : seconds(deadline_ms), from.deadline_ms),
    { label: 'retry', value: retryText(tool, retry), from: from.retry },
    said('rate limit', rate_limit === null ? null : rateText(rate_limit), from.rate_limit),
    said(
      'breaker',
      breaker === null ? null : `${breaker.failures} failures, open ${seconds(breaker.open_ms)}`,
      from.breaker,
    ),
    said('at once', max_concurrency === null ? null : `at most ${max_concurrency}`, from.max_concurrency),
    said('exclusive', exclusiveText(tool), from.exclusive),
    { label: 'priority', value: priority, from: from.priority },
    { label: 'destructive', value: tool.destructive ? 'yes' : 'no', from: from.destructive },
  ]
  // What a tool says of itself in these two stands in its first line already.
  const own = (line: PolicyLine) => ['effect', 'destructive'].includes(line.label) && line.from === 'tool'
  return lines.filter((line) => line !== null).filter((line) => !own(line))
}

/** Only what is not the default. */
export function unusualPolicies(tool: Listed, { policy }: ToolSettings): string[] {
  const usual = policyInForce(tool.effect, {})
  const differs = (key: keyof PolicyInForce) => JSON.stringify(policy[key]) !== JSON.stringify(usual[key])
  const { timeout_ms, deadline_ms, retry, rate_limit, breaker, max_concurrency, priority } = policy
  const exclusive = exclusiveText(tool)
  return [
    differs('timeout_ms') && `timeout ${seconds(timeout_ms)}`,
    deadline_ms !== null && `deadline ${seconds(deadline_ms)}`,
    differs('retry') && `retry ${retryText(tool, retry)}`,
    rate_limit !== null && `rate ${rateText(rate_limit)}`,
    differs('breaker') && `breaker ${breaker === null ? 'off' : `${breaker.failures}/${seconds(breaker.open_ms)}`}`,
    max_concurrency !== null && `at most ${max_concurrency} at once`,
    exclusive !== null && (exclusive === 'yes' ? 'exclusive' : `exclusive ${exclusive}`),
    differs('priority') && priority,
  ].filter((part) => part !== false)
}

function said(label: string, value: string | null, from: string): PolicyLine | null {
  if (value === null && from === 'default') return null
  return { label, value: value ?? 'off', from }
}

function retryText({ effect }: Pick<Tool, 'effect'>, retry: Retry): string {
  const { max_attempts, base_ms, factor, max_ms, force } = retry
  if (max_attempts === 1) return 'off'
  // Whether an attempt has begun is known at once, and so are the few that have not.
  if (effect === 'write' && !force) return `only what never began, ${max_attempts} attempts`
  const pauses = base_ms === max_ms ? seconds(base_ms) : `${seconds(base_ms)} x ${factor} up to ${seconds(max_ms)}`
  return `${max_attempts} attempts, ${pauses}${force ? ', forced' : ''}`
}

function rateText({ limit, per_ms }: RateLimit): string {
  const unit = [3_600_000, 60_000, 1_000].indexOf(per_ms)
  if (unit >= 0) return `${limit}/${'hms'[unit]}`
  return per_ms % 1_000 === 0 ? `${limit}/${per_ms / 1_000}s` : `${limit}/${per_ms}ms`
}

function exclusiveText({ exclusive }: Pick<Tool, 'exclusive'>): string | null {
  if (exclusive === undefined) return null
  if (typeof exclusive === 'function') return 'by its input'
  return exclusive === true ? 'yes' : `with "${exclusive}"`
}

function seconds(ms: number): string {
  return `${Number((ms / 1_000).toFixed(3))} s`
}
