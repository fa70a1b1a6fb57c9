/** `--protocol text`: calls that a model writes as text, through the built command. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import type { ApiServer } from '../rig/api-server.ts'
import { openApiServer } from '../rig/api-server.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { Reply } from '../rig/reply.ts'
import { openGate, reply } from '../rig/reply.ts'
import { CANARY_KEY, makeRunFolder, startAgent } from '../rig/run-agent.ts'
import type { Asking } from './faulty-model.ts'
import { askFaulty, callsOf, expectOneLine, sample } from './faulty-model.ts'

const answer = reply.text('The whole answer.')

function ask(replies: Parameters<typeof askFaulty>[0], asking: Asking = {}) {
  return askFaulty(replies, { ...asking, args: ['--protocol', 'text', ...(asking.args ?? [])] })
}

function written(tool: string, inputs: JsonObject): string {
  return JSON.stringify({ tool, inputs })
}

/** Text blocks of the last message of a request. */
function lastTexts(api: ApiServer, request: number): string[] {
  // The server has checked the request already; this only says so to the compiler.
  const { messages } = JSON.parse(String(api.requests[request]?.rawBody)) as {
    messages: { content: { type: string; text: string }[] }[]
  }
  const content = messages.at(-1)?.content ?? []
  expect(content.map(({ type }) => type)).toEqual(content.map(() => 'text'))
  return content.map(({ text }) => text)
}

describe('a call in text', () => {
  const place = written('look', { place: 'here' })

  it.each([
    ['bare', place],
    ['in a fence', `\`\`\`json\n${place}\n\`\`\`\n`],
    ['with single quotes', "{'tool': 'look', 'inputs': {'place': 'here'}}"],
    ['with a trailing comma', '{"tool": "look", "inputs": {"place": "here",},}'],
    ['behind reasoning', `<think>I need to look.</think>\n\n${place}`],
  ])('%s is run, and its result comes back as text', async (_name, text) => {
    const { result, api, looked } = await ask([reply.text(text), answer], { format: 'json' })
    expect([looked, result.code, result.stderr]).toEqual([[{ place: 'here' }], 0, ''])
    expect(lastTexts(api, 1)).toEqual(['Result: look succeeded\nseen here'])
    expect(api.requests.map(({ body }) => body['tools'])).toEqual([undefined, undefined])
    expect(api.requests[1]?.body['messages']).toMatchObject([{}, { content: [{ type: 'text', text }] }, {}])
    const { turns, messages, answer: told } = result.json()
    expect(told).toBe('The whole answer.')
    expect(turns[0]).toMatchObject({ stop_reason: 'tool_use', text: '', tool_calls: [{ tool: 'look', status: 'ok' }] })
    expect(messages.map(({ content }) => content[0]?.type)).toEqual(['text', 'tool_use', 'tool_result', 'text'])
  })

  it('is told with --jsonl as any other', async () => {
    const { result } = await ask([reply.text(`${written('save', { path: 'a' })}\n`), answer], { format: 'jsonl' })
    const types = result.jsonLines().flatMap(({ type }) => (type === 'text_delta' ? [] : type))
    expect(types).toEqual([
      ...[
        'run_start',
        'turn_start',
        'call_ready',
        'message_end',
        'call_admitted',
        'call_start',
        'attempt_end',
        'call_end',
        'results',
      ],
      ...['turn_start', 'message_end', 'run_end'],
    ])
    expect(result.stdout).toContain('"call_id":"toolu_text_1_1"')
    const shown = result.jsonLines().flatMap((event) => (event.type === 'text_delta' ? event.text : []))
    expect(shown.join('')).toBe('The whole answer.')
  })

  it('is described in the system prompt, which --dry-run shows', async () => {
    const { result, api } = await ask([], { args: ['--dry-run'] })
    expect(api.requests).toEqual([])
    expect(result.stdout).toContain('## save\\n\\nWrites.\\n\\nInputs: {')
    expect(result.stdout).not.toContain('input_schema')
  })

  it('can be asked for in the config file', async () => {
    const { looked } = await askFaulty([reply.text(place), answer], { config: { protocol: 'text' } })
    expect(looked).toEqual([{ place: 'here' }])
  })

  it('M11 that fails or cannot be run says so in its result, in order', async () => {
    const calls = [
      written('fail', {}),
      written('look', { place: 'a' }),
      written('nobody', {}),
      written('save', { path: 3 }),
      '{"tool": "save", "inputs": ["a"]}',
      written('hang', {}),
    ]
    const { result, api, saved } = await ask([reply.text(`[${calls.join(',\n')}]`), answer], { format: 'json' })
    const statuses = ['failed', 'ok', 'unknown_tool', 'invalid_input', 'invalid_input', 'timed_out']
    expect(callsOf(result.json()).map(({ status }) => status)).toEqual(statuses)
    expect(saved).toEqual([])
    const [failed, seen, nobody, path, list, hung] = lastTexts(api, 1)
    expect([failed, seen]).toEqual([
      'Result 1 of 6: fail failed\nfailed: it is broken',
      'Result 2 of 6: look succeeded\nseen a',
    ])
    expect(nobody).toMatch(/^Result 3 of 6: nobody failed\nunknown_tool: there is no tool "nobody".* fail, hang, look/)
    expect(path).toMatch(/^Result 4 of 6: save failed\ninvalid_input: input\.path: .*string/i)
    expect(list).toMatch(/^Result 5 of 6: save failed\ninvalid_input: .*\nThe input was:\n\["a"\]$/)
    expect(hung).toMatch(/^Result 6 of 6: hang failed\ntimed_out: /)
  })
})

describe('a list of calls in text', () => {
  /** Each call waits until all three run. */
  const MEETING = `let running = 0
let meet
const met = new Promise((resolve) => { meet = resolve })
export default {
  name: 'meet', description: 'Waits for the others.', effect: 'read', input_schema: { type: 'object' },
  async execute({ who }) { running += 1; if (running === 3) meet(); await met; return who + ' was there' },
}
`

  it('runs them at once, the first before the list has ended', async () => {
    const gate = openGate()
    const [a = '', b = '', c = ''] = ['a', 'b', 'c'].map((who) => written('meet', { who }))
    const halves = { pieces: [`[${a},\n{`], stopped: false }
    const rest = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: `${b.slice(1)},\n${c}]` } }
    const list: Reply = reply
      .text('', halves)
      .gate(gate.opened)
      .event(rest)
      .event({ type: 'content_block_stop', index: 0 })
    await using api = await openApiServer({ key: CANARY_KEY, replies: [list, answer] })
    const dir = makeRunFolder()
    const tools = join(dir, 'tools.mjs')
    writeFileSync(tools, MEETING)
    const args = ['ask', '--jsonl', '--protocol', 'text', '--base-url', api.url, '--no-builtins', '-t', tools, 'q']
    const agent = startAgent(args, { dir })
    await agent.stdout.until('"type":"call_start"')
    gate.open()
    const result = await agent.ended
    await endToEnd(result)
    expect(api.violations).toEqual([])
    const events = result.jsonLines()
    const order = events.flatMap((event) =>
      event.type === 'call_start' || event.type === 'message_end' ? [event.type] : [],
    )
    expect(order.slice(0, 2).sort()).toEqual(['call_start', 'call_start'])
    const running = events.map(({ type }) => (type === 'call_start' ? 1 : type === 'call_end' ? -1 : 0))
    const peaks = running.map((_, index) => running.slice(0, index + 1).reduce<number>((sum, one) => sum + one, 0))
    expect(Math.max(...peaks)).toBe(3)
    expect(lastTexts(api, 1)).toEqual(
      ['a', 'b', 'c'].map((who, index) => `Result ${index + 1} of 3: meet succeeded\n${who} was there`),
    )
    expect(events.at(-1)).toMatchObject({ type: 'run_end', exit_code: 0, answer: 'The whole answer.' })
  })

  it('counts three at a time in the transcript', async () => {
    const list = ['a', 'b', 'c'].map(() => written('hang', {})).join(', ')
    const { result } = await ask([reply.text(`[${list}]`), answer], { format: 'json' })
    expect(result.json().totals).toMatchObject({ tool_calls: 3, tool_errors: 3, concurrency_peak: 3 })
  })

  it('M2 of five hundred is answered whole, in order', async () => {
    const places = Array.from({ length: 500 }, (_, index) => `place ${index}`)
    const list = places.map((place) => written('look', { place })).join(',')
    const { api, looked } = await ask([reply.text(`[${list}]`), answer])
    expect(looked).toHaveLength(500)
    expect(lastTexts(api, 1).map((text) => text.split('\n')[1])).toEqual(places.map((place) => `seen ${place}`))
  })
})

describe('an answer', () => {
  it.each([
    ['that is JSON', '{"temperature": 68, "tools": [{"tool": "x"}]}'],
    ['that is a list', '[1, 2, {"a": 3}]'],
    ['that holds code', '```python\n{"tool": "look", "inputs": {"place": "here"}}\n```\nSo it is written.'],
    ['that holds a call behind prose', 'Like this:\n```json\n{"tool": "save", "inputs": {"path": "a"}}\n```'],
  ])('%s is shown whole', async (_name, text) => {
    const { result, looked, saved } = await ask([reply.text(text)])
    expect([result.stdout, result.stderr, result.code]).toEqual([`${text}\n`, '', 0])
    expect([looked, saved]).toEqual([[], []])
  })

  it('is shown without reasoning and without calls', async () => {
    const call = reply.text(`${written('look', { place: 'a' })}\nI look.`)
    const { result } = await ask([call, reply.text('<think>It was seen.</think>\n\nIt is there.')])
    expect([result.stdout, result.stderr]).toEqual(['It is there.\n', ''])
  })

  it('M12 that is nothing but reasoning is nudged once', async () => {
    const { result, api } = await ask([reply.text('<think>Hm.</think>'), answer])
    expect(result.stdout).toBe('The whole answer.\n')
    expect(lastTexts(api, 1)[1]).toMatch(/^Your last message was empty/)
  })
})

describe('calls that cannot be read', () => {
  const damaged = reply.text('{"tool": "save", "inputs": {"path": "the "old" one"}}')

  it('are told to the model once, with the reason', async () => {
    const { result, api, saved } = await ask([damaged, reply.text(written('save', { path: 'old' })), answer], {
      format: 'json',
    })
    expect([result.code, saved]).toEqual([0, [{ path: 'old' }]])
    expect(lastTexts(api, 1)).toEqual([expect.stringMatching(/they cannot be read: .* in place of "o", after .*the/)])
    expect(result.json().turns.map(({ stop_reason: reason }) => reason)).toEqual([
      'unreadable_calls',
      'tool_use',
      'end_turn',
    ])
  })

  it('twice in a row end with exit 7, one line and no answer', async () => {
    const { result, api, saved } = await ask([damaged, reply.text('{"tool": "save"')])
    expect([result.stdout, result.code, api.requests.length, saved]).toEqual(['', 7, 2, []])
    expectOneLine(result, /the model wrote tool calls that cannot be read, twice: it ends before its last bracket$/)
    const { result: told } = await ask([damaged, damaged], { format: 'json' })
    expect(told.json()).toMatchObject({ status: 'incomplete', answer: null, error: { code: 'unreadable_calls' } })
  })

  it('void the whole message: a write beside them does not run', async () => {
    const mixed = reply.text(`[${written('save', { path: 'a' })}, {"place": "here"}]`)
    const { result, saved, api } = await ask([mixed, answer], { format: 'json' })
    expect([result.code, saved]).toEqual([0, []])
    expect(callsOf(result.json())).toMatchObject([{ tool: 'save', status: 'not_started' }])
    expect(lastTexts(api, 1)[0]).toMatch(/^Result: save failed\nnot_started: /)
  })
})

describe('M1 a call in text that was cut', () => {
  const list = `[${written('look', { place: 'here' })}, ${written('save', { path: 'a.txt' })}]`

  it('by max_tokens does not run, and is asked for once more with the doubled limit', async () => {
    const cut = reply.text(list.slice(0, -8)).stop('max_tokens')
    const { result, api, saved, looked } = await ask([cut, reply.text(list), answer], {
      format: 'json',
      args: ['--max-tokens', '50'],
    })
    expect(api.requests.map(({ body }) => body['max_tokens'])).toEqual([50, 100, 50])
    expect([result.code, saved, looked]).toEqual([0, [{ path: 'a.txt' }], [{ place: 'here' }]])
    expect(result.json().turns[0]).toMatchObject({ attempts: 2, tool_calls: [{ status: 'ok' }, { status: 'ok' }] })
    const twice = await ask([cut, cut], { format: 'json' })
    expect([twice.result.code, twice.saved]).toEqual([7, []])
    expect(twice.result.json()).toMatchObject({ status: 'incomplete', error: { code: 'max_tokens' } })
  })

  it('at any place runs no write, however the message ended', async () => {
    const places = sample(
      Array.from({ length: list.length - 1 }, (_, index) => index + 1),
      6,
    )
    for (const at of places) {
      for (const stop of ['max_tokens', 'end_turn'] as const) {
        const { result, saved } = await ask([reply.text(list.slice(0, at)).stop(stop), answer], { format: 'json' })
        expect([at, stop, saved, result.code]).toEqual([at, stop, [], 0])
      }
    }
  }, 240_000)

  it.each([
    ['a refusal', 'refusal', 8],
    ['the context window', 'model_context_window_exceeded', 7],
  ])('by %s does not run, whole as it is', async (_name, stop, code) => {
    const { result, saved } = await ask([reply.text(list).stop(stop)], { format: 'json' })
    expect([result.code, saved]).toEqual([code, []])
  })
})

describe('M4 a message in text that breaks off', () => {
  const list = `[${written('look', { place: 'here' })}, ${written('save', { path: 'a.txt' })}]`
  const message = reply.text(list)
  const events = message.script({ model: 'm' }).body.filter(({ type }) => type === 'bytes').length

  it('is asked for again; a read that has started is kept, and runs once', async () => {
    const { result, saved, looked } = await ask([message.endAfter({ events: events - 1 }, 'cut'), message, answer], {
      format: 'json',
    })
    expect([result.code, saved, looked]).toEqual([0, [{ path: 'a.txt' }], [{ place: 'here' }]])
    const { turns, messages } = result.json()
    const ids = turns[0]?.tool_calls.map(({ id }) => id)
    expect(turns[0]).toMatchObject({ attempts: 2, dropped_calls: [{ tool: 'save', status: 'not_started' }] })
    expect(messages[1]?.content).toMatchObject(ids?.map((id) => ({ type: 'tool_use', id })) ?? [])
  })

  it('four times ends with exit 6', async () => {
    const { result, saved } = await ask(() => message.endAfter({ events: events - 2 }, 'eof'))
    expect([result.stdout, result.code, saved]).toEqual(['', 6, []])
  })
})
