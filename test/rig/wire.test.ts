import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { reply } from './reply.ts'
import type { WireStep } from './wire.ts'
import { bytesStep, endAfter, splitEvery } from './wire.ts'

const REQUEST = { model: 'claude-sonnet-5-5', requestId: 'req_1' }

function bytesOf(steps: readonly WireStep[]): Buffer {
  return Buffer.concat(steps.map((step) => (step.type === 'bytes' ? step.bytes : Buffer.alloc(0))))
}

const message = reply.id('msg_1').text('Grüße 👋').toolUse('get_weather', { location: 'Tōkyō' }, 'toolu_1')

it('sends the same bytes, however they are split', () => {
  const whole = bytesOf(message.script(REQUEST).body)
  const property = fc.property(fc.integer({ min: 1, max: 500 }), (size) => {
    const steps = message.split(size).script(REQUEST).body
    expect(bytesOf(steps).equals(whole)).toBe(true)
    expect(steps.every((step) => step.type === 'bytes' && step.apart && step.bytes.length <= size)).toBe(true)
  })
  fc.assert(property)
})

it('can end after any byte', () => {
  const whole = bytesOf(message.script(REQUEST).body)
  const property = fc.property(fc.nat({ max: whole.length }), (count) => {
    const steps = endAfter(message.script(REQUEST).body, { bytes: count }, 'cut')
    expect(bytesOf(steps).equals(whole.subarray(0, count))).toBe(true)
    expect(steps.at(-1)).toEqual({ type: 'ending', ending: 'cut' })
  })
  fc.assert(property)
})

it('keeps pauses and gates where they stand', () => {
  const gate = Promise.resolve()
  const steps: WireStep[] = [
    bytesStep('ab'),
    bytesStep('c'),
    { type: 'wait', ms: 5 },
    bytesStep('d'),
    { type: 'gate', gate },
    bytesStep('e'),
  ]
  const types = splitEvery(steps, Number.POSITIVE_INFINITY).map((step) =>
    step.type === 'bytes' ? step.bytes.toString() : step.type,
  )
  expect(types).toEqual(['abc', 'wait', 'd', 'gate', 'e'])
})

it('streams input in pieces that joined are what was given, even where that is no JSON', () => {
  const joined = (steps: readonly WireStep[]): string =>
    bytesOf(steps)
      .toString()
      .split('\n')
      .flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
      .map((event) => event.delta?.partial_json ?? '')
      .join('')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (rawInput) => {
      expect(joined(reply.toolUse('x', {}, { rawInput }).script(REQUEST).body)).toBe(rawInput)
    }),
  )
  expect(joined(reply.toolUse('x', { a: 1 }, { pieces: ['{"a"', ':1}'] }).script(REQUEST).body)).toBe('{"a":1}')
})

it('spreads the deltas of a block over its time', () => {
  const waits = reply
    .toolUse('x', { a: 1 }, { overMs: 250 })
    .script(REQUEST)
    .body.flatMap((step) => (step.type === 'wait' ? [step.ms] : []))
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(250)
})
