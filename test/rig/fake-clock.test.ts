import { expect, it } from 'vitest'
import { sleep } from '../../src/contract/clock.ts'
import { openFakeClock } from './fake-clock.ts'

const never = new AbortController().signal

it('stands still until it is moved', async () => {
  const clock = openFakeClock({ wall: 1000 })
  let slept = false
  void sleep(clock, 10, never).then(() => {
    slept = true
  })
  await clock.advance(9)
  expect([clock.now(), clock.wall(), slept]).toEqual([9, 1009, false])
  await clock.advance(1)
  expect(slept).toBe(true)
})

it('fires timers in the order of their instants, and equal ones in the order in which they were set', async () => {
  const clock = openFakeClock()
  const fired: string[] = []
  clock.timer(20, () => fired.push(`late ${clock.now()}`))
  clock.timer(10, () => fired.push(`first ${clock.now()}`))
  clock.timer(10, () => fired.push(`second ${clock.now()}`))
  clock.timer(15, () => fired.push('taken back'))()
  await clock.advance(100)
  expect(fired).toEqual(['first 10', 'second 10', 'late 20'])
  expect(clock.now()).toBe(100)
})

it('lets what a timer sets off settle before the next one, timers of its own included', async () => {
  const clock = openFakeClock()
  const seen: number[] = []
  const loop = (async () => {
    for (let count = 0; count < 3; count += 1) {
      await sleep(clock, 10, never)
      await Promise.resolve().then(() => seen.push(clock.now()))
    }
  })()
  await clock.advance(30)
  await loop
  expect(seen).toEqual([10, 20, 30])
})

it('goes from timer to timer', async () => {
  const clock = openFakeClock()
  clock.timer(7, () => {})
  clock.timer(3, () => {})
  expect(clock.due).toEqual([3, 7])
  expect([await clock.advanceToNext(), clock.now()]).toEqual([true, 3])
  expect([await clock.advanceToNext(), clock.now()]).toEqual([true, 7])
  expect(await clock.advanceToNext()).toBe(false)
})

it('draws what was written down, and the last value again and again', () => {
  const clock = openFakeClock({ random: [0.1, 0.9] })
  expect([clock.random(), clock.random(), clock.random()]).toEqual([0.1, 0.9, 0.9])
})
