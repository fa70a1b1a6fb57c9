/** The maker's own client as a witness: what the scripted server sends is what the API sends. */
import Anthropic from '@anthropic-ai/sdk'
import { expect, it } from 'vitest'
import { openApiServer } from './api-server.ts'
import { reply } from './reply.ts'

const REQUEST = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'weather in Tokyo?' }],
}
const TOOLS = [{ name: 'get_weather', input_schema: { type: 'object' as const } }]

function client(baseURL: string): Anthropic {
  return new Anthropic({ apiKey: 'sk-test', baseURL, maxRetries: 0, logLevel: 'off' })
}

it('a round trip of tools through the SDK is accepted and read as it was written', async () => {
  await using api = await openApiServer({
    key: 'sk-test',
    replies: [
      reply
        .thinking('Let me see.')
        .text('Looking.')
        .toolUse('get_weather', { location: 'Tōkyō 👋' }, 'toolu_a')
        .usage({ output_tokens: 42 })
        .split(3),
      reply.text('Sunny.'),
    ],
  })
  const first = await client(api.url)
    .messages.stream({ ...REQUEST, tools: TOOLS })
    .finalMessage()
  expect(first).toMatchObject({
    stop_reason: 'tool_use',
    model: 'claude-sonnet-5-5',
    usage: { input_tokens: 100, output_tokens: 42 },
  })
  expect(first.content).toMatchObject([
    { type: 'thinking', thinking: 'Let me see.', signature: 'c2lnbmF0dXJl' },
    { type: 'text', text: 'Looking.' },
    { type: 'tool_use', id: 'toolu_a', name: 'get_weather', input: { location: 'Tōkyō 👋' } },
  ])
  const results = {
    role: 'user' as const,
    content: [{ type: 'tool_result' as const, tool_use_id: 'toolu_a', content: 'sunny' }],
  }
  const messages = [...REQUEST.messages, { role: 'assistant' as const, content: first.content }, results]
  const second = await client(api.url)
    .messages.stream({ ...REQUEST, tools: TOOLS, messages })
    .finalMessage()
  expect(second).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text', text: 'Sunny.' }] })
  expect(api.violations).toEqual([])
})

it('what the model said goes back as it was sent, or is refused', async () => {
  await using api = await openApiServer({
    replies: (_request, index) => reply.thinking('Hm.').text(`Answer ${index}.`),
  })
  const first = await client(api.url).messages.stream(REQUEST).finalMessage()
  const again = (content: Anthropic.ContentBlockParam[]) => {
    const messages = [...REQUEST.messages, { role: 'assistant' as const, content }, ...REQUEST.messages]
    return client(api.url)
      .messages.stream({ ...REQUEST, messages })
      .finalMessage()
  }
  await again(first.content)
  await expect(again([{ type: 'thinking', thinking: 'Hm!', signature: 'c2lnbmF0dXJl' }])).rejects.toThrow(
    'cannot be modified',
  )
  expect(api.violations).toEqual(['request 3: messages.1.content.0: blocks of the model cannot be modified'])
})

it('the SDK reads errors as it would the API’s', async () => {
  await using api = await openApiServer({
    replies: [reply.status(529), reply.text('Hel').errorEvent('overloaded_error', 'busy')],
  })
  const asked = () => client(api.url).messages.stream(REQUEST).finalMessage()
  await expect(asked()).rejects.toMatchObject({ status: 529, requestID: 'req_0001' })
  await expect(asked()).rejects.toThrow('busy')
})
