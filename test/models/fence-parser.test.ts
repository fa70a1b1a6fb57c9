import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { UnreadableRest, WrittenPart } from '../../src/models/fence-parser.ts'
import { openFenceParser } from '../../src/models/fence-parser.ts'
import type { WrittenCall } from '../../src/models/written-call.ts'

type Parsed = { text: string; calls: WrittenCall[]; rest: UnreadableRest | null }

/** Text joined; what was told before the end, and what at it. */
function parse(pieces: readonly string[], whole = true): Parsed & { early: WrittenCall[] } {
  const parts: WrittenPart[] = []
  const parser = openFenceParser((part) => parts.push(part))
  for (const piece of pieces) parser.push(piece)
  const early = callsIn(parts)
  const rest = parser.end(whole)
  const text = parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  return { text, calls: callsIn(parts), rest, early }
}

function callsIn(parts: readonly WrittenPart[]): WrittenCall[] {
  return parts.flatMap((part) => (part.type === 'call' ? [part.call] : []))
}

/** The calls of a text that is nothing but calls. */
function callsOf(text: string): WrittenCall[] {
  const { calls, rest, text: told } = parse([text])
  expect({ text, rest, told }).toEqual({ text, rest: null, told: '' })
  return calls
}

function call(name: string, input: JsonObject = {}): WrittenCall {
  return { name, input, rawInput: null }
}

const look = call('look', { place: 'here' })
const one = '{"tool": "look", "inputs": {"place": "here"}}'
const two = `[${one}, {"tool": "save", "inputs": {"path": "a"}}]`

describe('what is a call', () => {
  it.each([
    ['an object', one],
    ['an object behind white space and a byte order mark', `\ufeff \n${one}\n`],
    ['an object in a fence', `\`\`\`json\n${one}\n\`\`\``],
    ['an object in a fence of tildes', `~~~\n${one}\n~~~\n`],
    ['an object in a fence with words', `\`\`\`\`tool_call title="x y"\n\n${one}\n\`\`\`\`\n`],
    ['an object on the line of the fence', `\`\`\`json ${one} \`\`\``],
    ['an object in a fence that is not closed', `\`\`\`\n${one}`],
    ['an object behind reasoning', `<think>\n{"tool": "no"} \`\`\` </thin> </think>\n\n${one}`],
    ['an object behind other reasoning', `<thinking>so</thinking>${one}`],
    ['a list of one', `[${one}]`],
    ['a list with a trailing comma', `[\n${one},\n]`],
    ['single quotes', "{'tool': 'look', 'inputs': {'place': 'here'}}"],
    ['bare keys', '{tool: "look", inputs: {place: "here",},}'],
    ['comments', '{ // see\n"tool": "look", # so\n "inputs": /* the */ {"place": "here"}}'],
    ['another word for inputs', '{"tool": "look", "arguments": {"place": "here"}}'],
    ['inputs in a string', '{"tool": "look", "inputs": "{\\"place\\": \\"here\\"}"}'],
    ['inputs before the tool, and a thought', '{"inputs": {"place": "here"}, "thought": "hm", "tool": "look"}'],
  ])('%s', (_name, text) => {
    expect(callsOf(text)).toEqual([look])
  })

  it('is each object of a list, in their order', () => {
    const both = [look, call('save', { path: 'a' })]
    expect(callsOf(two)).toEqual(both)
    expect(callsOf(`\`\`\`json\n${two}\n\`\`\``)).toEqual(both)
  })

  it('is each of several objects without a list around them', () => {
    for (const between of ['', '\n', ', ', ',\n']) expect(callsOf(`${one}${between}${one}`)).toEqual([look, look])
  })

  it("is one with Python's words", () => {
    const text = "{'tool': 'save', 'inputs': {'a': True, 'b': None, 'c': False, 'd': -1.5e3, 'e': 'it\\'s \"so\"\n'}}"
    expect(callsOf(text)).toEqual([call('save', { a: true, b: null, c: false, d: -1500, e: 'it\'s "so"\n' })])
  })

  it('is one with a fence in a string', () => {
    const path = '```json\n{"tool": "no"}\n```\n~~~'
    const text = `\`\`\`json\n${JSON.stringify({ tool: 'look', inputs: { path } })}\n\`\`\``
    expect(callsOf(text)).toEqual([call('look', { path })])
  })

  it.each(['', ', "inputs": {}', ', "inputs": null', ', "args": ""', ', "id": 3'])(
    'is one without parameters: %s',
    (members) => {
      expect(callsOf(`{"tool": "look"${members}}`)).toEqual([call('look')])
    },
  )

  it('M11 is one whose inputs are no object, which is told for its result', () => {
    const written = ['["a"]', '"a"', '3', '"{\\"place\\": \\"a"']
    const raws = written.map((inputs) => callsOf(`{"tool": "look", "inputs": ${inputs}}`)[0])
    expect(raws).toEqual(['["a"]', 'a', '3', '{"place": "a'].map((rawInput) => ({ name: 'look', input: {}, rawInput })))
  })

  it('S7 keeps dangerous keys as data', () => {
    const text = '{"tool": "__proto__", "inputs": {"__proto__": {"admin": true}, "constructor": 1}}'
    const [found] = callsOf(text)
    expect(JSON.stringify(found?.input)).toBe('{"__proto__":{"admin":true},"constructor":1}')
    expect(Object.getPrototypeOf(found?.input)).toBe(Object.prototype)
  })
})

describe('what is an answer', () => {
  it.each([
    ['prose', 'It is 68 °F.'],
    ['prose in front of a call', `I will look.\n\`\`\`json\n${one}\n\`\`\``],
    ['JSON', '{"temperature": 68, "unit": "F"}'],
    ['JSON in a fence', '```json\n{"temperature": 68}\n```\nThat is all.'],
    ['JSON with a tool further in', '{"kit": {"tool": "hammer"}, "kits": [{"tool": "saw"}]}'],
    ['a list', '[1, {"a": 2}, [{"tool": "x"}]]'],
    ['a list of lists', '[[{"tool": "look"}]]'],
    ['an empty list', '[]'],
    ['an empty object', '{}'],
    ['damaged JSON that is no call', "{'temperature': 68, oops"],
    ['a link', '[the page](https://example.org) says so'],
    ['a template', '{{ tool }} and {tool} are placeholders'],
    ['CSS', '{ tool-tip: none; }'],
    ['code in another language', `\`\`\`python\n${one}\n\`\`\``],
    ['code', '```\nnpm install\n```'],
    ['code within a line', '```js` {"tool": "look"}'],
    ['less than a fence', '``{"tool": "look"}``'],
    ['a tag', `<thin> ${one}`],
    ['a tag that is cut', '<thi'],
    ['white space', ' \n'],
  ])('%s', (_name, text) => {
    expect(parse([text])).toEqual({ text, calls: [], rest: null, early: [] })
  })

  it('is shown without the reasoning in front of it', () => {
    expect(parse([`<think>${one}</think>\n\nIt is so.`]).text).toBe('It is so.')
    expect(parse(['<think>never ends']).text).toBe('')
  })

  it('is told as it comes once it can be no call', () => {
    const parts: WrittenPart[] = []
    const parser = openFenceParser((part) => parts.push(part))
    const told = ['  ', 'It', ' is'].map((piece) => {
      parser.push(piece)
      return parts.splice(0)
    })
    expect(told).toEqual([[], [{ type: 'text', text: '  It' }], [{ type: 'text', text: ' is' }]])
  })

  it('is what follows a whole call too, which is not run again', () => {
    for (const text of [`${two}\nDone. ${one}`, `\`\`\`\n${two}\n\`\`\`\nDone. ${one}`]) {
      expect(parse([text])).toMatchObject({ text: `Done. ${one}`, calls: [look, {}], rest: null })
    }
    expect(parse([`${one}\n{"temperature": 68}`])).toMatchObject({ text: '{"temperature": 68}', calls: [look] })
  })
})

describe('what cannot be read', () => {
  it.each([
    ['cut', '{"tool": "look", "inputs": {"place": "here"', /ends before its last bracket/],
    ['a list that is cut', `[${one}`, /ends before its last bracket/],
    ['a bracket too few', '{"tool": "look", "inputs": {"places": ["here"}}', /in place of "\}"/],
    ['a bracket too many', `${one}}`, /"\}" stands behind its end/],
    ['a quote in a string', `{"tool": "look", "inputs": {"place": "the "old" one"}}`, /in place of "o"/],
    ['an apostrophe in a string', "{'tool': 'look', 'inputs': {'place': 'it's'}}", /in place of "s", after ".*'it'"/],
    ['a quote at the end of a string', `{'tool': 'say', 'inputs': {'text': 'a'}}'b'}}`, /"'" stands behind/],
    ['a word for a value', '{"tool": "look", "inputs": {"place": here}}', /"here" stands without quotes/],
    ['the example of the instructions', '{"tool": NAME, "inputs": {...}}', /"NAME" stands without quotes/],
    ['an escape that JSON does not have', '{"tool": "look", "inputs": {"pattern": "\\d+"}}', /no escape "\\d"/],
    ['no comma', '{"tool": "look" "inputs": {}}', /a "," or the end was expected in place of "\\""/],
    ['three quotes', '{"tool": "look", "inputs": {"place": """here"""}}', /in place of "\\""/],
    ['a list without commas', `[${one} ${one}]`, /in place of "\{"/],
    ['inputs beside the tool', '{"tool": "look", "place": "here"}', /"inputs" is missing, and "place"/],
    ['a tool that is no name', '{"tool": {"name": "look"}}', /"tool" must be the name/],
    ['a list of calls and others', `[${one}, {"place": "here"}]`, /some members of the list are calls/],
    ['a list of others and calls', `[{"place": "here"}, ${one}]`, /some members of the list are calls/],
    ['a list of a name and a call', `["look", ${one}]`, /some members of the list are calls/],
    ['too deep', `{"tool": "look", "inputs": {"a": ${'['.repeat(600)}${']'.repeat(600)}}}`, /deeper than 500/],
    ['a half of a character code', `{"tool": "look", "inputs": {"place": "\\u12"}}`, /it is not JSON/],
  ])('%s', (_name, text, reason) => {
    const { rest, text: told } = parse([text])
    expect(told).toBe('')
    expect(rest?.reason).toMatch(reason)
    expect(text.endsWith(rest?.text ?? '?')).toBe(true)
  })

  it('names the tool as far as it was reached', () => {
    expect(parse(['{"tool": "save", "inputs": {"pa'], false).rest).toMatchObject({ toolName: 'save' })
    expect(parse(['{"tool": "sa'], false).rest).toMatchObject({ toolName: null, text: '{"tool": "sa' })
    expect(parse(['{'], false).rest).toMatchObject({ toolName: null })
    expect(parse(['{"temp": 6'], false)).toMatchObject({ rest: null, text: '{"temp": 6' })
  })
})

describe('a call is told', () => {
  it('in a list, as soon as the next member begins or the list ends', () => {
    expect(parse([`[${one}`, ', ']).early).toEqual([])
    expect(parse([`[${one}, {`]).early).toEqual([look])
    expect(parse([`[${one}]`]).early).toEqual([look])
  })

  it('alone, as soon as something follows that cannot belong to it', () => {
    expect(parse([one]).early).toEqual([])
    for (const next of ['\n', ' ', '`', ',', '<']) expect(parse([`${one}${next}`]).early).toEqual([look])
  })
})

const inputs = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('tool', '__proto__')), fc.jsonValue(), {
  maxKeys: 3,
}) as fc.Arbitrary<JsonObject> // JSON by construction
const wanted = fc.record({ tool: fc.constantFrom('look', 'save', "it's"), inputs })
const quotes = fc.constantFrom('"', "'")

/** As models write it: quotes of either kind, trailing commas, Python's words. */
function sloppy(value: JsonValue, quote: string): string {
  const inner = (one: JsonValue) => sloppy(one, quote)
  if (Array.isArray(value)) return `[${value.map((one) => `${inner(one)},`).join(' ')}]`
  if (typeof value === 'string') return quote === '"' ? JSON.stringify(value) : single(value)
  if (value === true) return 'True'
  if (value === null) return 'None'
  if (typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${inner(key)}: ${inner(member)},`)
    .join('\n')}}`
}

function single(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

const text = fc.oneof(
  wanted.map((value) => JSON.stringify(value, null, 1)),
  fc.array(wanted, { minLength: 1, maxLength: 4 }).map((list) => JSON.stringify(list)),
  fc.tuple(wanted, quotes).map(([value, quote]) => sloppy(value, quote)),
  fc.array(wanted, { maxLength: 4 }).map((list) => `\`\`\`json\n${sloppy(list, "'")}\n\`\`\`\nDone.`),
  fc
    .array(fc.constantFrom(...'{}[]"\',:`~ \n\\/#<>', 'tool', 'think', '1', one, '```'), { maxLength: 30 })
    .map((some) => some.join('')),
)

describe('whatever is written', () => {
  it('gives the same however it is split', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(200)), fc.boolean(), (written, places, whole) => {
        const cuts = [...new Set([0, ...places.map((at) => at % (written.length + 1)), written.length])]
        cuts.sort((a, b) => a - b)
        const pieces = cuts.map((at, index) => written.slice(at, cuts[index + 1] ?? at))
        expect(parse(pieces, whole)).toEqual(parse([written], whole))
        expect(parse([...written], whole)).toEqual(parse([written], whole))
      }),
    )
  })

  it('M1 never gives a call for a beginning that the whole does not give too', () => {
    fc.assert(
      fc.property(text, fc.nat(), (written, at) => {
        const whole = parse([written]).calls
        const { calls } = parse([written.slice(0, at % (written.length + 1))], false)
        expect(whole.slice(0, calls.length)).toEqual(calls)
      }),
    )
  })

  it('M1 gives no call for an object that is cut at any place, in whatever spelling', () => {
    fc.assert(
      fc.property(wanted, quotes, fc.nat(), (value, quote, at) => {
        const written = sloppy(value, quote)
        const cut = written.slice(0, at % written.length)
        for (const whole of [true, false]) expect(parse([cut], whole).calls).toEqual([])
        expect(parse([`[${written}, ${cut}`], false).early).toHaveLength(cut === '' ? 0 : 1)
      }),
    )
  })

  it('means what it says in every spelling that is repaired', () => {
    fc.assert(
      fc.property(fc.array(wanted, { minLength: 1, maxLength: 3 }), quotes, (list, quote) => {
        const calls = list.map(({ tool, inputs: input }) => call(tool, JSON.parse(JSON.stringify(input))))
        expect(parse([sloppy(list, quote)])).toMatchObject({ text: '', rest: null, calls })
      }),
    )
  })

  it('is told whole where it is no call, and never lost', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const written = JSON.stringify(value)
        fc.pre(!written.includes('"tool"') && !written.startsWith('{"inputs"'))
        expect(parse([written])).toMatchObject({ text: written, calls: [], rest: null })
      }),
    )
  })
})
