import { expect, it } from 'vitest'
import * as z from 'zod'
import type { JsonSchema } from '../../src/contract/json.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import type { ToolDefinition } from '../../src/contract/tool.ts'
import { answerFromResults } from '../../src/models/offline-answer.ts'
import { planCalls } from '../../src/models/offline-plan.ts'
import calculate from '../../tools/calculate.ts'
import diskUsage from '../../tools/disk-usage.tool.json' with { type: 'json' }
import fetchUrl from '../../tools/fetch-url.ts'
import getTime from '../../tools/get-time.ts'
import getWeather from '../../tools/get-weather.ts'

const modules = [getWeather, getTime, calculate, fetchUrl].map(
  (tool): ToolDefinition => ({
    name: tool.name,
    description: tool.description,
    // zod's type of a JSON Schema is wider than JSON; what it returns is JSON
    input_schema: z.toJSONSchema(tool.input) as JsonSchema,
    effect: tool.effect ?? 'write',
    keywords: tool.keywords ?? [],
  }),
)
const shipped: ToolDefinition[] = [...modules, { ...diskUsage, effect: 'read' }]

function calls(question: string): string[] {
  const plan = planCalls(question, shipped)
  if (plan.type === 'no_plan') return [`no plan: ${plan.reason}`]
  return plan.calls.map(({ name, input }) => `${name} ${Object.values(input).join(' ')}`)
}

it.each<[string, string[]]>([
  ['weather in SF, NYC, Tokyo', ['get_weather SF', 'get_weather NYC', 'get_weather Tokyo']],
  ['what is the weather in San Francisco today?', ['get_weather San Francisco']],
  ['is it hot in Tokyo right now?', ['get_weather Tokyo']],
  ['weather in NYC in celsius', ['get_weather NYC celsius']],
  ['compare the weather in SF and NYC', ['get_weather SF', 'get_weather NYC']],
  ['what time is it in Tokyo', ['get_time Tokyo']],
  ['what time is it now in Tokyo and America/New_York?', ['get_time Tokyo', 'get_time America/New_York']],
  ['weather and time in Tokyo', ['get_weather Tokyo', 'get_time Tokyo']],
  ['weather in SF, NYC and the time in Tokyo', ['get_weather SF', 'get_weather NYC', 'get_time Tokyo']],
  ['calculate 2 + 3 * 4', ['calculate 2 + 3 * 4']],
  ['what is 2^10?', ['calculate 2^10']],
  ['12 * (3 + 4)', ['calculate 12 * (3 + 4)']],
  ['what is sqrt(2) * pi', ['calculate sqrt(2) * pi']],
  ['2 + 2 and 3 * 3', ['calculate 2 + 2', 'calculate 3 * 3']],
  ['https://a.example, https://b.example', ['fetch_url https://a.example', 'fetch_url https://b.example']],
  ['fetch https://example.com', ['fetch_url https://example.com']],
  ['disk usage of /var/log and /tmp', ['disk_usage /var/log', 'disk_usage /tmp']],
  ['how much disk space does node_modules use?', ['disk_usage node_modules']],
  ['folder size of src and the weather in SF', ['disk_usage src', 'get_weather SF']],
  ['who are you?', ['no plan: No tool matches the question.']],
  ['', ['no plan: No tool matches the question.']],
  ['what time is it?', ['no plan: get_time fits the question, but nothing in it fills "place".']],
])('%s', (question, expected) => {
  expect(calls(question)).toEqual(expected)
})

it('answers the first question of the README line by line', async () => {
  const plan = planCalls('weather in SF, NYC, Tokyo', shipped)
  const planned = plan.type === 'calls' ? plan.calls : []
  const settings = { root: null, allowDotfiles: false, allowPrivateNetwork: false }
  const { signal } = new AbortController()
  const context = { signal, idempotencyKey: 'k', attempt: 1, offline: true, progress: () => {}, settings }
  const outputs = await Promise.all(
    planned.map(({ input }) => getWeather.execute(getWeather.input.parse(input), context)),
  )
  const uses: ContentBlock[] = planned.map((call, index) => ({ type: 'tool_use', id: `t${index}`, ...call }))
  const results = outputs.map((output, index): ContentBlock => {
    return { type: 'tool_result', tool_use_id: `t${index}`, content: JSON.stringify(output) }
  })
  const answer = answerFromResults([
    { role: 'assistant', content: uses },
    { role: 'user', content: results },
  ])
  expect(answer).toBe('- San Francisco: sunny, 68 °F\n- New York: cloudy, 45 °F\n- Tokyo: clear, 72 °F')
})
