/** Vercel's AI SDK: `streamText` with one tool, streaming, as many steps as the script has turns. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createAnthropic } from '@ai-sdk/anthropic'
import { isStepCount, jsonSchema, streamText, tool } from 'ai'

const anthropic = createAnthropic({ baseURL: `${process.argv[2]}/v1`, apiKey: 'bench' })
const result = streamText({
  model: anthropic('claude-sonnet-5-5'),
  maxOutputTokens: 1024,
  maxRetries: 0,
  stopWhen: isStepCount(300),
  tools: {
    sleep: tool({
      description: 'Waits for a number of milliseconds.',
      inputSchema: jsonSchema({ type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] }),
      execute: ({ ms }) => (ms > 0 ? sleep(ms, 'done') : 'done'),
    }),
  },
  prompt: 'go',
  onError: ({ error }) => {
    throw error
  },
})
const answer = await result.text
if (answer !== 'all done') throw new Error(`the answer was "${answer}"`)
