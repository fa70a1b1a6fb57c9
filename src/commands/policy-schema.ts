/**
 * The shape of a policy as a schema, for `agent schema` to print. Whoever reads one asks policy-check.ts,
 * which says what is wrong in words of ours and loads no library; that both take the same is tested. That
 * a pause's cap is not below its base is beyond a schema.
 */
import * as z from 'zod'
import { effectSchema, prioritySchema } from '../contract/event.ts'
import type { Policy } from '../contract/policy.ts'
import { MAX_ATTEMPTS, MAX_CONCURRENCY, MAX_COUNT, MAX_FACTOR, MAX_MS } from '../contract/policy-check.ts'
import type { ToolOverride } from '../contract/tool-override.ts'

const off = z.literal(false)
const count = (max: number) => z.int().min(1).max(max)
const ms = (least: 0 | 1) => z.number().min(least).max(MAX_MS)

const policyShape = {
  timeout_ms: z.exactOptional(ms(1)),
  deadline_ms: z.exactOptional(z.union([ms(1), off])),
  retry: z.exactOptional(
    z.union([
      z.strictObject({
        max_attempts: z.exactOptional(count(MAX_ATTEMPTS)),
        base_ms: z.exactOptional(ms(0)),
        factor: z.exactOptional(z.number().min(1).max(MAX_FACTOR)),
        max_ms: z.exactOptional(ms(0)),
        force: z.exactOptional(z.boolean()),
      }),
      off,
    ]),
  ),
  rate_limit: z.exactOptional(z.union([z.strictObject({ limit: count(MAX_COUNT), per_ms: ms(1) }), off])),
  breaker: z.exactOptional(
    z.union([z.strictObject({ failures: z.exactOptional(count(MAX_COUNT)), open_ms: z.exactOptional(ms(1)) }), off]),
  ),
  max_concurrency: z.exactOptional(count(MAX_CONCURRENCY)),
  priority: z.exactOptional(prioritySchema),
}

export const policySchema = z.strictObject(policyShape) satisfies z.ZodType<Policy>

export const toolOverrideSchema = z.strictObject({
  ...policyShape,
  effect: z.exactOptional(effectSchema),
  exclusive: z.exactOptional(z.union([z.boolean(), z.string().regex(/\S/)])),
  destructive: z.exactOptional(z.boolean()),
}) satisfies z.ZodType<ToolOverride>
