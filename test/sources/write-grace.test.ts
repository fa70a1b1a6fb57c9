import { expect, it } from 'vitest'
import type { FakeClock } from '../rig/fake-clock.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { Attempt } from './open-tools.ts'
import { openTools } from './open-tools.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const lost = (cause: string) => ({
  status: 'interrupted',
  error: { code: 'host_lost', message: expect.stringContaining(cause) },
})

/** The host, whose time is real, is looked at by the clock's time. */
async function untilHeld(attempt: Attempt, clock: FakeClock): Promise<void> {
  while (!attempt.clock.includes('held')) {
    await clock.advance(50)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
}

it.each(['thread_write', 'blocking_write'])('lets a canceled %s finish, though it answers nothing', async (name) => {
  await using open = await openTools(['faults.mjs'])
  const write = open.call(name, { seconds: 2 })
  await open.printed('it sleeps')
  write.abort()
  expect(await write.outcome).toEqual(ok('slept'))
  expect(open.notes).toEqual([])
})

it('ends a plain write whose time is up at once', async () => {
  await using open = await openTools(['faults.mjs'])
  const write = open.call('thread_write', { seconds: 60 })
  await open.printed('it sleeps')
  const other = open.call('slow', { ms: 3000 })
  write.timeOut()
  expect(await Promise.race([write.outcome, other.outcome])).toMatchObject({ status: 'interrupted' })
})

it('ends a plain write when its grace is over', async () => {
  await using open = await openTools(['faults.mjs'])
  const write = open.call('thread_write', { seconds: 60 })
  await open.printed('it sleeps')
  write.abort()
  expect(await write.outcome).toMatchObject({ status: 'interrupted', error: { code: 'thread_terminated' } })
  expect(await open.call('thread_quick').outcome).toEqual(ok('quick'))
})

it('T4 leaves a blocked host alone while canceled writes in it have their grace', async () => {
  const clock = openFakeClock()
  await using open = await openTools(['faults.mjs'], {}, clock)
  const write = open.call('slow_write', { ms: 0 })
  const longWrite = open.call('slow_write', { ms: 60_000 })
  expect(await write.outcome).toEqual(ok('slow'))
  const guilty = open.call('loops')
  await untilHeld(longWrite, clock)
  guilty.abort()
  longWrite.abort()
  await clock.advance(4900)
  expect(open.notes).toEqual([])
  await clock.advance(100)
  expect(await longWrite.outcome).toMatchObject(lost('was killed, blocked by "loops"'))
  expect(await guilty.outcome).toMatchObject({ status: 'canceled' })
})

it('T4 gives no grace to a write whose time is up', async () => {
  const clock = openFakeClock()
  await using open = await openTools(['faults.mjs'], {}, clock)
  const write = open.call('slow_write', { ms: 60_000 })
  const guilty = open.call('loops')
  await untilHeld(write, clock)
  guilty.timeOut()
  write.timeOut()
  await clock.advance(1000)
  expect(open.notes).toEqual([expect.stringContaining('did not answer, blocked by "loops"')])
  expect(await write.outcome).toMatchObject(lost('blocked by "loops"'))
})

it.each(['thread_write', 'blocking_write'])('close now ends a canceled %s within its grace', async (name) => {
  await using open = await openTools(['faults.mjs'])
  const write = open.call(name, { seconds: 60 })
  await open.printed('it sleeps')
  write.abort()
  await open.close({ now: true })
  expect(await write.outcome).toMatchObject(lost('was killed'))
  expect(await open.survivors()).toEqual([])
})

it('T5 a canceled write in a host that crashes is interrupted', async () => {
  await using open = await openTools(['faults.mjs'])
  const write = open.call('slow_write', { ms: 60_000 })
  await write.said('started')
  write.abort()
  const guilty = open.call('crashes')
  expect(await write.outcome).toMatchObject(lost('crashed in "crashes": SIGSEGV'))
  expect(await guilty.outcome).toMatchObject({ status: 'failed' })
})

it('cancels ten thousand calls that wait for the host, and runs the one that is left', async () => {
  await using open = await openTools([], { builtins: true })
  const calls = Array.from({ length: 10_000 }, () => open.call('calculate', { expression: '6 * 7' }))
  const last = open.call('calculate', { expression: '6 * 7' })
  for (const call of calls) call.abort()
  const outcomes = await Promise.all(calls.map((call) => call.outcome))
  expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['canceled']))
  expect(await last.outcome).toMatchObject({ status: 'ok' })
})
