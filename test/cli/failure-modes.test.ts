/** `--on-error`, `--critical` and `--optional` through the built command. */
import { expect, it } from 'vitest'
import { openGate, reply } from '../rig/reply.ts'
import { startHeld } from './held-tools.ts'

const many = Array.from({ length: 20 }, (_, index) => `h${index}`)

it('fail-fast cancels what runs, names who failed first, and keeps what was there', async () => {
  const calls = many.reduce((asked, name) => asked.toolUse('held', { name }), reply.toolUse('quick', { name: 'a' }))
  const held = await startHeld([calls.toolUse('fails', { name: 'f' })], ['--on-error', 'fail-fast', '--json', '-v'])
  await held.agent.stderr.until('quick a: ok')
  held.letGo('f')
  const result = await held.ended()
  const transcript = result.json()
  expect(transcript).toMatchObject({ status: 'failed', exit_code: 9, error: { code: 'on_error' } })
  expect(transcript.error?.message).toBe('fails failed first: it is broken')
  expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual([
    'ok',
    ...many.map(() => 'canceled'),
    'failed',
  ])
})

it('no-new lets what runs finish, and starts no write of the same message', async () => {
  const gate = openGate()
  const reads = reply.toolUse('fails', {}).toolUse('held', { name: 'h' })
  const calls = reads.gate(gate.opened).toolUse('held_write', { name: 'w' })
  const held = await startHeld([calls], ['--on-error', 'no-new', '--json', '-v'])
  await held.agent.stderr.until('fails: failed')
  gate.open()
  held.letGo('h')
  const transcript = (await held.ended()).json()
  expect(transcript).toMatchObject({
    status: 'failed',
    exit_code: 9,
    error: { message: 'fails failed first: it is broken' },
  })
  expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['failed', 'ok', 'not_started'])
})

it('a critical tool that fails ends the run with exit 9 and is named; others are only told of', async () => {
  const calls = reply.toolUse('fails', {}).toolUse('held', { name: 'h' })
  const held = await startHeld([calls], ['--critical', 'fails'])
  const result = await held.ended()
  expect([result.code, result.stdout]).toEqual([9, ''])
  expect(result.stderr).toMatch(/^agent: fails is critical and failed: it is broken\n/)
  const other = await startHeld([reply.toolUse('fails', {}), reply.text('It failed.')], ['--critical', 'held'])
  expect((await other.ended()).stdout).toBe('It failed.\n')
})

it('an optional tool holds nothing up, and is no error', async () => {
  const calls = reply.toolUse('held', { name: 'never' }, 'toolu_h').toolUse('quick', { name: 'a' })
  const flags = ['--optional', 'held', '--optional-grace', '100ms', '--fail-on-tool-error', '--json']
  const held = await startHeld([calls, reply.text('Without it.')], flags)
  const transcript = (await held.ended()).json()
  expect(transcript).toMatchObject({ exit_code: 0, answer: 'Without it.', totals: { tool_errors: 0 } })
  expect(transcript.turns[0]?.tool_calls[0]).toMatchObject({ status: 'skipped', priority: 'optional' })
  expect((await held.lastBlocks(1))[0]).toMatchObject({
    tool_use_id: 'toolu_h',
    content: expect.stringMatching(/^skipped: /),
  })
})
