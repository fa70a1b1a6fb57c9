import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonSchemaOf } from '../../src/commands/json-schemas.ts'
import type { SchemaName } from '../../src/commands/schema-names.ts'
import { SCHEMA_NAMES } from '../../src/commands/schema-names.ts'
import { emptyTranscript } from '../../src/contract/empty-transcript.ts'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import { isJsonObject } from '../../src/contract/json.ts'
import { checkPolicy } from '../../src/contract/policy-check.ts'
import { checkToolOverride } from '../../src/contract/tool-override.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import { eventFaults, faultsBy, schemaFaults } from '../rig/printed-schemas.ts'
import { crowd, eventsOf, WEATHER } from '../rig/sample-runs.ts'

/** Every schema in a schema, with where it stands. */
function schemasIn(value: JsonValue, path = ''): { path: string; schema: JsonObject }[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => schemasIn(item, `${path}/${index}`))
  if (!isJsonObject(value)) return []
  const inside = Object.entries(value).flatMap(([key, member]) => schemasIn(member, `${path}/${key}`))
  return [{ path, schema: value }, ...inside]
}
const keysIn = (name: SchemaName) =>
  schemasIn(jsonSchemaOf(name)).filter(({ path }) => /\/properties\/[^/]+$/.test(path) && !path.includes('/default'))

describe('a printed schema', () => {
  it.each(SCHEMA_NAMES)('of %s says its dialect, its name and what it is of', (name) => {
    const { $schema, $id, title } = jsonSchemaOf(name)
    expect($schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect($id).toMatch(new RegExp(`^urn:agent-ask:${name}(:1)?$`))
    expect(title).toMatch(/agent/)
  })

  it.each(SCHEMA_NAMES)('of %s says of every key what it is', (name) => {
    const silent = keysIn(name).filter(({ schema }) => schema['description'] === undefined)
    // The keys of a policy's parts, and of slots, are told of with the whole.
    const told = /\/anyOf\/0\/properties\/|^\/properties\/slots\/properties\//
    expect(silent.map(({ path }) => path).filter((path) => !told.test(path))).toEqual([])
  })

  it.each(SCHEMA_NAMES)("of %s leaves nothing open but JSON that is anybody's", (name) => {
    const empty = schemasIn(jsonSchemaOf(name)).filter(({ schema }) =>
      Object.keys(schema).every((key) => key === 'description'),
    )
    const open = empty.map(({ path }) => path).filter((path) => !/^\/\$defs\/json$|\/\$schema$/.test(path))
    expect(open).toEqual([])
  })

  it.each(['transcript', 'event'] as const)('of %s requires every key that is always there', (name) => {
    const optional = schemasIn(jsonSchemaOf(name)).flatMap(({ path, schema: { properties, required } }) => {
      if (!isJsonObject(properties) || path.endsWith('/properties')) return []
      const always: readonly JsonValue[] = Array.isArray(required) ? required : []
      return Object.keys(properties)
        .filter((key) => !always.includes(key))
        .map((key) => `${path}/${key}`)
    })
    expect(optional).toEqual(
      name === 'transcript'
        ? []
        : ['/$defs/assistant_message/unreadable', '/$defs/ok_outcome/content', '/$defs/failed_outcome/retryable'],
    )
  })

  it('takes a key that a later version adds, and no document without one of today', () => {
    const document = { ...emptyTranscript(null, 1) }
    const open = jsonSchemaOf('transcript')
    expect(faultsBy(open, document)).toEqual([])
    expect(faultsBy(open, { ...document, added_later: 1 })).toEqual([])
    expect(schemaFaults('transcript', { ...document, added_later: 1 })).not.toEqual([])
    for (const key of Object.keys(document)) {
      const without = Object.fromEntries(Object.entries(document).filter(([name]) => name !== key))
      expect([key, faultsBy(open, without).length > 0]).toEqual([key, true])
    }
    expect(faultsBy(open, { ...document, version: 2 })).not.toEqual([])
  })

  it('takes what is folded and every event, whole as by its member', () => {
    for (const run of [WEATHER, crowd(20)]) {
      const events = eventsOf(run)
      expect(schemaFaults('transcript', transcriptOf(events))).toEqual([])
      for (const event of events) {
        expect(eventFaults(event)).toEqual([])
        expect(schemaFaults('event', event)).toEqual([])
      }
    }
    expect(eventFaults({ type: 'constructor' })).not.toEqual([])
    expect(schemaFaults('event', { type: 'turn_start', seq: 0, at_ms: 0 })).not.toEqual([])
  })

  it('knows of a block its type, whatever else is in it', () => {
    const said = (content: JsonValue[]) =>
      schemaFaults('transcript', { ...emptyTranscript(null, 1), messages: [{ role: 'user', content }] })
    expect(said([{ type: 'of tomorrow', deep: [{ a: 1 }] }])).toEqual([])
    expect(said([{ text: 'no type' }])).not.toEqual([])
    expect(said(['text'])).not.toEqual([])
  })
})

describe('the schema of a policy', () => {
  const number = fc.oneof(
    fc.integer({ min: -1, max: 5 }),
    fc.double({ min: 0, max: 3, noNaN: true }),
    fc.constantFrom(2 ** 31 - 1, 2 ** 31, 1_000_001, 10_001, 101),
  )
  const value: fc.Arbitrary<JsonValue> = fc.oneof(
    number,
    fc.boolean(),
    fc.constantFrom('', ' ', 'read', 'critical', 'x', null),
  )
  const part = (keys: readonly string[]) =>
    fc.oneof(value, fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 3 }))
  const parts = {
    timeout_ms: value,
    deadline_ms: value,
    retry: part(['max_attempts', 'base_ms', 'factor', 'max_ms', 'force', 'other']),
    rate_limit: part(['limit', 'per_ms', 'other']),
    breaker: part(['failures', 'open_ms', 'other']),
    max_concurrency: value,
    priority: value,
    effect: value,
    exclusive: value,
    destructive: value,
    other: value,
  }
  // One key at a time: of several the first mistake would hide the others.
  const one = fc
    .constantFrom(...Object.keys(parts))
    .chain((key) => fc.record({ [key]: (parts as Record<string, fc.Arbitrary<unknown>>)[key] ?? value }))

  /** Of `policy` in a manifest, or of a tool in the config file. */
  const fits = (where: 'policy' | 'override', policy: unknown) => {
    if (where === 'override') return schemaFaults('config', { tools: { get: policy } }).length === 0
    const manifest = { name: 'n', description: 'd', input_schema: {}, command: ['c'], policy }
    return schemaFaults('tool', manifest).length === 0
  }

  it('takes what the check takes, but that a cap below its base is beyond it', () => {
    fc.assert(
      fc.property(one, (policy) => {
        const checked = { policy: checkPolicy(policy).fault, override: checkToolOverride(policy).fault }
        for (const where of ['policy', 'override'] as const) {
          const fault = checked[where]
          const beyond = fault?.path.join('.') === 'retry.max_ms' && fault.reason.includes('base_ms')
          if (!beyond) expect([where, policy, fits(where, policy)]).toEqual([where, policy, fault === null])
        }
      }),
      { numRuns: 2000 },
    )
  })
})
