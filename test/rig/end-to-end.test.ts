/** The rig's parts together, around the built command. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openApiServer } from './api-server.ts'
import { endToEnd } from './auditor.ts'
import { openGate, reply } from './reply.ts'
import { CANARY_KEY, makeRunFolder, runAgent, startAgent } from './run-agent.ts'

const TOOL = `export const echo = {
  name: 'echo', description: 'Says it again.', effect: 'read',
  input_schema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  execute: async ({ text }) => text,
}
`

function toolFile(dir: string): string {
  const file = join(dir, 'echo.mjs')
  writeFileSync(file, TOOL)
  return file
}

it('a conversation with calls is one that the API accepts, whatever the wire does to its bytes', async () => {
  const calls = reply
    .thinking('Two at once.')
    .text('Grüße 👋')
    .toolUse('echo', { text: 'one' }, 'toolu_1')
    .toolUse('echo', { text: 'two 👋' }, 'toolu_2')
  await using api = await openApiServer({
    key: CANARY_KEY,
    replies: [calls.crlf().comment('hello').ping().split(1), reply.text('Both said.')],
  })
  const dir = makeRunFolder()
  const result = await runAgent(
    ['ask', '--json', '--base-url', api.url, '-t', toolFile(dir), '--no-builtins', 'say it'],
    { dir },
  )
  expect(api.violations).toEqual([])
  expect(result.json()).toMatchObject({
    answer: 'Both said.',
    turns: [{ tool_calls: [{ output: 'one' }, { output: 'two 👋' }] }, {}],
  })
  await endToEnd(result)
})

it('a read that starts early runs while the message is still held back', async () => {
  const gate = openGate()
  await using api = await openApiServer({
    replies: [reply.toolUse('echo', { text: 'early' }).gate(gate.opened), reply.text('Done.')],
  })
  const dir = makeRunFolder()
  const run = startAgent(['ask', '--jsonl', '--base-url', api.url, '-t', toolFile(dir), '--no-builtins', 'say it'], {
    dir,
  })
  await run.stdout.until('"type":"call_end"')
  expect(run.stdout.text()).not.toContain('"type":"message_end"')
  gate.open()
  const result = await run.ended
  expect(result.jsonLines().at(-1)).toMatchObject({ type: 'run_end', answer: 'Done.', exit_code: 0 })
  expect(api.violations).toEqual([])
  await endToEnd(result)
})

it('a signal in the middle of a stalled message leaves nobody behind', async () => {
  await using api = await openApiServer({ replies: [reply.text('Hel', { stopped: false }).stall()] })
  const run = startAgent(['ask', '--json', '--base-url', api.url, 'hello'])
  const request = await api.request(0)
  run.kill('SIGINT')
  const result = await run.ended
  expect(result).toMatchObject({ code: 130, signal: null })
  expect(result.json()).toMatchObject({ status: 'interrupted', exit_code: 130 })
  expect(await request.ended).toBe('client_gone')
  await endToEnd(result)
})
