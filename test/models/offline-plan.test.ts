import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonSchema } from '../../src/contract/json.ts'
import type { Effect, ToolDefinition } from '../../src/contract/tool.ts'
import { planCalls } from '../../src/models/offline-plan.ts'

function tool(
  name: string,
  properties: JsonSchema,
  options: { effect?: Effect; keywords?: string[]; required?: string[] } = {},
) {
  const { effect = 'read', keywords = [], required = Object.keys(properties).slice(0, 1) } = options
  const definition: ToolDefinition = {
    name,
    description: name,
    input_schema: { type: 'object', properties, required },
    effect,
    keywords,
  }
  return definition
}

const string = { type: 'string' }
const weather = tool(
  'get_weather',
  { location: string, unit: { type: 'string', enum: ['fahrenheit', 'celsius'] } },
  { keywords: ['weather', 'forecast', 'temperature'] },
)
const time = tool('get_time', { place: string }, { keywords: ['time', 'clock', 'time zone'] })
const calculate = tool('calculate', { expression: string }, { keywords: ['calculate', 'sum'] })
const fetchUrl = tool('fetch_url', { url: string })
const readFile = tool('read_file', { path: string })
const sendMail = tool('send_mail', { to: string, body: string }, { effect: 'write', required: ['to', 'body'] })
const convert = tool(
  'convert_money',
  { amount: { type: 'number' }, from: string, to: string },
  { keywords: ['convert'], required: ['amount', 'from', 'to'] },
)
const roll = tool('roll_dice', { sides: { type: 'integer' }, twice: { type: 'boolean' } })
const listUsers = tool('list_users', {})
const shipped = [weather, time, calculate, fetchUrl, readFile, sendMail]

function calls(question: string, tools = shipped): string[] {
  const plan = planCalls(question, tools)
  if (plan.type === 'no_plan') return [`no plan: ${plan.reason}`]
  return plan.calls.map(({ name, input }) => `${name} ${JSON.stringify(input)}`)
}

const cities = (...names: string[]) => names.map((location) => `get_weather ${JSON.stringify({ location })}`)

describe('the words of a question', () => {
  it.each([
    ['weather in SF, NYC, Tokyo', ['SF', 'NYC', 'Tokyo']],
    ['weather in SF and NYC', ['SF', 'NYC']],
    ['What is the weather in SF, NYC and Tokyo?', ['SF', 'NYC', 'Tokyo']],
    ['weather in SF, NYC, and Tokyo, please', ['SF', 'NYC', 'Tokyo']],
    ['weather in SF & NYC', ['SF', 'NYC']],
    ['How’s the weather in New York right now?', ['New York']],
    ['Tokyo weather', ['Tokyo']],
    ['Weather forecast for The Hague', ['The Hague']],
    ['WEATHER IN TOKYO AND LA', ['TOKYO', 'LA']],
    ['weather in "Portland, OR" and Washington D.C.', ['Portland, OR', 'Washington D.C.']],
    ['temperature in Port of Spain', ['Port of Spain']],
  ])('%s', (question, names) => {
    expect(calls(question)).toEqual(cities(...names))
  })

  it.each<[string, string[]]>([
    ['what time is it in Tokyo', ['get_time {"place":"Tokyo"}']],
    ['calculate 2 + 3 * 4', ['calculate {"expression":"2 + 3 * 4"}']],
    ['what is 2^10?', ['calculate {"expression":"2^10"}']],
    ['calculate max(1, 2) and 3 * 3', ['calculate {"expression":"max(1, 2)"}', 'calculate {"expression":"3 * 3"}']],
    ['weather and time in Tokyo', ['get_weather {"location":"Tokyo"}', 'get_time {"place":"Tokyo"}']],
    ['In Tokyo, what is the weather and the time?', ['get_weather {"location":"Tokyo"}', 'get_time {"place":"Tokyo"}']],
    ['weather in SF and time in Tokyo', ['get_weather {"location":"SF"}', 'get_time {"place":"Tokyo"}']],
    ['SF weather, Tokyo time', ['get_weather {"location":"SF"}', 'get_time {"place":"Tokyo"}']],
    ['https://example.com/weather', ['fetch_url {"url":"https://example.com/weather"}']],
    [
      'fetch https://a.example/x and https://b.example.',
      ['fetch_url {"url":"https://a.example/x"}', 'fetch_url {"url":"https://b.example"}'],
    ],
    ['read the file README.md', ['read_file {"path":"README.md"}']],
  ])('%s', (question, expected) => {
    expect(calls(question)).toEqual(expected)
  })

  it('let the more fully named of two equal tools win', () => {
    const history = tool('get_weather_history', { location: string })
    expect(calls('weather in SF', [history, weather])).toEqual(cities('SF'))
    expect(calls('weather history of SF', [weather, history])).toEqual(['get_weather_history {"location":"SF"}'])
  })
})

describe('parameters', () => {
  it('takes an enum that one member names for all members of the list', () => {
    expect(calls('weather in SF, NYC in celsius')).toEqual([
      'get_weather {"location":"SF","unit":"celsius"}',
      'get_weather {"location":"NYC","unit":"celsius"}',
    ])
    expect(calls('weather in SF and NYC, celsius')).toHaveLength(2)
  })

  it('fills numbers, and strings by the names of their parameters', () => {
    expect(calls('convert 5, 10 and 1,000.5 from USD to EUR', [convert])).toEqual([
      'convert_money {"amount":5,"from":"USD","to":"EUR"}',
      'convert_money {"amount":10,"from":"USD","to":"EUR"}',
      'convert_money {"amount":1000.5,"from":"USD","to":"EUR"}',
    ])
  })

  it('fills an integer and a boolean that is named', () => {
    expect(calls('roll dice with 6 sides twice', [roll])).toEqual(['roll_dice {"sides":6,"twice":true}'])
    expect(calls('roll dice with 6 sides, not twice', [roll])).toEqual(['roll_dice {"sides":6,"twice":false}'])
    expect(calls('roll a dice with 2.5 sides', [roll])[0]).toMatch(/^no plan: roll_dice .*"sides"/)
  })

  it('calls a tool without parameters once', () => {
    expect(calls('list all users', [listUsers])).toEqual(['list_users {}'])
  })

  it('says which required parameter could not be filled', () => {
    expect(calls('what is the weather?')).toEqual([
      'no plan: get_weather fits the question, but nothing in it fills "location".',
    ])
  })
})

describe('the explicit form', () => {
  it('runs any tool, several in order, whatever else the question says', () => {
    const question = 'weather: send_mail({"to":"a","body":"} \\" ({"}) then get_time( {"place":"Oslo"} )'
    expect(calls(question)).toEqual(['send_mail {"to":"a","body":"} \\" ({"}', 'get_time {"place":"Oslo"}'])
  })

  it('is the only way to a tool that is not read', () => {
    expect(calls('send mail to Bob')).toEqual([
      'no plan: send_mail (write) runs only when it is asked for in this form: send_mail({"to": ..., "body": ...})',
    ])
  })

  it.each([
    'send_mail({"to": tru})',
    'send_mail({"to": "x"',
    'send_mail({"to":"x"} and more',
    "send_mail({'to': 'x'})",
  ])('does not run on input that is no JSON: %s', (question) => {
    expect(calls(question)[0]).toMatch(/^no plan: The input of send_mail cannot be read: /)
  })

  it('emits a call of an unknown tool where whole JSON follows, and takes anything else for prose', () => {
    expect(calls('nope({"a":1})')).toEqual(['nope {"a":1}'])
    expect(calls('what does nope({ mean')).toEqual(['no plan: No tool matches the question.'])
  })

  it('S7 keeps __proto__ in the input as data', () => {
    const plan = planCalls('nope({"__proto__":{"x":1}})', [])
    expect(plan.type === 'calls' && Object.keys(plan.calls[0]?.input ?? {})).toEqual(['__proto__'])
  })
})

describe('any question', () => {
  const words = fc.constantFrom(
    'weather',
    'time',
    'in',
    'and',
    ',',
    'SF',
    '"',
    '({',
    '})',
    '5',
    'send_mail',
    '{"a":',
    'to',
    '\0',
    'https://',
    'İ',
  )
  const question = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words).map((list) => list.join(' ')),
    fc.array(words).map((list) => list.join('')),
  )

  it('gives the same plan twice and never throws', () => {
    const tools = [...shipped, convert, roll, listUsers]
    fc.assert(
      fc.property(question, (text) => {
        expect(planCalls(text, tools)).toEqual(planCalls(text, tools))
      }),
    )
  })

  it('plans only read tools that exist, unless the form is explicit', () => {
    const property = fc.property(question, (text) => {
      const plan = planCalls(text, shipped)
      for (const call of plan.type === 'calls' ? plan.calls : []) {
        const read = shipped.some(({ name, effect }) => name === call.name && effect === 'read')
        expect(read || new RegExp(`${call.name}\\(\\s*\\{`).test(text)).toBe(true)
      }
    })
    fc.assert(property)
  })

  it('never throws for any names of parameters', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('string', 'number', 'boolean'), question, (name, type, text) => {
        planCalls(`weather ${text}`, [tool('weather', { [name]: { type } })])
      }),
    )
  })
})
