import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'

it('M11 input that violates the schema never reaches the tool, and the error names path and reason', async () => {
  await using open = await openTools(['checked.mjs'])
  const refused = [
    ['by_json_schema', {}, 'input: '],
    ['by_json_schema', { places: ['a', 3] }, 'input.places.1: '],
    ['by_json_schema', { places: [], __proto: 1 }, 'input'],
    ['by_json_schema', JSON.parse('{"places":[],"__proto__":{}}'), 'input'],
    ['by_json_schema', JSON.parse('{"constructor":[]}'), 'input.constructor: is not allowed here'],
    ['by_zod', { place: 3 }, 'input.place: '],
    ['by_promise', { place: 'nowhere' }, 'input.place: is nowhere'],
  ] as const
  for (const [name, input, message] of refused) {
    expect(await open.call(name, input).outcome).toMatchObject({
      status: 'invalid_input',
      error: { code: 'invalid_input', message: expect.stringContaining(message) },
    })
  }
  expect(await open.call('times').outcome).toMatchObject({ output: 0 })
})

it('gives the tool what its own schema makes of the input', async () => {
  await using open = await openTools(['checked.mjs'])
  expect(await open.call('by_zod', { place: 'Rome' }).outcome).toMatchObject({
    output: { input: { place: 'Rome', days: 3 } },
  })
})

it('tells the model the JSON form of a zod schema', async () => {
  await using open = await openTools(['checked.mjs'])
  expect(open.tools.find(({ name }) => name === 'by_zod')?.input_schema).toEqual({
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'number', default: 3 } },
    required: ['place'],
  })
})

it('T4 a pattern that takes for ever blocks its own call only', async () => {
  await using open = await openTools(['checked.mjs', 'faults.mjs'])
  const other = open.call('slow')
  const slow = open.call('by_json_schema', { places: [], slow: `${'a'.repeat(60)}!` })
  await other.said('held')
  slow.abort()
  expect(await other.outcome).toMatchObject({ status: 'ok' })
})

it.each(['endless', 'endless_in_thread'])(
  'a schema that leads to itself for ever fails its own call only: %s',
  async (name) => {
    await using open = await openTools(['endless-schema.mjs', 'checked.mjs'])
    const [endless, other] = await Promise.all([open.call(name).outcome, open.call('times').outcome])
    expect(endless).toMatchObject({
      status: 'failed',
      error: {
        code: 'schema_error',
        message: "the tool's schema cannot be followed: Maximum call stack size exceeded",
      },
    })
    expect(other).toMatchObject({ status: 'ok' })
    expect(open.notes).toEqual([])
  },
)
