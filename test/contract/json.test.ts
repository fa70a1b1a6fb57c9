import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../src/contract/json.ts'
import { canonicalJson, isTooDeep } from '../../src/contract/json.ts'

function nested(depth: number): JsonValue {
  let value: JsonValue = 1
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

describe('JSON', () => {
  it('is too deep where a walk could overflow, and never for what people write', () => {
    expect([isTooDeep(nested(500)), isTooDeep(nested(501)), isTooDeep(nested(100_000))]).toEqual([false, true, true])
    fc.assert(fc.property(fc.jsonValue(), (value) => !isTooDeep(value as JsonValue)))
  })

  it('is spelled alike for equal values, whatever the order of their keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        // `as`: fast-check's JSON values are ours.
        const value = object as { [key: string]: JsonValue }
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalJson(turned)).toBe(canonicalJson(value))
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})
