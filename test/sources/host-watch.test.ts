import { readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { HEARTBEAT_CELLS } from '../../src/host/protocol.ts'
import { openHostWatch } from '../../src/sources/host-watch.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { makeRunFolder } from '../rig/run-agent.ts'

/** A host of which the test is the loop. */
function openWatched(folders?: string[]) {
  const clock = openFakeClock()
  const said: string[] = []
  const watch = openHostWatch(
    clock,
    { blocked: (call) => said.push(`blocked ${call}`), free: () => said.push('free') },
    folders,
  )
  let beats = 0
  const write = (place: number, value: number) => writeSync(watch.descriptor, new Int32Array([value]), 0, 4, place * 4)
  return {
    said,
    watch,
    look: (times: number) => clock.advance(times * 50),
    beat: () => {
      beats += 1
      write(HEARTBEAT_CELLS.beats, beats)
    },
    run: (call: number) => write(HEARTBEAT_CELLS.call, call),
    due: () => clock.due.length,
  }
}

it('says nothing of a host that has not begun, however long that takes', async () => {
  const { said, look } = openWatched()
  await look(100)
  expect(said).toEqual([])
})

it('says which call blocks after three looks without a beat, once, and when the loop turns again', async () => {
  const { said, look, beat, run } = openWatched()
  beat()
  await look(1)
  run(7)
  await look(2)
  expect(said).toEqual([])
  await look(1)
  expect(said).toEqual(['blocked 7'])
  await look(20)
  expect(said).toEqual(['blocked 7'])
  beat()
  await look(1)
  expect(said).toEqual(['blocked 7', 'free'])
  await look(3)
  expect(said).toEqual(['blocked 7', 'free', 'blocked 7'])
})

it('says nothing of a loop that turns slowly', async () => {
  const { said, look, beat, run } = openWatched()
  run(7)
  for (let turn = 0; turn < 20; turn += 1) {
    beat()
    await look(3)
  }
  expect(said).toEqual([])
})

it('says that nobody knows whose code blocks, and whose once that is seen', async () => {
  const { said, look, beat, run } = openWatched()
  beat()
  await look(4)
  expect(said).toEqual(['blocked 0'])
  run(3)
  await look(1)
  run(0)
  await look(1)
  run(4)
  await look(1)
  expect(said).toEqual(['blocked 0', 'blocked 3', 'blocked 4'])
})

it('leaves no file behind, not even while it watches, and no timer', async () => {
  const folder = makeRunFolder()
  const { watch, said, look, beat, due } = openWatched([join(folder, 'absent'), folder])
  expect(readdirSync(folder).sort()).toEqual(['home', 'tmp', 'work'])
  beat()
  await look(4)
  expect(said).toEqual(['blocked 0'])
  watch.close()
  expect(due()).toBe(0)
})

it('says nothing where there is no place for its file, and the host may write all the same', async () => {
  const { said, look, beat, run } = openWatched(['/nowhere'])
  beat()
  run(1)
  await look(10)
  expect(said).toEqual([])
})
