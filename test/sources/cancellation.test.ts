/** What a tool in the host learns of the end of its call, and why. */
import { describe, expect, it } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

/** Ends with what it finds in its signal, on the loop and, as a plain function, in a thread. */
const HEEDS = `(_, { signal }) => new Promise((resolve) => {
  process.stdout.write('it waits\\n')
  const alive = setInterval(() => {}, 1000)
  signal.addEventListener('abort', () => { clearInterval(alive); resolve([signal.reason.name, signal.reason.message]) })
})`

const heeding = () =>
  toolFolder({
    'heeds.mjs': `export const a = ${toolText('on_loop', HEEDS, 'thread: false')}
      export const b = ${toolText('in_thread', HEEDS, 'thread: true')}
      export const c = { ...${toolText('writes', HEEDS, 'thread: true')}, effect: 'write' }`,
  })

describe('the signal', () => {
  it.each(['on_loop', 'in_thread', 'writes'])('reaches a tool with the reason of the run: %s', async (name) => {
    await using open = await openTools([], { paths: [heeding().path] })
    const call = open.call(name)
    await open.printed('it waits')
    call.abort(new CancelReason('answer_by', 'the time for the answer is over'))
    expect(await call.outcome).toMatchObject({ output: ['AbortError', 'the time for the answer is over'] })
  })

  it.each(['on_loop', 'in_thread'])('reaches a tool whose time is up: %s', async (name) => {
    await using open = await openTools([], { paths: [heeding().path] })
    const call = open.call(name)
    await open.printed('it waits')
    call.timeOut()
    expect(await call.outcome).toMatchObject({ output: ['AbortError', 'its time is up'] })
  })

  it('a write that blocks its thread has its grace after a cancel for whatever reason', async () => {
    await using open = await openTools(['faults.mjs'])
    const call = open.call('thread_write', { seconds: 0.5 })
    await open.printed('it sleeps')
    call.abort(new CancelReason('fail_fast', 'another call failed'))
    expect(await call.outcome).toMatchObject({ status: 'ok', output: 'slept' })
  })
})
