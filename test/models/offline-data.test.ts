import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import { fillAnswer } from '../../src/models/offline-data.ts'

const sf = { location: 'San Francisco', temperature: 68, unit: 'fahrenheit', conditions: 'Sunny' }
const tokyo = { location: 'Tokyo', temperature: 72, unit: 'fahrenheit', conditions: 'Clear' }

function result(value: JsonValue, input: JsonObject = {}) {
  return { about: 'a tool', input, given: { value } }
}

function filled(schema: JsonObject, ...values: JsonValue[]) {
  const told = fillAnswer(
    schema,
    values.map((value) => result(value)),
    '- in words',
  )
  return told.type === 'filled' ? told.value : told.reason
}

const object = (properties: JsonObject, more: JsonObject = {}) => ({
  ...{ type: 'object', properties, required: Object.keys(properties) },
  ...more,
})
const number = { type: 'number' }
const string = { type: 'string' }

describe('the offline model fills', () => {
  it.each<[string, JsonObject, JsonValue[], JsonValue]>([
    ['a member by its name', object({ temperature: number }), [sf], { temperature: 68 }],
    [
      'a member that has more words there',
      object({ temperature: number }),
      [{ temperature_2m: 3 }],
      { temperature: 3 },
    ],
    ['a member in another spelling', object({ windSpeed: number }), [{ wind_speed: 3 }], { windSpeed: 3 }],
    ['a place under another word', object({ city: string }), [sf], { city: 'San Francisco' }],
    ['an integer', object({ temperature: { type: 'integer' } }), [sf], { temperature: 68 }],
    [
      'a list with a member for each result',
      { type: 'array', items: object({ city: string }) },
      [sf, tokyo],
      [{ city: 'San Francisco' }, { city: 'Tokyo' }],
    ],
    [
      'a list of plain values',
      object({ cities: { type: 'array', items: string }, temperatures: { type: 'array', items: number } }),
      [sf, tokyo],
      { cities: ['San Francisco', 'Tokyo'], temperatures: [68, 72] },
    ],
    [
      'a list that a result holds',
      object({ tags: { type: 'array', items: string } }),
      [{ tags: ['a', 'b'] }],
      {
        tags: ['a', 'b'],
      },
    ],
    [
      'an object that a result holds',
      object({ wind: object({ speed: number }) }),
      [{ speed: 1, wind: { speed: 2 } }],
      {
        wind: { speed: 2 },
      },
    ],
    ['what all results agree in', object({ unit: string }), [sf, tokyo], { unit: 'fahrenheit' }],
    ['a word of an enum', object({ conditions: { enum: ['sunny', 'rainy'] } }), [sf], { conditions: 'sunny' }],
    ['a constant', object({ kind: { const: 'weather' } }), [sf], { kind: 'weather' }],
    ['the only word of an enum', object({ kind: { enum: ['weather'] } }), [sf], { kind: 'weather' }],
    ['a default', object({ humidity: { type: 'number', default: 0 } }), [sf], { humidity: 0 }],
    ['null where nothing is known', object({ humidity: { type: ['number', 'null'] } }), [sf], { humidity: null }],
    [
      'null where that is one of the choices',
      object({ a: { anyOf: [{ type: 'null' }, number] } }),
      [{ b: 1, c: 2 }],
      {
        a: null,
      },
    ],
    ['nothing into what may be left out', object({ humidity: number }, { required: [] }), [sf], {}],
    ['a number that is all there is', object({ total: number }), [{ expression: '1+1', result: 2 }], { total: 2 }],
    ['a number that is the whole result', object({ words: number }), [7], { words: 7 }],
    ['a plain root', number, [{ expression: '1+1', result: 2 }], 2],
    ['a summary with its words', object({ summary: string }), [sf], { summary: '- in words' }],
    ['an object of any members', { type: 'object' }, [{ a: 1 }], { a: 1 }],
    [
      'a definition',
      object(
        { places: { type: 'array', items: { $ref: '#/$defs/place' } } },
        { $defs: { place: object({ name: string }) } },
      ),
      [sf],
      { places: [{ name: 'San Francisco' }] },
    ],
    [
      'a member called __proto__',
      object(JSON.parse('{"__proto__":{"type":"number"}}')),
      [1],
      JSON.parse('{"__proto__":1}'),
    ],
  ])('%s', (_, schema, values, value) => {
    expect(JSON.stringify(filled(schema, ...values))).toBe(JSON.stringify(value))
  })

  it('what the call was asked, where the result does not say it', () => {
    const told = fillAnswer(object({ city: string }), [result({ temperature: 1 }, { location: 'Oslo' })], '')
    expect(told).toEqual({ type: 'filled', value: { city: 'Oslo' } })
  })
})

describe('the offline model makes nothing up', () => {
  it.each<[string, JsonObject, JsonValue[], string]>([
    ['a member that no result has', object({ humidity: number }), [sf, tokyo], 'answer.humidity: nothing fills it'],
    ['a member of another type', object({ temperature: string }), [sf], 'answer.temperature: nothing fills it'],
    [
      'a temperature for what it feels like',
      object({ feels_like_temperature: number, x: number }, { required: ['feels_like_temperature'] }),
      [sf],
      'answer.feels_like_temperature: nothing fills it',
    ],
    [
      'one place for several results',
      object({ temperature: number }),
      [sf, tokyo],
      'answer.temperature: 2 results say different things of it',
    ],
    [
      'several names that would do',
      object({ temperature: number, x: number }, { required: ['temperature'] }),
      [{ temperature_max: 1, temperature_min: 2 }],
      'answer.temperature: nothing fills it',
    ],
    [
      'one number for two members',
      object({ total: number, tax: number }),
      [{ result: 2 }],
      'answer.total: nothing fills it',
    ],
    ['a text for any name', object({ city: string }), ['cloudy'], 'answer.city: nothing fills it'],
    [
      'a word that no enum has',
      object({ conditions: { enum: ['a', 'b'] } }),
      [sf],
      'answer.conditions: no result says one of its values, and only that',
    ],
    ['an enum that nothing says', object({ sky: { enum: ['a', 'b'] } }), [sf], 'answer.sky: nothing fills it'],
    ['a list without results', { type: 'array', items: number }, [], 'answer: nothing fills it'],
    [
      'a member deep in a list',
      { type: 'array', items: object({ humidity: number }) },
      [sf],
      'answer.0.humidity: nothing fills it',
    ],
    ['any members of several results', { type: 'object' }, [sf, tokyo], 'answer: is filled by no one result'],
    ['a schema that leads back to itself', object({ a: { $ref: '#' } }), [sf], 'has no form that could be filled'],
    ['a schema that forbids all', object({ a: false }), [sf], 'answer.a: has no form that could be filled'],
  ])('%s', (_, schema, values, reason) => {
    expect(filled(schema, ...values)).toContain(reason)
  })

  it('of a call that failed', () => {
    const failed = { about: 'get_weather Oslo', input: {}, given: null }
    const told = fillAnswer({ type: 'array', items: {} }, [result(sf), failed], '')
    expect(told).toEqual({ type: 'missing', reason: 'get_weather Oslo gave no result' })
  })
})
