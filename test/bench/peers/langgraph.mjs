/**
 * LangGraph's prebuilt agent: `createAgent` of the package langchain, which took the place of
 * langgraph's `createReactAgent`. Its graph has one node for each call, unless started as
 * `langgraph.mjs URL v1`: then one node runs all the calls of a message.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { ChatAnthropic } from '@langchain/anthropic'
import { createAgent, tool } from 'langchain'

const [, , url, version = 'v2'] = process.argv
const agent = createAgent({
  version,
  model: new ChatAnthropic({
    model: 'claude-sonnet-5-5',
    maxTokens: 1024,
    maxRetries: 0,
    // the scripted server knows replies that stream, and no others
    streaming: true,
    apiKey: 'bench',
    anthropicApiUrl: url,
  }),
  tools: [
    tool(({ ms }) => (ms > 0 ? sleep(ms, 'done') : 'done'), {
      name: 'sleep',
      description: 'Waits for a number of milliseconds.',
      schema: { type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] },
    }),
  ],
})
// 25 steps of the graph would end a conversation after a dozen turns
const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'go' }] }, { recursionLimit: 1000 })
const answer = messages.at(-1).text
if (answer !== 'all done') throw new Error(`the answer was "${answer}"`)
