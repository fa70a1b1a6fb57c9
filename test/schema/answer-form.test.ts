import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { answerForm } from '../../src/schema/answer-form.ts'
import { validateOutputConfig } from '../rig/validate-output.ts'

const object = (properties: JsonObject, more: JsonObject = {}) => ({ type: 'object', properties, ...more })
const closed = (properties: JsonObject, more: JsonObject = {}) =>
  object(properties, { required: [], additionalProperties: false, ...more })

function formatOf(schema: JsonObject): JsonObject | null {
  const { format } = answerForm(schema)
  if (format !== null) validateOutputConfig({ format: { type: 'json_schema', schema: format } })
  return format
}

describe('what of a schema is sent as structured output', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['closes objects', object({ a: { type: 'number' } }), closed({ a: { type: 'number' } })],
    [
      'closes objects within objects and lists',
      object({ a: { type: 'array', items: object({ b: { type: 'string' } }) } }, { required: ['a'] }),
      closed({ a: { type: 'array', items: closed({ b: { type: 'string' } }) } }, { required: ['a'] }),
    ],
    ['takes an object without a type', { properties: { a: { type: 'null' } } }, closed({ a: { type: 'null' } })],
    [
      'tells limits in the description',
      object({ a: { type: 'integer', description: 'Stars.', minimum: 1, maximum: 5 } }),
      closed({ a: { type: 'integer', description: 'Stars.\n\nMust fit {"minimum":1,"maximum":5}.' } }),
    ],
    [
      'keeps known formats and few items',
      object({
        a: { type: 'string', format: 'date' },
        b: { type: 'string', format: 'x' },
        c: { type: 'array', items: { type: 'boolean' }, minItems: 1 },
        d: { type: 'array', items: { type: 'boolean' }, minItems: 2 },
      }),
      closed({
        a: { type: 'string', format: 'date' },
        b: { type: 'string', description: 'Must fit {"format":"x"}.' },
        c: { type: 'array', items: { type: 'boolean' }, minItems: 1 },
        d: { type: 'array', items: { type: 'boolean' }, description: 'Must fit {"minItems":2}.' },
      }),
    ],
    [
      'keeps enums and constants',
      object({ a: { type: 'string', enum: ['x', 'y'] }, b: { const: 1 } }),
      closed({ a: { enum: ['x', 'y'] }, b: { const: 1 } }),
    ],
    [
      'makes a choice of several types where one is an object',
      object({
        a: { type: ['string', 'null'] },
        b: { ...object({ c: { type: 'number' } }), type: ['object', 'null'] },
      }),
      closed({
        a: { type: ['string', 'null'] },
        b: { anyOf: [closed({ c: { type: 'number' } }), { type: 'null' }] },
      }),
    ],
    [
      'makes anyOf of oneOf, and of a schema in brackets',
      object({ a: { oneOf: [{ type: 'string' }, { type: 'number' }] }, b: { allOf: [{ type: 'string' }] } }),
      closed({ a: { anyOf: [{ type: 'string' }, { type: 'number' }] }, b: { anyOf: [{ type: 'string' }] } }),
    ],
    [
      'keeps the definitions that are used',
      object(
        { a: { $ref: '#/$defs/city', description: 'One.' }, b: { $ref: '#/$defs/city' } },
        { $defs: { city: object({ name: { type: 'string' } }), unused: { type: 'array' } } },
      ),
      closed(
        { a: { $ref: '#/$defs/city' }, b: { $ref: '#/$defs/city' } },
        { $defs: { city: closed({ name: { type: 'string' } }) } },
      ),
    ],
    [
      'puts a root in place of its reference',
      {
        $ref: '#/definitions/top',
        definitions: { top: object({ a: { $ref: '#/definitions/b' } }), b: { type: 'null' } },
      },
      closed({ a: { $ref: '#/$defs/b' } }, { $defs: { b: { type: 'null' } } }),
    ],
  ])('%s', (_, schema, sent) => {
    expect(formatOf(schema)).toEqual(sent)
  })

  it.each<[string, JsonObject]>([
    ['a root that is no object', { type: 'array', items: { type: 'number' } }],
    ['a root that is anything', {}],
    ['a map', object({ a: { type: 'object', additionalProperties: { type: 'number' } } })],
    ['an object of any members', object({ a: { type: 'object' } })],
    ['members that only a pattern names', { type: 'object', patternProperties: { '^a': { type: 'number' } } }],
    ['members that another part of it asks for', { ...object({ a: { type: 'null' } }), allOf: [object({ b: {} })] }],
    ['a member that is required and has no schema', object({}, { required: ['a'], additionalProperties: false })],
    ['a member of any kind', object({ a: true })],
    ['a list of any members', object({ a: { type: 'array' } })],
    ['a tuple', object({ a: { type: 'array', items: { type: 'null' }, prefixItems: [{ type: 'null' }] } })],
    ['itself', object({ a: { $ref: '#' } })],
    [
      'a definition of itself',
      object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: object({ b: { $ref: '#/$defs/a' } }) } }),
    ],
    ['more beside a reference', object({ a: { $ref: '#/$defs/a', minimum: 1 } }, { $defs: { a: { type: 'number' } } })],
    ['two schemas at once', object({ a: { allOf: [{ type: 'number' }, { type: 'integer' }] } })],
  ])('leaves to words what would become something else: %s', (_, schema) => {
    expect(formatOf(schema)).toBeNull()
  })

  it('has the whole schema in its words, as it was given', () => {
    const schema = object({ a: { type: 'integer', minimum: 1 } })
    const { words, schema: own } = answerForm(schema)
    expect(own).toBe(schema)
    expect(words).toContain(JSON.stringify(schema))
    expect(words).toContain('one JSON document')
  })
})
