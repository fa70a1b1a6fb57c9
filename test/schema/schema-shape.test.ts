import { expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { schemaFault } from '../../src/schema/schema-shape.ts'

it.each([
  [{ type: 'array' }, 'type: a tool\'s input is an "object"'],
  [{ type: 'object', properties: [] }, 'properties: [] is no object of schemas'],
  [{ type: 'object', properties: { a: { type: 'text' } } }, 'properties.a.type: "text" is none of'],
  [{ type: 'object', properties: { a: 3 } }, 'properties.a: is no schema but 3'],
  [{ type: 'object', required: 'a' }, 'required: "a" is no list of names'],
  [{ type: 'object', properties: { a: { pattern: '(' } } }, 'properties.a.pattern: "(" is no regular expression'],
  [{ type: 'object', properties: { a: { $ref: '#/$defs/b' } } }, 'properties.a.$ref: "#/$defs/b" leads nowhere'],
  [{ type: 'object', properties: { a: { items: { enum: 1 } } } }, 'properties.a.items.enum: 1 is no list'],
  [{ type: 'object', anyOf: {} }, 'anyOf: {} is no list of schemas'],
])('finds what is wrong in %j', (schema, fault) => {
  expect(schemaFault(schema)).toContain(fault)
})

it('accepts what tools use', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { $ref: '#/$defs/x~1y' },
      b: { type: ['string', 'null'], pattern: '^\\p{L}+$' },
      c: true,
      required: { type: 'array', items: { type: 'integer' } },
    },
    required: ['a'],
    additionalProperties: false,
    $defs: { 'x/y': { oneOf: [{ const: 1 }, { enum: ['a'] }] } },
  }
  expect(schemaFault(schema)).toBeNull()
})

const properties = (a: JsonObject): JsonObject => ({ type: 'object', properties: { a } })

it.each<[JsonObject, string]>([
  [properties({ $ref: 'https://example.com/a.json' }), 'properties.a.$ref: "https://example.com/a.json" leads out'],
  [properties({ $ref: 'other.json#/$defs/a' }), 'properties.a.$ref: "other.json#/$defs/a" leads out'],
  [properties({ $ref: '//127.0.0.1/a' }), 'properties.a.$ref: "//127.0.0.1/a" leads out'],
  [properties({ $ref: 'file:///etc/passwd' }), 'properties.a.$ref: "file:///etc/passwd" leads out'],
  [properties({ $ref: 'http://[' }), 'properties.a.$ref: "http://[" is no reference'],
  [properties({ $dynamicRef: 'https://example.com/a' }), 'properties.a.$dynamicRef: "https://example.com/a" leads out'],
  [properties({ $dynamicRef: '#nothing' }), 'properties.a.$dynamicRef: "#nothing" leads nowhere'],
  [properties({ $ref: '#nothing' }), 'properties.a.$ref: "#nothing" leads nowhere'],
  [properties({ $ref: '#/%' }), 'properties.a.$ref: "#/%" leads nowhere'],
  [properties({ $ref: '#/required' }), 'properties.a.$ref: "#/required" leads nowhere'],
  [{ type: 'object', not: { items: [{ $ref: 'x' }] } }, 'not.items.0.$ref: "x" leads out'],
  [{ type: 'object', dependencies: { a: { $ref: 'x' } } }, 'dependencies.a.$ref: "x" leads out'],
  [{ type: 'object', $defs: { a: { $id: 'b' }, b: { $id: 'b' } } }, '$id: "schema://tool/b" stands twice'],
  [{ type: 'object', patternProperties: { '(': true } }, 'patternProperties: {"(":true} has a key that is no regular'],
])('names the reference that cannot be followed in %j', (schema, fault) => {
  expect(schemaFault(schema)).toContain(fault)
})

it.each<[string, JsonObject]>([
  ['to itself', properties({ $ref: '#' })],
  ['by pointer', { ...properties({ $ref: '#/$defs/b%20c~1d/items' }), $defs: { 'b c/d': { items: true } } }],
  ['to an anchor', { ...properties({ $ref: '#b' }), $defs: { b: { $anchor: 'b' } } }],
  ['to a dynamic anchor', { ...properties({ $dynamicRef: '#b' }), $defs: { b: { $dynamicAnchor: 'b' } } }],
  ['to an $id', { ...properties({ $ref: 'https://example.com/b' }), $defs: { b: { $id: 'https://example.com/b' } } }],
  ['by its own address', { $id: 'https://example.com/a', ...properties({ $ref: '/a#/properties/a' }) }],
  ['within an $id', { type: 'object', $defs: { b: { $id: 'b', not: { $ref: '#/$defs/c' }, $defs: { c: {} } } } }],
  ['beside what is only data', { type: 'object', default: { $ref: 'https://example.com' }, enum: [{ $ref: 'x' }] }],
  ['under the name of a keyword', properties({ properties: { $ref: { type: 'string' } } })],
])('follows a reference %s', (_, schema) => {
  expect(schemaFault(schema)).toBeNull()
})

function nested(levels: number): JsonObject {
  let schema: JsonObject = {}
  for (let level = 0; level < levels; level += 1) schema = { not: schema }
  return schema
}

it('refuses what is nested too deep, however deep it is, and what is too large', () => {
  expect(schemaFault(nested(64))).toBeNull()
  for (const levels of [65, 100_000])
    expect(schemaFault(nested(levels))).toBe('schema: is nested more than 64 levels deep')
  expect(schemaFault({ default: 'x'.repeat(60_000) })).toBeNull()
  expect(schemaFault({ default: 'x'.repeat(70_000) })).toBe('schema: is larger than 64 KiB')
})
