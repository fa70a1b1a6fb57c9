/**
 * The SDK's own tool runner at its fastest: streaming, calls started early, tools in this process.
 * Started as `sdk.mjs URL late` it starts them when the message has ended, as it does by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Anthropic } from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'

const [, , baseURL, mode] = process.argv
const client = new Anthropic({ baseURL, apiKey: 'bench' })
const sleepTool = betaTool({
  name: 'sleep',
  description: 'Waits for a number of milliseconds.',
  inputSchema: { type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] },
  run: ({ ms }) => (ms > 0 ? sleep(ms, 'done') : 'done'),
})
const runner = client.beta.messages.toolRunner({
  model: 'claude-sonnet-5-5',
  max_tokens: 1024,
  stream: true,
  runToolsEagerly: mode !== 'late',
  tools: [sleepTool],
  messages: [{ role: 'user', content: 'go' }],
})
for await (const stream of runner) await stream.finalMessage()
