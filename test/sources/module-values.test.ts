import { expect, it } from 'vitest'
import { MAX_OUTPUT_BYTES } from '../../src/host/protocol.ts'
import { openTools } from './open-tools.ts'

const RETURNED = [
  ['undefined', null],
  ['bigint', '12345678901234567890'],
  ['map', { a: 1 }],
  ['set', [1, 2]],
  ['function', '[function named]'],
  ['cyclic', { name: 'cyclic', self: '[circular]' }],
  ['surrogate', 'a\ufffdb'],
  ['binary', { base64: 'AP8=', bytes: 2 }],
  ['nul', 'a\0b'],
  ['date', '1970-01-01T00:00:00.000Z'],
  ['infinity', null],
] as const

it('T9 makes JSON of whatever a tool returns, on the loop and in a thread', async () => {
  await using open = await openTools(['values.mjs'])
  for (const [name, output] of RETURNED) {
    expect(await open.call('returns', { name }).outcome).toMatchObject({ status: 'ok', output, truncated: false })
    expect(await open.call('returns_plain', { name }).outcome).toMatchObject({ status: 'ok', output })
  }
})

it('T9 makes an error of whatever a tool throws', async () => {
  await using open = await openTools(['values.mjs'])
  const thrown = async (name: string) => {
    const outcome = await open.call('throws', { name }).outcome
    return outcome.status === 'failed' ? outcome.error : outcome
  }
  expect(await thrown('string')).toEqual({ code: 'tool_error', message: 'a string' })
  expect(await thrown('null')).toEqual({ code: 'tool_error', message: 'threw null' })
  expect(await thrown('undefined')).toEqual({ code: 'tool_error', message: 'threw undefined' })
  expect(await thrown('cyclic')).toEqual({ code: 'tool_error', message: 'threw {"name":"cyclic","self":"[circular]"}' })
  expect(await thrown('empty')).toEqual({ code: 'tool_error', message: 'Error' })
  expect(await thrown('coded')).toEqual({ code: 'ENOENT', message: 'gone' })
  expect(await thrown('hostile')).toMatchObject({ code: 'tool_error' })
})

it.each(['large', 'large_plain'])('T8 keeps head and tail of a large value: %s', async (name) => {
  await using open = await openTools(['values.mjs'])
  const outcome = await open.call(name).outcome
  if (outcome.status !== 'ok') throw new Error(outcome.error.message)
  expect(outcome.truncated).toBe(true)
  expect(outcome.output_bytes).toBe(name === 'large' ? 4_000_000 : 4_000_004)
  expect(Buffer.byteLength(String(outcome.output))).toBeLessThan(MAX_OUTPUT_BYTES + 100)
  expect(outcome.output).not.toContain('\ufffd')
})

it('S7 keeps __proto__ and constructor in the input as data', async () => {
  await using open = await openTools(['values.mjs'])
  const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":1}'
  const outcome = await open.call('echo', JSON.parse(text)).outcome
  if (outcome.status !== 'ok') throw new Error(outcome.error.message)
  expect(JSON.stringify(outcome.output)).toBe(`{"input":${text},"polluted":null}`)
})
