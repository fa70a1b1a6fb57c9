// A server that answers with what it was told of the trace: at its start, and in the call.
import { createInterface } from 'node:readline'

const say = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  if (method === 'initialize') {
    const { protocolVersion } = params
    say({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'trace', version: '1' } } })
  } else if (method === 'tools/list') {
    say({ id, result: { tools: [{ name: 'told', description: 'For tests.', inputSchema: { type: 'object' } }] } })
  } else if (method === 'tools/call') {
    const { TRACEPARENT, TRACESTATE } = process.env
    const text = JSON.stringify({ atStart: TRACEPARENT, state: TRACESTATE, inCall: params._meta })
    say({ id, result: { content: [{ type: 'text', text }] } })
  } else say({ id, error: { code: -32601, message: 'no such method' } })
})
