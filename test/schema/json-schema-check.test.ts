import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { jsonSchemaChecker } from '../../src/schema/json-schema-check.ts'

it('names path and reason', () => {
  const check = jsonSchemaChecker({ type: 'object', properties: { a: { items: { type: 'string' } } } })
  expect(check({ a: ['x', 1] })).toEqual({
    fits: false,
    message: 'input.a.1: Instance type "number" is invalid. Expected "string".',
  })
  expect(check({ a: ['x'] })).toEqual({ fits: true, value: { a: ['x'] } })
})

it.each<[string, JsonObject]>([
  ['leads to itself for ever', { allOf: [{ $ref: '#' }] }],
  ['holds what the library cannot read', { dependentRequired: { a: 1 } }],
])('says that it is the schema where the schema %s', (_, schema) => {
  const check = jsonSchemaChecker(schema)
  expect(() => check({ a: 1 })).toThrow(
    expect.objectContaining({
      code: 'schema_error',
      message: expect.stringMatching(/^the tool's schema cannot be followed: .+$/),
    }),
  )
})

it('says so of a schema that cannot even be prepared', () => {
  expect(() => jsonSchemaChecker({ $defs: { a: { $id: 'http://[' } } })).toThrow(/the tool's schema cannot be followed/)
})
