import { expect, it } from 'vitest'
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
