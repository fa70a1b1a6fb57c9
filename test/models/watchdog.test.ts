import { expect, it } from 'vitest'
import { openWatchdog } from '../../src/models/watchdog.ts'
import { openFakeClock } from '../rig/fake-clock.ts'

function rig() {
  const clock = openFakeClock()
  const bites: string[] = []
  const dog = openWatchdog(clock, { idleTimeoutMs: 90, messageTimeoutMs: 600 }, (limit, afterMs) =>
    bites.push(`${limit} ${afterMs} at ${clock.now()}`),
  )
  return { clock, bites, dog }
}

it('M3 bites after silence, counted from the last sign of life', async () => {
  const { clock, bites, dog } = rig()
  await clock.advance(50)
  dog.alive()
  await clock.advance(89)
  expect(bites).toEqual([])
  await clock.advance(1)
  expect(bites).toEqual(['idle 90 at 140'])
  expect(clock.due).toEqual([])
})

it('M3 bites when a message that stays alive takes too long', async () => {
  const { clock, bites, dog } = rig()
  for (let tick = 0; tick < 20; tick += 1) {
    await clock.advance(50)
    dog.alive()
  }
  expect(bites).toEqual(['message 600 at 600'])
})

it('does not bite after it was closed', async () => {
  const { clock, bites, dog } = rig()
  dog.close()
  await clock.advance(1000)
  expect(bites).toEqual([])
  expect(clock.due).toEqual([])
})
