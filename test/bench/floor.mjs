/**
 * What there is to gain: the same loop with nothing around it. No SDK, no checks, no retries; tools
 * in this process. Started as `floor.mjs URL` it starts a call when its block ends, as
 * `floor.mjs URL gather` when the message has ended.
 */
import http from 'node:http'

const [, , url, mode] = process.argv
const agent = new http.Agent({ keepAlive: true })
const tools = [
  { name: 'sleep', description: 'Waits.', input_schema: { type: 'object', properties: { ms: { type: 'number' } } } },
]
const sleep = ({ ms }) => (ms > 0 ? new Promise((resolve) => setTimeout(resolve, ms, 'done')) : 'done')

/** Streams one message; `onCall` is told of each tool_use block as it ends. */
function ask(messages, onCall) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ model: 'floor', max_tokens: 1024, stream: true, tools, messages })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = http.request(`${url}/v1/messages`, { method: 'POST', agent, headers }, (response) => {
      const message = { content: [], stopReason: null }
      let rest = ''
      let input = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        const events = (rest + chunk).split('\n\n')
        rest = events.pop()
        for (const event of events) {
          const data = JSON.parse(event.slice(event.indexOf('data: ') + 6))
          if (data.type === 'content_block_start') message.content.push(data.content_block)
          else if (data.type === 'message_delta') message.stopReason = data.delta.stop_reason
          else if (data.delta?.type === 'text_delta') message.content.at(-1).text += data.delta.text
          else if (data.delta?.type === 'input_json_delta') input += data.delta.partial_json
          else if (data.type === 'content_block_stop' && message.content.at(-1).type === 'tool_use') {
            message.content.at(-1).input = JSON.parse(input)
            input = ''
            onCall(message.content.at(-1))
          }
        }
      })
      response.on('end', () => resolve(message))
    })
    request.on('error', reject).end(body)
  })
}

const messages = [{ role: 'user', content: 'go' }]
for (;;) {
  const running = []
  const start = async ({ id, input }) => ({ type: 'tool_result', tool_use_id: id, content: await sleep(input) })
  const { content, stopReason } = await ask(messages, (call) => mode !== 'gather' && running.push(start(call)))
  if (stopReason !== 'tool_use') break
  if (mode === 'gather') running.push(...content.filter(({ type }) => type === 'tool_use').map(start))
  messages.push({ role: 'assistant', content }, { role: 'user', content: await Promise.all(running) })
}
agent.destroy()
