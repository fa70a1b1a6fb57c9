import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })

it('runs plain functions in threads and async ones on the loop', async () => {
  await using open = await openTools(['faults.mjs'])
  const kinds = Object.fromEntries(open.tools.map((tool) => [tool.name, tool.slotKind]))
  expect(kinds).toMatchObject({ quick: 'loop', thread_quick: 'thread', thread_counts: 'thread', on_loop: 'loop' })
  expect(await open.call('thread_quick').outcome).toEqual(ok('quick'))
})

it('terminates the thread of a call that is given up, and the host lives on', async () => {
  await using open = await openTools(['faults.mjs'])
  await open.call('counts').outcome
  const calls = [open.call('thread_loops'), open.call('thread_sleeps')]
  await Promise.all(calls.map((call) => call.said('started')))
  // Both threads are inside their functions once a later thread has answered.
  await open.call('thread_busy', { ms: 200 }).outcome
  for (const call of calls) call.abort()
  for (const call of calls) expect(await call.outcome).toMatchObject({ status: 'canceled' })
  expect(await open.call('thread_quick').outcome).toEqual(ok('quick'))
  expect(await open.call('counts').outcome).toEqual(ok(2))
})

it('moves a plain function that returns promises to the loop', async () => {
  await using open = await openTools(['faults.mjs'])
  const tool = open.tools.find(({ name }) => name === 'thread_promises')
  expect(tool?.slotKind).toBe('thread')
  const calls = Array.from({ length: 100 }, () => open.call('thread_promises'))
  for (const call of calls) expect(await call.outcome).toEqual(ok('promised'))
  expect(tool?.slotKind).toBe('loop')
  expect(await open.call('thread_promises').outcome).toEqual(ok('promised'))
})

it('runs more plain calls than there are threads', async () => {
  await using open = await openTools(['faults.mjs'])
  const calls = Array.from({ length: 50 }, () => open.call('thread_quick'))
  for (const call of calls) expect(await call.outcome).toEqual(ok('quick'))
})

it('brings long values of several threads at once, whole', async () => {
  await using open = await openTools(['faults.mjs'])
  const calls = Array.from({ length: 12 }, () => open.call('thread_busy', { ms: 1 }))
  for (const call of calls) expect(await call.outcome).toEqual(ok('x'.repeat(100_000)))
})
