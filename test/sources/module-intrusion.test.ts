/** Tools that lay hands on what is the host's own: its descriptors, its threads' ports, the functions that it uses. */
import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })

function openFile(text: string) {
  return openTools([], { paths: [toolFolder().file('t.mjs', text)] })
}

it.each([
  [3, 'garbage\n'],
  [3, '{"a":1}\n'],
  [3, '[null]\n'],
  [4, 'garbage\n'],
  [4, 'part 1 0 {garbage\n'],
  [4, 'part 1 0 null\n'],
  [4, 'x'.repeat(100_000)],
])('T5 a tool that writes to descriptor %i costs its own call its outcome (%#)', async (descriptor, text) => {
  await using open = await openFile(`
    import { writeSync } from 'node:fs'
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
    export default [
      ${toolText('writes', `async () => { writeSync(${descriptor}, ${JSON.stringify(text)}); await sleep(60_000) }`)},
      ${toolText('slow', "async () => { await sleep(200); return 'slow' }")},
    ]`)
  const slow = open.call('slow')
  expect(await open.call('writes').outcome).toMatchObject({
    status: 'failed',
    error: {
      code: 'host_crashed',
      message: expect.stringContaining(`file descriptor ${descriptor}, which is agent's own`),
    },
  })
  expect(await slow.outcome).toEqual(ok('slow'))
})

it('T5 a file that is a worker as well runs in a thread of its own and in ours', async () => {
  await using open = await openFile(`
    import { isMainThread, parentPort, Worker } from 'node:worker_threads'
    if (!isMainThread) for (const said of ['ready', null, { type: 'zzz' }]) parentPort.postMessage(said)
    export default [
      ${toolText('starts', "async () => new Promise((resolve) => new Worker(new URL(import.meta.url)).once('message', resolve))")},
      ${toolText('plain', "() => { parentPort.postMessage({ type: 'ended', call: 1 }); parentPort.close(); return 'plain' }")},
    ]`)
  expect(await open.call('starts').outcome).toEqual(ok('ready'))
  for (const call of [open.call('plain'), open.call('plain')]) expect(await call.outcome).toEqual(ok('plain'))
  expect(open.notes).toEqual([])
})

it.each(['async', ''])('T5 a tool may put another JSON.stringify in its place: %s', async (word) => {
  await using open = await openFile(`
    export default [${toolText('patches', `${word} () => { JSON.stringify = () => 'PATCHED'; return { a: 1 } }`)}]`)
  for (let time = 0; time < 2; time += 1) expect(await open.call('patches').outcome).toEqual(ok({ a: 1 }))
})

it('T5 a tool may leave fake timers installed', async () => {
  await using open = await openFile(`
    const names = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate']
    export default [
      ${toolText('fakes', "async () => { for (const name of names) globalThis[name] = () => 0; performance.now = () => 0; process.hrtime = () => [0, 0]; return 'faked' }")},
      ${toolText('tells', "async (_, { progress }) => { progress('on'); return 'told' }")},
    ]`)
  expect(await open.call('fakes').outcome).toEqual(ok('faked'))
  const call = open.call('tells')
  expect(await call.outcome).toEqual(ok('told'))
  expect(call.clock).toContain('progress')
  await open.close()
  expect(await open.survivors()).toEqual([])
})
