/**
 * What `execute` is given, as the compiler sees it: `npm run types` checks this file, and nothing runs it.
 * Each `@ts-expect-error` is a mistake that has to be found.
 */
import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { defineTool } from '../../src/index.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<A, B>(..._proof: Same<A, B> extends true ? [] : ['these types differ']): void {}

const named = { name: 'a', description: 'b' }

export const byZod = defineTool({
  ...named,
  input: z.object({ place: z.string(), days: z.number().default(3), unit: z.enum(['c', 'f']).optional() }),
  execute: async ({ place, days, unit }, { signal, progress, attempt, idempotencyKey, offline }) => {
    same<typeof place, string>()
    same<typeof days, number>()
    same<typeof unit, 'c' | 'f' | undefined>()
    same<typeof signal, AbortSignal>()
    same<typeof attempt, number>()
    same<typeof idempotencyKey, string>()
    same<typeof offline, boolean>()
    progress('half of it')
    progress()
    // @ts-expect-error a message is text
    progress(50)
  },
})

export const keyed = defineTool({
  ...named,
  input: z.object({ path: z.string() }),
  exclusive: ({ path }) => {
    same<typeof path, string>()
    return path
  },
  execute: () => null,
})
export const shared = defineTool({ ...named, input: z.object({}), exclusive: 'the printer', execute: () => null })
// @ts-expect-error a key is no object
export const badKey = defineTool({ ...named, input: z.object({}), exclusive: () => ({}), execute: () => null })

export const transformed = defineTool({
  ...named,
  input: z.object({ when: z.string().transform((text) => new Date(text)) }),
  execute({ when }) {
    same<typeof when, Date>()
  },
})

export const unknownKey = defineTool({
  ...named,
  input: z.object({ place: z.string() }),
  // @ts-expect-error the schema has no "town"
  execute: ({ town }) => town,
})

export const wrongUse = defineTool({
  ...named,
  input: z.object({ place: z.string() }),
  // @ts-expect-error a text is no number
  execute: ({ place }) => place * 2,
})

export const byValibot = defineTool({
  ...named,
  input: v.object({ place: v.string(), days: v.optional(v.number(), 3) }),
  input_schema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  execute: (input) => {
    same<typeof input, { place: string; days: number }>()
  },
})

export const byArktype = defineTool({
  ...named,
  input: type({ place: 'string', 'days?': 'number' }),
  execute: (input) => {
    same<typeof input, { place: string; days?: number }>()
    // @ts-expect-error it may be absent
    input.days.toFixed()
  },
})

export const byJsonSchema = defineTool({
  ...named,
  input: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
  execute: (input) => {
    same<typeof input, Record<string, unknown>>()
    // @ts-expect-error a plain schema has no types: check it first
    input.place.toUpperCase()
  },
})

const frozen = { type: 'object', properties: {}, required: ['place'] } as const
export const byFrozenSchema = defineTool({ ...named, input: frozen, execute: ({ place }) => place })

// @ts-expect-error no schema
export const withoutSchema = defineTool({ ...named, execute: () => 1 })

// @ts-expect-error a schema is an object
export const badSchema = defineTool({ ...named, input: 'string', execute: () => 1 })

// @ts-expect-error no function
export const withoutFunction = defineTool({ ...named, input: frozen })

export const badEffect = defineTool({
  ...named,
  input: frozen,
  // @ts-expect-error none of read, idempotent, write
  effect: 'safe',
  execute: () => 1,
})

export const allPolicies = defineTool({
  ...named,
  input: z.object({ path: z.string() }),
  exclusive: (input) => {
    same<typeof input, { path: string }>()
    return input.path === '' ? null : input.path
  },
  policy: {
    ...{ timeout_ms: 5, deadline_ms: false, retry: { max_attempts: 2, force: true }, breaker: false },
    ...{ rate_limit: { limit: 5, per_ms: 1000 }, max_concurrency: 2, priority: 'critical' },
  },
  execute: () => 1,
})
export const badExclusive = defineTool({
  ...named,
  input: z.object({ path: z.string() }),
  // @ts-expect-error a key is no object
  exclusive: ({ path }) => ({ path }),
  execute: () => 1,
})

export const badLimit = defineTool({
  ...named,
  input: frozen,
  // @ts-expect-error a limit needs its time
  policy: { rate_limit: { limit: 5 } },
  execute: () => 1,
})

export const badPolicy = defineTool({
  ...named,
  input: frozen,
  // @ts-expect-error it is spelled timeout_ms
  policy: { timeoutMs: 5 },
  execute: () => 1,
})
