import { expect, it } from 'vitest'
import type { AttemptContext } from '../../src/contract/tool.ts'
import { attemptEnd } from './attempt-end.ts'
import { openPuppet } from './puppet-tool.ts'

function context(over: Partial<AttemptContext> = {}): AttemptContext {
  const signal = new AbortController().signal
  return {
    ...attemptEnd(signal),
    callId: 'toolu_1',
    attempt: 1,
    idempotencyKey: 'run/toolu_1',
    started() {},
    held() {},
    startedAnew() {},
    progress() {},
    ...over,
  }
}

it('hands out calls in the order in which they began, whoever was first', async () => {
  const puppet = openPuppet()
  const first = puppet.next()
  const outcomes = [puppet.run({ n: 1 }, context()), puppet.run({ n: 2 }, context())]
  const second = await puppet.next()
  expect((await first).input).toEqual({ n: 1 })
  expect(second.input).toEqual({ n: 2 })
  second.fail('no luck', 'unlucky')
  ;(await first).return({ ok: true })
  expect(await Promise.all(outcomes)).toEqual([
    { status: 'ok', output: { ok: true }, output_bytes: 11, truncated: false },
    { status: 'failed', error: { code: 'unlucky', message: 'no luck' } },
  ])
})

it('says that it started at once, or when the test says so', async () => {
  const said: string[] = []
  const told = { started: () => void said.push('started'), held: () => void said.push('held') }
  void openPuppet().run({}, context(told))
  expect(said).toEqual(['started'])
  const byHand = openPuppet({ startsByHand: true })
  void byHand.run({}, context(told))
  const call = await byHand.next()
  expect(said).toEqual(['started'])
  call.start()
  call.hold()
  expect(said).toEqual(['started', 'started', 'held'])
})

it('ignores its signal unless it is a well-behaved one', async () => {
  const controller = new AbortController()
  const deaf = openPuppet()
  void deaf.run({}, context({ signal: controller.signal }))
  const heeding = openPuppet({ heedsSignal: true }).run({}, context({ signal: controller.signal }))
  controller.abort()
  await (await deaf.next()).aborted
  expect((await heeding).status).toBe('canceled')
})

it('does not let a test wait for a call that never comes', async () => {
  await expect(openPuppet().next(Promise.resolve())).rejects.toThrow('without a call')
})
