/**
 * Puts the policies around a tool, outside in: cancel, timeout, tool. What comes before an attempt
 * (its message, its slots) is the scheduler's.
 */
import type { Clock } from '../contract/clock.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Tool } from '../contract/tool.ts'
import type { Attempt } from './attempt.ts'
import { cancel } from './cancel.ts'
import { timeout } from './timeout.ts'

export const DEFAULT_TIMEOUT_MS = 60_000

export function compose(tool: Tool, input: JsonObject, clock: Clock): Attempt {
  const run: Attempt = (context) => tool.run(input, context)
  return cancel(tool.effect, clock, timeout(tool.policy.timeout_ms ?? DEFAULT_TIMEOUT_MS, clock, run))
}
