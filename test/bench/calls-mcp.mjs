/** The bare floor of MCP tools: the same server through the client alone, as many calls at once. */
import { writeFileSync } from 'node:fs'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const [file, calls, atOnce, server, ...args] = process.argv.slice(2)
const client = new Client({ name: 'floor', version: '1' })
await client.connect(new StdioClientTransport({ command: process.execPath, args: [server, ...args], stderr: 'ignore' }))
await client.listTools()
const startedAt = performance.now()
let left = Number(calls)
async function work() {
  while (left > 0) {
    left -= 1
    await client.callTool({ name: 'echo', arguments: { message: 'hi' } })
  }
}
await Promise.all(Array.from({ length: Number(atOnce) }, work))
writeFileSync(file, JSON.stringify({ wallMs: performance.now() - startedAt }))
await client.close()
