import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { answerChecker, jsonSchemaChecker } from '../../src/schema/json-schema-check.ts'

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

describe('what is wrong with an answer', () => {
  const city = { type: 'object', properties: { t: { type: 'number' } }, required: ['t', 'name'] }
  const schema = {
    type: 'object',
    properties: {
      cities: { type: 'array', items: { $ref: '#/$defs/city' } },
      size: { anyOf: [{ type: 'number' }, { type: 'null' }] },
      kind: { enum: ['a', 'b'] },
      one: { oneOf: [{ type: 'number' }, { type: 'integer' }] },
    },
    required: ['cities', 'more'],
    additionalProperties: false,
    $defs: { city },
  }

  it('is said all at once, each place with its own reason and nothing of the places around it', () => {
    const answer = { cities: [{ t: 'hot' }], size: 'x', kind: 'c', one: 3, extra: 1 }
    expect(answerChecker(schema)(answer)).toEqual([
      'answer: Instance does not have required property "more".',
      'answer.cities.0: Instance does not have required property "name".',
      'answer.cities.0.t: Instance type "string" is invalid. Expected "number".',
      'answer.size: Instance type "string" is invalid. Expected "number".',
      'answer.size: Instance type "string" is invalid. Expected "null".',
      'answer.kind: Instance does not match any of ["a","b"].',
      'answer.one: Instance does not match exactly one subschema (2 matches).',
      'answer.extra: is not allowed here',
    ])
    expect(answerChecker(schema)({ cities: [], more: 1 })).toEqual(['answer.more: is not allowed here'])
  })

  it('is nothing where it fits, whatever it is', () => {
    expect(answerChecker(city)({ t: 1, name: 'x', __proto__: 3 })).toEqual([])
    expect(answerChecker({ type: 'array' })([])).toEqual([])
    expect(answerChecker({})(null)).toEqual([])
  })

  it('is at most ten lines of fair length', () => {
    const list = { type: 'array', items: { enum: ['x'.repeat(1000)] } }
    const reasons = answerChecker(list)(Array.from({ length: 30 }, (_, index) => index))
    expect(reasons).toHaveLength(10)
    expect(reasons.at(-1)).toBe('and 21 more')
    expect(reasons[0]?.length).toBeLessThan(310)
  })
})
