import { afterEach, expect, it } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import { type InputChecks, openInputChecks } from '../../src/sources/check.ts'
import { CHECK_LIMIT_MS } from '../../src/sources/check-lane.ts'
import { openFakeClock } from '../rig/fake-clock.ts'

const opened: InputChecks[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((checks) => checks.close()))
})

function open(clock = systemClock(0)): InputChecks {
  const checks = openInputChecks({ clock })
  opened.push(checks)
  return checks
}

const { signal } = new AbortController()
const SLOW: JsonObject = { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } }
const ENDLESS = { a: `${'a'.repeat(40)}!` }
const PATTERN: JsonObject = { type: 'object', properties: { a: { type: 'string', pattern: '^[a-z]$' } } }
const tooSlow = { status: 'failed', error: { code: 'check_timeout', message: expect.stringContaining('did not run') } }

/** Forty levels, each of which asks the next one twice. */
function doubling(keyword: string): JsonObject {
  const levels = Array.from({ length: 40 }, (_, level): [string, JsonObject] => {
    const next = level === 39 ? { type: 'string' } : { $ref: `#/$defs/d${level + 1}` }
    return [`d${level}`, { [keyword]: [next, next] }]
  })
  return { type: 'object', properties: { a: { $ref: '#/$defs/d0' } }, $defs: Object.fromEntries(levels) }
}

it('checks by a schema whose cost has a bound at once', async () => {
  const check = await open().checker({
    type: 'object',
    properties: { a: { type: 'array', items: { type: 'integer' } }, b: { enum: ['x', 'y'] } },
    required: ['a'],
    additionalProperties: false,
  })
  expect(check({ a: [1, 2], b: 'x' }, signal)).toBeNull()
  expect(check({ a: [1, 'x'] }, signal)).toEqual({
    status: 'invalid_input',
    error: { code: 'invalid_input', message: expect.stringMatching(/^input\.a\.1: /) },
  })
  expect(check({ a: [], constructor: 1 }, signal)).toMatchObject({
    error: { message: 'input.constructor: is not allowed here' },
  })
})

it.each<[string, JsonObject, JsonObject, JsonObject]>([
  ['a pattern', PATTERN, { a: 'x' }, { a: 'X' }],
  ['patterns of keys', { patternProperties: { '^a+$': { type: 'string' } } }, { aa: 'x' }, { aa: 1 }],
  ['a format', { properties: { a: { format: 'ipv4' } } }, { a: '127.0.0.1' }, { a: 'x' }],
  ['a reference', { properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: { type: 'string' } } }, { a: 'x' }, { a: 1 }],
  ['items that differ', { properties: { a: { uniqueItems: true } } }, { a: [1, 2] }, { a: [1, 1] }],
])('checks by a schema with %s in a thread', async (_, schema, good, bad) => {
  const check = await open().checker(schema)
  const answers = [check(good, signal), check(bad, signal)]
  expect(answers.every((answer) => answer instanceof Promise)).toBe(true)
  expect(await Promise.all(answers)).toEqual([null, expect.objectContaining({ status: 'invalid_input' })])
})

it('checks an input that is too large for the main process in a thread', async () => {
  const check = await open().checker({ type: 'object', properties: { a: { items: { type: 'integer' } } } })
  const large = Array.from({ length: 100_000 }, () => 1)
  const answers = [check({ a: large }, signal), check({ a: [...large, 'x'] }, signal)]
  expect(answers.every((answer) => answer instanceof Promise)).toBe(true)
  expect(await Promise.all(answers)).toEqual([
    null,
    {
      status: 'invalid_input',
      error: expect.objectContaining({ message: expect.stringMatching(/^input\.a\.100000: /) }),
    },
  ])
})

it('fails a call whose check takes too long, and the next one gets a new thread', async () => {
  const check = await open().checker(SLOW)
  expect(await check(ENDLESS, signal)).toMatchObject(tooSlow)
  expect(await check({ a: 'aaa' }, signal)).toBeNull()
})

it('keeps other tools waiting for a slow schema once, however often that is asked', async () => {
  const clock = openFakeClock()
  const checks = open(clock)
  const slow = await checks.checker(SLOW)
  const other = await checks.checker(PATTERN)
  const ends: string[] = []
  const note = (name: string) => () => ends.push(name)
  const all = [1, 2, 3].map(() => Promise.resolve(slow(ENDLESS, signal)).then(note('slow')))
  all.push(Promise.resolve(other({ a: 'x' }, signal)).then(note('other')))
  // No time passes for the second slow one before the other has its answer.
  while (!ends.includes('other')) {
    if (ends.length === 0 && clock.due.length > 0) await clock.advance(CHECK_LIMIT_MS)
    await clock.settle()
  }
  expect(ends).toEqual(['slow', 'other'])
  while (ends.length < 4) await clock.advance(10)
  await Promise.all(all)
})

it.each(['allOf', 'anyOf', 'oneOf'])('is not held up by references that double: %s', async (keyword) => {
  const check = await open().checker(doubling(keyword))
  expect(await check({ a: 1 }, signal)).toMatchObject({ status: 'failed' })
})

it.each<[string, JsonObject]>([
  ['that lead to themselves for ever', { allOf: [{ $ref: '#' }] }],
  ['that lead out, and fetches nothing', { properties: { a: { $ref: 'http://127.0.0.1:9/schema.json' } } }],
  ['that the library cannot read', { dependentRequired: { a: 1 } }],
])('fails the call for schemas %s', async (_, schema) => {
  const check = await open().checker(schema)
  expect(await check({ a: 1 }, signal)).toMatchObject({ status: 'failed', error: { code: 'schema_error' } })
})

it('lets a call that is canceled go at once, begun or waiting', async () => {
  const checks = open(openFakeClock())
  const check = await checks.checker(SLOW)
  const controller = new AbortController()
  const canceled = [check(ENDLESS, controller.signal), check(ENDLESS, controller.signal)]
  controller.abort(new Error('enough'))
  const late = check(ENDLESS, controller.signal)
  for (const outcome of await Promise.all([...canceled, late])) expect(outcome).toMatchObject({ status: 'canceled' })
})

it('ends what is being checked when it is closed', async () => {
  const checks = open(openFakeClock())
  const check = await checks.checker(SLOW)
  const running = [check(ENDLESS, signal), check(ENDLESS, signal)]
  await checks.close()
  expect(await Promise.all([...running, check({}, signal)])).toEqual(
    [1, 2, 3].map(() => expect.objectContaining({ status: 'canceled' })),
  )
})
