/** Messages that do not arrive whole: cut, stalled, or ended before the model was done. */
import { describe, expect, it } from 'vitest'
import { reply } from '../rig/reply.ts'
import { askFaulty, callsOf, expectOneLine, FULL, inParallel, resultsIn, sample } from './faulty-model.ts'

const ids = { look: 'toolu_look', save: 'toolu_save' }
const withCalls = reply
  .text('Dropped words, which nobody should see.')
  .toolUse('look', { place: 'here' }, ids.look)
  .toolUse('save', { path: 'a.txt', times: 3 }, ids.save)
const bodySteps = withCalls.script({ model: 'm' }).body.filter((step) => step.type === 'bytes')
const events = bodySteps.length
const bytes = bodySteps.reduce((sum, step) => sum + step.bytes.length, 0)
const answer = reply.text('The whole answer.')
const TEST_MS = FULL ? 900_000 : 60_000

describe('M4 a message with calls that is cut', () => {
  const endings = FULL ? (['cut', 'eof', 'reset'] as const) : (['cut'] as const)
  const boundaries = Array.from({ length: events }, (_, index) => index)
  const cases = [
    // EOF before the first is an empty body, which is another row.
    ...endings.flatMap((ending) =>
      sample(boundaries, 7)
        .filter((at) => at > 0 || ending !== 'eof')
        .map((at) => ({ after: { events: at }, ending })),
    ),
    // The end of the last block, message_delta: all is there but message_stop.
    ...[events - 2, events - 1].flatMap((at) =>
      (['eof', 'reset'] as const).map((ending) => ({ after: { events: at }, ending })),
    ),
  ]

  it(`after any event is asked for again: never an answer, never a write`, { timeout: TEST_MS }, async () => {
    await inParallel(cases, async ({ after, ending }) => {
      const { result, api, saved } = await askFaulty([withCalls.endAfter(after, ending), answer], { format: 'json' })
      const { turns, answer: told, usage } = result.json()
      expect([result.code, told, result.stderr]).toEqual([0, 'The whole answer.', ''])
      expect(saved).toEqual([])
      expect(api.requests).toHaveLength(2)
      expect(turns).toMatchObject([{ attempts: 2, text: 'The whole answer.', tool_calls: [] }])
      const statuses = turns[0]?.dropped_calls.map(({ tool, status }) => `${tool} ${status}`) ?? []
      for (const status of statuses) expect(status).toMatch(/^(look (ok|canceled|not_started)|save not_started)$/)
      // RST takes bytes with it that were on their way.
      if (ending !== 'reset') expect(usage.input_tokens).toBe(after.events === 0 ? 100 : 200)
      expect(result.stdout).not.toContain('Dropped words')
    })
  })

  it('at any byte is asked for again, and nothing of it is on the pipe', { timeout: TEST_MS }, async () => {
    const places = Array.from({ length: bytes - 3 }, (_, index) => index + 1)
    const chosen = FULL ? sample(places, places.length).filter((at) => at % 7 === 0) : randomly(places, 8)
    await inParallel(chosen, async (at) => {
      const { result, saved } = await askFaulty([withCalls.endAfter({ bytes: at }, 'cut'), answer])
      expect([result.stdout, result.stderr, result.code]).toEqual(['The whole answer.\n', '', 0])
      expect(saved).toEqual([])
    })
  })

  it('four times ends with exit 6, no answer and one line', { timeout: TEST_MS }, async () => {
    const cut = withCalls.endAfter({ events: events - 1 }, 'cut')
    await inParallel(['prose', 'json'] as const, async (format) => {
      const { result, api, saved, looked } = await askFaulty([cut, cut, cut, cut], { format })
      expect(result.code).toBe(6)
      expectOneLine(result, /the server at http:\S+ cut the answer off before its end, 4 times$/)
      expect([api.requests.length, saved.length]).toEqual([4, 0])
      // The read of each attempt takes over the one before.
      expect(looked).toEqual([{ place: 'here' }])
      if (format === 'prose') return expect(result.stdout).toBe('')
      const { turns, usage, status, error, answer: told } = result.json()
      expect({ status, told, code: error?.code }).toEqual({ status: 'failed', told: null, code: 'stream_cut' })
      expect(usage).toMatchObject({ input_tokens: 400, output_tokens: 80 })
      expect(turns[0]?.attempts).toBe(4)
    })
  })
})

describe('M3 a model that falls silent', () => {
  const config = { model_idle_timeout_ms: 400, model_message_timeout_ms: 900 }
  const silences = [
    ['before the headers', reply.silence(), 'the model was silent for 0.4 s'],
    ['behind the headers', reply.bare().stall(), 'the model was silent for 0.4 s'],
    ['inside text', withCalls.endAfter({ events: 3 }, 'stall'), 'the model was silent for 0.4 s'],
    ['inside input', withCalls.endAfter({ events: events - 5 }, 'stall'), 'the model was silent for 0.4 s'],
    ['before message_stop', withCalls.endAfter({ events: events - 1 }, 'stall'), 'the model was silent for 0.4 s'],
    ['but for pings', reply.text('Dropped words.', { stopped: false }).pings(20), 'the message took more than 0.9 s'],
  ] as const

  it('is left and asked again, wherever it does', async () => {
    await inParallel(silences, async ([, silence, reason]) => {
      const { result, api, saved } = await askFaulty([silence, answer], { format: 'jsonl', config })
      const told = result.jsonLines()
      expect(told.at(-1)).toMatchObject({ type: 'run_end', exit_code: 0, answer: 'The whole answer.' })
      const retries = told.filter(({ type }) => type === 'turn_retry')
      expect(retries).toMatchObject([{ attempt: 1, reason: { code: 'stalled', message: reason } }])
      expect(saved).toEqual([])
      expect(await api.requests[0]?.ended).toBe('client_gone')
    })
  })

  it('four times ends with exit 6 and one line', async () => {
    const { result, api } = await askFaulty(() => withCalls.endAfter({ events: 3 }, 'stall'), {
      config: { model_idle_timeout_ms: 200 },
    })
    expect([result.stdout, result.code, api.requests.length]).toEqual(['', 6, 4])
    expectOneLine(result, /: the model was silent for 0\.2 s, 4 times$/)
  })
})

describe('M1 a call that was cut off', () => {
  const cutInput = { rawInput: '{"path":"out","dry_run": tr', id: ids.save }
  const cutOff = reply.text('Dropped words.').toolUse('save', {}, cutInput).stop('max_tokens')
  const unstopped = reply.toolUse('save', {}, { ...cutInput, stopped: false }).stop('max_tokens')

  it.each([
    ['in its input', cutOff],
    ['before its input', reply.toolUse('save', {}, { rawInput: '' }).stop('max_tokens')],
    ['behind it', reply.toolUse('save', { path: 'whole' }).stop('max_tokens')],
  ])('by max_tokens %s does not run, and is asked for once more with the doubled limit', async (_where, cut) => {
    const { result, api, saved } = await askFaulty([cut, reply.toolUse('save', { path: 'b' }), answer], {
      format: 'json',
      args: ['--max-tokens', '50'],
    })
    expect(result.code).toBe(0)
    expect(api.requests.map(({ body }) => body.max_tokens)).toEqual([50, 100, 50])
    expect(saved).toEqual([{ path: 'b' }])
    const { turns, usage } = result.json()
    expect(turns[0]).toMatchObject({ attempts: 2, tool_calls: [{ input: { path: 'b' }, status: 'ok' }] })
    for (const call of turns[0]?.dropped_calls ?? []) expect(call.status).toMatch(/^(not_started|invalid_input)$/)
    expect(usage).toMatchObject({ input_tokens: 300, output_tokens: 60 })
  })

  it.each([
    ['twice', [cutOff, cutOff]],
    ['where more is refused', [cutOff, reply.status(400, { message: 'max_tokens: too many' })]],
  ])('by max_tokens %s ends with exit 7', async (_name, replies) => {
    for (const format of ['prose', 'json'] as const) {
      const { result, saved, api } = await askFaulty(replies, { format })
      expect([result.code, saved, api.requests.length]).toEqual([7, [], 2])
      expect(result.stderr).toMatch(
        /^agent: the answer is incomplete: (it|a tool call) was cut off at the token limit/m,
      )
      if (format === 'json')
        expect(result.json()).toMatchObject({ status: 'incomplete', error: { code: 'max_tokens' } })
    }
  })

  it('by max_tokens keeps the doubled limit through failures in between', async () => {
    const away = reply.status(529, { headers: { 'retry-after-ms': '1' } })
    const { result, api, saved } = await askFaulty([away, cutOff, away, answer], { args: ['--max-tokens', '50'] })
    expect(api.requests.map(({ body }) => body.max_tokens)).toEqual([50, 50, 100, 100])
    expect([result.stdout, saved]).toEqual(['The whole answer.\n', []])
  })

  it('in a block that the message ends in is no message', async () => {
    const { result, saved } = await askFaulty(unstopped)
    expect([result.stdout, result.code, saved]).toEqual(['', 5, []])
    expectOneLine(result, /answered nonsense: "message_stop" inside a content block/)
  })

  it.each([
    ['the context window', 'model_context_window_exceeded', 7, 'incomplete'],
    ['a refusal', 'refusal', 8, 'refused'],
    ['a stop reason that is unknown', 'tired', 7, 'incomplete'],
  ])('by %s does not run, whole as it is', async (_name, stop, code, status) => {
    const message = reply.text('Some words.').toolUse('save', { path: 'a' }).stop(stop)
    const { result, saved, api } = await askFaulty(message, { format: 'json' })
    expect([result.code, saved, api.requests.length]).toEqual([code, [], 1])
    const transcript = result.json()
    expect(transcript.status).toBe(status)
    expect(callsOf(transcript)).toMatchObject([{ tool: 'save', status: 'not_started' }])
  })
})

describe('M1 a call in a message that ended with end_turn', () => {
  it('does not run, and the model is told so before it answers', async () => {
    const message = reply.text('Some words.').toolUse('save', { path: 'a' }).stop('end_turn')
    const { result, saved, api } = await askFaulty([message, answer], { format: 'json' })
    expect([result.code, saved, api.requests.length]).toEqual([0, [], 2])
    expect(result.json().answer).toBe('The whole answer.')
    expect(callsOf(result.json())).toMatchObject([{ tool: 'save', status: 'not_started' }])
    expect(resultsIn(api, 1)).toMatchObject([{ is_error: true }])
  })
})

describe('M15 a turn that is asked again after text was shown', () => {
  const dropped = reply
    .text('Dropped words.')
    .usage({ input_tokens: 70, output_tokens: 9 })
    .endAfter({ events: 4 }, 'eof')

  it('is not on the pipe, and is paid for', async () => {
    const replies = [dropped, dropped, reply.text('Kept words.').usage({ input_tokens: 30, output_tokens: 5 })]
    const prose = await askFaulty(replies)
    expect([prose.result.stdout, prose.result.stderr]).toEqual(['Kept words.\n', ''])
    const { result } = await askFaulty(replies, { format: 'json' })
    expect(result.json()).toMatchObject({ answer: 'Kept words.', turns: [{ attempts: 3, text: 'Kept words.' }] })
    // Of a cut message only its start was counted: one token of output.
    expect(result.json().usage).toMatchObject({ input_tokens: 170, output_tokens: 7 })
  })

  it('is shown with --jsonl, and said to be void', async () => {
    const { result } = await askFaulty([dropped, reply.text('Kept words.')], { format: 'jsonl' })
    const told = result.jsonLines().map((event) => (event.type === 'text_delta' ? event.text : event.type))
    const text = told.join('')
    expect(text).toMatch(/Dropped words\.?turn_retry.*Kept words\.message_endrun_end$/)
    expect(result.jsonLines().map(({ seq }) => seq)).toEqual(told.map((_, index) => index))
  })

  it('keeps text of an earlier turn off the pipe too', async () => {
    const { result } = await askFaulty([reply.text('On the way.').toolUse('look', { place: 'x' }), answer])
    expect([result.stdout, result.stderr]).toEqual(['The whole answer.\n', ''])
  })
})

describe('a read that has started when its message is cut', () => {
  const cut = reply.toolUse('look', { place: 'here' }).text('and on').endAfter({ events: 6 }, 'cut')

  it('is taken over by the same call of the next message, and runs once', async () => {
    const { result, api, looked } = await askFaulty(
      [cut, reply.toolUse('look', { place: 'here' }, 'toolu_new'), answer],
      {
        format: 'json',
      },
    )
    expect(result.json().turns[0]).toMatchObject({ attempts: 2, tool_calls: [{ id: 'toolu_new', status: 'ok' }] })
    expect(resultsIn(api, 2)).toMatchObject([{ tool_use_id: 'toolu_new', content: 'seen here' }])
    expect(looked).toEqual([{ place: 'here' }])
  })

  it('is dropped where the next message does not ask for it, and is not told to the model', async () => {
    const { result, api } = await askFaulty([cut, reply.toolUse('look', { place: 'there' }, 'toolu_new'), answer], {
      format: 'json',
    })
    expect(result.json().turns[0]).toMatchObject({
      tool_calls: [{ id: 'toolu_new', input: { place: 'there' }, status: 'ok' }],
      dropped_calls: [{ input: { place: 'here' } }],
    })
    expect(resultsIn(api, 2)).toMatchObject([{ tool_use_id: 'toolu_new', content: 'seen there' }])
  })
})

function randomly(places: readonly number[], count: number): number[] {
  return Array.from({ length: count }, () => places[Math.floor(Math.random() * places.length)] ?? 1)
}
