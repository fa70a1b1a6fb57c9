/** Whole messages that ask for what cannot be done, or for nothing, or for ever. */
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { reply } from '../rig/reply.ts'
import { askFaulty, callsOf, expectOneLine, resultsIn } from './faulty-model.ts'

const answer = reply.text('The whole answer.')

describe('M2 any mix of outcomes', () => {
  it('is answered with one result per call, in order, in one message', async () => {
    const mixed = reply
      .toolUse('hang', {}, 'toolu_1')
      .toolUse('look', { place: 'a' }, 'toolu_2')
      .toolUse('nobody', {}, 'toolu_3')
      .toolUse('fail', {}, 'toolu_4')
      .toolUse('save', { path: 3 }, 'toolu_5')
      .toolUse('save', {}, { id: 'toolu_6', rawInput: '{"path": ' })
      .toolUse('save', { path: 'b' }, 'toolu_7')
    const { result, api, saved } = await askFaulty([mixed, answer], { format: 'json' })
    expect(callsOf(result.json()).map(({ status }) => status)).toEqual([
      'timed_out',
      'ok',
      'unknown_tool',
      'failed',
      'invalid_input',
      'invalid_input',
      'ok',
    ])
    const results = resultsIn(api, 1)
    expect(results.map(({ tool_use_id: id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `toolu_${number}`))
    expect(results.map(({ is_error: error = false }) => error)).toEqual([true, false, true, true, true, true, false])
    expect([saved, result.code]).toEqual([[{ path: 'b' }], 0])
    expect(result.json().totals).toMatchObject({ tool_calls: 7, tool_errors: 5 })
  })

  it('stays one over turns that are cut, limited and asked again', async () => {
    const call = (place: string) =>
      reply.toolUse('look', { place }).toolUse('fail', {}).toolUse('save', { path: place })
    const { result, saved } = await askFaulty(
      [
        call('a').endAfter({ events: 9 }, 'eof'),
        call('a'),
        reply.status(529, { headers: { 'retry-after-ms': '1' } }),
        call('b'),
        call('c').stop('max_tokens'),
        call('c'),
        answer,
      ],
      { format: 'json' },
    )
    expect(result.json().turns.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 1])
    expect(saved).toEqual([{ path: 'a' }, { path: 'b' }, { path: 'c' }])
    expect(result.json().answer).toBe('The whole answer.')
  })
})

describe('M10 two calls under one id', () => {
  const twice = (first: JsonObject, second: JsonObject) =>
    reply.toolUse('save', first, 'toolu_same').toolUse('save', second, 'toolu_same')
  const differing = twice({ path: 'a' }, { path: 'b' })

  it('with one input run once and are answered once', async () => {
    const { result, api, saved } = await askFaulty([twice({ path: 'a', times: 2 }, { times: 2, path: 'a' }), answer], {
      format: 'json',
      server: { echo: true },
    })
    expect(saved).toEqual([{ path: 'a', times: 2 }])
    expect(resultsIn(api, 1)).toHaveLength(1)
    expect([callsOf(result.json()).length, result.code]).toEqual([1, 0])
  })

  it('with two inputs are asked for once more', async () => {
    const { result, saved } = await askFaulty([differing, reply.toolUse('save', { path: 'c' }), answer], {
      format: 'json',
    })
    expect([saved, result.code]).toEqual([[{ path: 'c' }], 0])
    expect(result.json().turns[0]).toMatchObject({ attempts: 2, tool_calls: [{ input: { path: 'c' } }] })
  })

  it('with two inputs, twice, end with exit 5', async () => {
    const { result, api, saved } = await askFaulty([differing, differing], { format: 'json' })
    expect([saved, result.code, api.requests.length]).toEqual([[], 5, 2])
    expectOneLine(result, /two different calls under one id, twice$/)
    expect(result.json()).toMatchObject({ answer: null, error: { code: 'duplicate_id' }, usage: { input_tokens: 200 } })
  })
})

describe('M11 a call that cannot be run', () => {
  const violating: [name: string, tool: string, input: JsonObject, told: RegExp][] = [
    ['a member of another type', 'save', { path: 3 }, /^invalid_input: input\.path: .*type.*string/i],
    ['a member that is missing', 'save', { times: 1 }, /^invalid_input: .*path/],
    ['a nested number that is none', 'save', { path: 'a', times: 'x' }, /^invalid_input: input\.times: .*integer/i],
    ['a member that nobody knows', 'look', { place: 'a', colour: 'red' }, /^invalid_input: input.*colour/],
    ['a member called constructor', 'look', { place: 'a', constructor: 'x' }, /^invalid_input: input.*constructor/],
  ]

  it.each(violating)('for %s is not run; its result names path and reason', async (_name, tool, input, told) => {
    const { result, api, saved, looked } = await askFaulty([reply.toolUse(tool, input), answer], { format: 'json' })
    expect([saved, looked, result.code]).toEqual([[], [], 0])
    expect(resultsIn(api, 1)).toMatchObject([{ is_error: true, content: expect.stringMatching(told) }])
    expect(callsOf(result.json())).toMatchObject([{ status: 'invalid_input', input, output: null, raw_input: null }])
  })

  it.each(['{"path": "a', '["a"]', '"a"', '{"path": "a"}}', "{'path': 'a'}", 'null'])(
    'because its input is %s is not run, goes back as {} and is quoted',
    async (rawInput) => {
      const { result, api, saved } = await askFaulty([reply.toolUse('save', {}, { rawInput }), answer], {
        format: 'json',
      })
      expect([saved, result.code]).toEqual([[], 0])
      const [told] = resultsIn(api, 1)
      expect(told).toMatchObject({ is_error: true, content: expect.stringContaining(`The input was:\n${rawInput}`) })
      expect(callsOf(result.json())).toMatchObject([{ status: 'invalid_input', input: {}, raw_input: rawInput }])
    },
  )

  it.each(['nobody', 'constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'because there is no tool "%s" is not run; its result names the tools',
    async (name) => {
      const { result, api } = await askFaulty([reply.toolUse(name, { path: 'a' }), answer], { format: 'json' })
      const content = expect.stringMatching(new RegExp(`there is no tool "${name}".* fail, hang, look, save`))
      expect(resultsIn(api, 1)).toMatchObject([{ is_error: true, content }])
      expect(callsOf(result.json())).toMatchObject([{ tool: name, status: 'unknown_tool', source: null, effect: null }])
      expect(result.code).toBe(0)
    },
  )

  it('without any input is a call with {}', async () => {
    const { api, result } = await askFaulty([reply.toolUse('fail', {}, { rawInput: '' }), answer], { format: 'json' })
    expect(callsOf(result.json())).toMatchObject([{ status: 'failed', input: {}, raw_input: null }])
    expect(resultsIn(api, 1)).toMatchObject([{ content: 'failed: it is broken' }])
  })
})

describe('M12 a message that is no answer', () => {
  it.each([
    ['empty', reply],
    ['white space', reply.text(' \n')],
    ['only thinking', reply.thinking('Hm.')],
  ])('(%s) is nudged once', async (_name, empty) => {
    const { result, api } = await askFaulty([empty, answer])
    expect([result.stdout, result.stderr, api.requests.length]).toEqual(['The whole answer.\n', '', 2])
    const twice = await askFaulty([empty, empty], { format: 'json' })
    expect([twice.result.code, twice.api.requests.length]).toEqual([7, 2])
    expectOneLine(twice.result, /the model answered nothing, twice$/)
    expect(twice.result.json()).toMatchObject({ status: 'incomplete', answer: null })
  })

  it('(paused) is sent back untouched, at most five times, and the answer begins with it', async () => {
    const paused = reply.text('Searching. ').stop('pause_turn')
    const { result } = await askFaulty([paused, paused, answer])
    expect([result.stdout, result.code]).toEqual(['Searching. Searching. The whole answer.\n', 0])
    const forever = await askFaulty(() => paused)
    const { stdout, code } = forever.result
    expect([stdout, code, forever.api.requests.length]).toEqual([`${'Searching. '.repeat(6).trim()}\n`, 7, 6])
    expectOneLine(forever.result, /paused/)
  })

  it('(refused) is exit 8, and its text no answer', async () => {
    const { result } = await askFaulty(reply.text('I will not').stop('refusal'))
    expect([result.stdout, result.code]).toEqual(['', 8])
    expectOneLine(result, /the model refused to answer$/)
    const { result: told } = await askFaulty(reply.text('I will not').stop('refusal'), { format: 'json' })
    expect(told.json()).toMatchObject({ status: 'refused', answer: null, turns: [{ stop_reason: 'refusal' }] })
  })

  it('(cut at the token limit) is told, and marked incomplete', async () => {
    const { result } = await askFaulty(reply.text('Half of the an').stop('max_tokens'))
    expect([result.stdout, result.code]).toEqual(['Half of the an\n', 7])
    expect(result.stderr).toMatch(/incomplete/)
    expect(result.stderr).toMatch(/cut off at the token limit\nhint: .*--max-tokens\n$/)
  })

  it('(with what nobody knows in it) is kept, and goes back as it came', async () => {
    const strange = { type: 'hologram', depth: 3, parts: [{ at: null }], __proto__x: 'x' }
    const odd = reply
      .event({ type: 'novelty', index: 0 })
      .block(strange)
      .thinking('Hm.', 'c2ln')
      .block({ type: 'redacted_thinking', data: 'b3BhcXVl' })
      .toolUse('look', { place: 'a' })
    const { result, api } = await askFaulty([odd, answer], { format: 'json' })
    expect(result.json().answer).toBe('The whole answer.')
    expect(api.requests[1]?.body.messages).toMatchObject([{}, { content: [strange, {}, {}, {}] }, {}])
    expect(result.json().messages[1]?.content[0]).toEqual(strange)
  })

  it('(for a reason that nobody knows) is told, with exit 7', async () => {
    const { result } = await askFaulty(reply.text('Words.').stop('tired'))
    expect([result.stdout, result.code]).toEqual(['Words.\n', 7])
    expect(result.stderr).toMatch(/the message ended with "tired"/)
  })
})

describe('M13 the bytes of a stream', () => {
  it('give the same text however they are split, with CRLF and comments', async () => {
    const text = 'Grüße aus Köln 👩‍👩‍👧 — 東京 é \ud83d\ude80.'
    const message = reply.text(text)
    for (const odd of [message.split(1), message.crlf().comment('so').split(1), message.crlf().ping().split(3)]) {
      const { result } = await askFaulty(odd)
      expect([result.stdout, result.stderr, result.code]).toEqual([`${text}\n`, '', 0])
    }
  })
})

describe('M14 no end', () => {
  it('of the same failing call is reached at --max-turns, all answered', async () => {
    const { result, api } = await askFaulty(() => reply.text('Once more.').toolUse('fail', {}), {
      format: 'json',
      args: ['--max-turns', '4'],
    })
    expect([result.code, api.requests.length]).toEqual([7, 4])
    expectOneLine(result, /no answer within 4 turns$/, /--max-turns/)
    const { turns, status, answer: told, totals } = result.json()
    expect({ status, told, turns: turns.length, errors: totals.tool_errors }).toEqual({
      status: 'incomplete',
      told: null,
      turns: 4,
      errors: 4,
    })
  })

  it('is reached after 25 turns where nothing else was said, with nothing on the pipe', async () => {
    const { result, api, saved } = await askFaulty(() => reply.text('More.').toolUse('save', { path: 'a' }))
    expect([result.stdout, result.code, api.requests.length, saved.length]).toEqual(['', 7, 25, 25])
    expectOneLine(result, /no answer within 25 turns$/, /--max-turns/)
  })

  it('of calls in one turn is none: 500 of them are all answered, in order', async () => {
    const places = Array.from({ length: 500 }, (_, index) => `place ${index}`)
    const many = places.reduce((message, place) => message.toolUse('look', { place }), reply.text('All of them.'))
    const { result, api, looked } = await askFaulty([many, answer], { format: 'json' })
    expect(resultsIn(api, 1).map(({ content }) => content)).toEqual(places.map((place) => `seen ${place}`))
    expect([looked.length, result.code]).toEqual([500, 0])
    expect(result.json().totals).toMatchObject({ tool_calls: 500, tool_errors: 0 })
    expect(result.json().totals.concurrency_peak).toBeLessThanOrEqual(64)
  })
})
