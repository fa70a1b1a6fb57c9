import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const PAUSE = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)'
const BODY = `{ progress('first'); progress(); progress({ no: 'text' }); progress('l\\ud800st'); BODY; return 'done' }`

it.each([
  ['on the loop', `async (_, { progress }) => ${BODY.replace('BODY', 'await 0')}`],
  ['in a thread that is blocked', `(_, { progress }) => ${BODY.replace('BODY', PAUSE)}`],
])('tells of progress while a call runs: %s', async (_, execute) => {
  const file = toolFolder().file('t.mjs', `export default ${toolText('slow', execute)}`)
  await using open = await openTools([], { paths: [file] })
  const call = open.call('slow')
  expect(await call.outcome).toMatchObject({ status: 'ok', output: 'done' })
  expect(call.clock.filter((word) => word === 'progress')).toHaveLength(4)
  expect(open.notes).toEqual(['info: slow: first', 'info: slow: l\ufffdst'])
})

it('keeps a tool that says it a million times from flooding the channel', async () => {
  const execute = `async (_, { progress }) => { for (let n = 0; n < 1e6; n += 1) progress('x'.repeat(2000)); return 'done' }`
  const file = toolFolder().file('t.mjs', `export default ${toolText('chatty', execute)}`)
  await using open = await openTools([], { paths: [file] })
  expect(await open.call('chatty').outcome).toMatchObject({ status: 'ok', output: 'done' })
  expect(open.notes.length).toBeGreaterThan(9)
  expect(open.notes.length).toBeLessThan(1000)
  expect(open.notes.every((note) => note.length < 1200)).toBe(true)
})

it('hears no progress of a call that has ended or was given up', async () => {
  const file = toolFolder().file(
    't.mjs',
    `let say; const sleep = () => new Promise((resolve) => setTimeout(resolve, 20))
    export const keeps = ${toolText('keeps', `async (_, { progress, signal }) => { say = progress; await sleep(); await sleep() }`)}
    export const waits = ${toolText('waits', `async (_, { progress, signal }) => { say = progress; await new Promise((end) => signal.addEventListener('abort', end)); progress('late'); await sleep() }`)}
    export const says = ${toolText('says', `async () => { say('too late') }`)}`,
  )
  await using open = await openTools([], { paths: [file] })
  await open.call('keeps').outcome
  await open.call('says').outcome
  const call = open.call('waits')
  await call.said('started')
  call.timeOut()
  await call.outcome
  expect(open.notes.filter((note) => note.startsWith('info'))).toEqual([])
})
