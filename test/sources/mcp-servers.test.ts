/** Real servers, run as a user would have them run: what they offer, and what they answer. */
import { expect, it } from 'vitest'
import { EVERYTHING, ended, node, openMcp } from './mcp-rig.ts'

it('tries', async () => {
  const t = performance.now()
  const mcp = await openMcp([node(EVERYTHING, 'stdio')])
  console.log(
    performance.now() - t,
    mcp.tools.map((tool) => [tool.name, tool.effect, tool.destructive]),
    mcp.notes,
  )
  console.log(await ended(mcp.call('echo', { message: 'hi' })))
  console.log(await ended(mcp.call('echo', { message: 3 })))
  const c = performance.now()
  await mcp.close()
  console.log('closed', performance.now() - c, await mcp.survivors())
})
