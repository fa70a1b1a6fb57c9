import { expect, it } from 'vitest'
import type { Outcome } from '../../src/contract/outcome.ts'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const failed = (message: string): Outcome =>
  expect.objectContaining({
    status: 'failed',
    error: expect.objectContaining({ message }),
  })

it('T1 tells a tool that its time is up, and notes what a deaf one says later', async () => {
  await using open = await openTools(['faults.mjs'])
  const polite = open.call('polite')
  const deaf = open.call('deaf', { ms: 50 })
  await deaf.said('started')
  polite.timeOut()
  deaf.timeOut()
  expect(await polite.outcome).toMatchObject({ status: 'canceled', error: { message: 'its time is up' } })
  await deaf.outcome
  await open.noted('debug: deaf ended after it was given up')
})

it('T4 leaves a host alone that answers, though a tool ignores its signal', async () => {
  await using open = await openTools(['faults.mjs'])
  const deaf = open.call('deaf', { ms: 1500 })
  await deaf.said('started')
  const before = await open.call('counts').outcome
  deaf.abort()
  expect(await deaf.outcome).toMatchObject({ status: 'ok' })
  expect(before).toEqual(ok(1))
  expect(await open.call('counts').outcome).toEqual(ok(2))
})

it.each(['loops', 'loops_later', 'sleeps_in_shell'])(
  'T4 %s: the clocks of others stand still, reads run again, writes are interrupted',
  async (name) => {
    await using open = await openTools(['faults.mjs'])
    const read = open.call('slow')
    const write = open.call('slow_write')
    await Promise.all([read.said('started'), write.said('started')])
    const guilty = open.call(name)
    await Promise.all([read.said('held'), write.said('held')])
    expect(guilty.clock).toEqual(['started'])
    const waiting = open.call('quick')
    guilty.timeOut()
    expect(await read.outcome).toEqual(ok('slow'))
    expect(read.clock).toEqual(['started', 'held', 'startedAnew'])
    expect(await waiting.outcome).toEqual(ok('quick'))
    expect(waiting.clock).toEqual(['started'])
    expect(await write.outcome).toMatchObject({
      status: 'interrupted',
      error: { message: expect.stringContaining(`blocked by "${name}"`) },
    })
    await open.close()
    expect(await open.survivors()).toEqual([])
  },
)

it('T4 gives the others their time again when a busy tool is done', async () => {
  await using open = await openTools(['faults.mjs'])
  const other = open.call('slow', { ms: 1500 })
  const busy = open.call('busy', { ms: 500 })
  expect(await busy.outcome).toEqual(ok('busy'))
  expect(await other.outcome).toEqual(ok('slow'))
  expect(other.clock).toEqual(['started', 'held', 'started'])
  expect(busy.clock).toEqual(['started'])
})

it('T4 leaves a busy tool its time when another call is given up', async () => {
  await using open = await openTools(['faults.mjs'])
  const other = open.call('slow', { ms: 100 })
  const busy = open.call('busy', { ms: 1800 })
  await other.said('held')
  other.abort()
  expect(await busy.outcome).toEqual(ok('busy'))
})

it('T4 ends a loop that a call left behind', async () => {
  await using open = await openTools(['faults.mjs'])
  const other = open.call('slow')
  expect(await open.call('leaves_loop').outcome).toEqual(ok('left'))
  expect(await other.outcome).toEqual(ok('slow'))
  await open.noted('blocked by "leaves_loop"')
})

it('T4 brings the value of a thread past a blocked loop', async () => {
  await using open = await openTools(['faults.mjs'])
  const thread = open.call('thread_busy', { ms: 800 })
  // Before that it has no time to lose: until a thread runs it, its clock may stand still.
  await open.printed('thread_busy begins')
  const other = open.call('slow')
  const guilty = open.call('loops')
  await other.said('held')
  expect(await thread.outcome).toEqual(ok('x'.repeat(100_000)))
  expect(thread.clock).toEqual(['started'])
  guilty.abort()
  await guilty.outcome
})

it('T4 runs a thread that was asked for in one tick with a loop, behind it', async () => {
  await using open = await openTools(['faults.mjs'])
  const guilty = open.call('loops')
  const thread = open.call('thread_quick')
  expect(await thread.outcome).toEqual(ok('quick'))
  guilty.abort()
  await guilty.outcome
})

it.each([
  ['exits', 'called process.exit(0)'],
  ['exits_later', 'called process.exit(0)'],
  ['really_exits', 'called process.reallyExit(0)'],
  ['aborts', 'called process.abort()'],
  ['moves', 'called process.chdir("/"): the folder belongs to all tools'],
  ['kills_parent', `called process.kill(${process.pid}), which is agent's own`],
  ['kills_group', "called process.kill(0), which is agent's own"],
  ['thread_exits', 'called process.exit(0)'],
  ['on_loop', 'called process.exit(7)'],
])('T5 %s fails its own call only', async (name, message) => {
  await using open = await openTools(['faults.mjs'])
  await open.call('counts').outcome
  const slow = open.call('slow')
  expect(await open.call(name).outcome).toEqual(failed(message))
  expect(await slow.outcome).toEqual(ok('slow'))
  expect(await open.call('counts').outcome).toEqual(ok(2))
  expect(open.notes).toEqual([])
})

it('T5 a call that crashes the host alone has failed', async () => {
  await using open = await openTools(['faults.mjs'])
  for (const name of ['crashes', 'crashing_write']) {
    expect(await open.call(name).outcome).toMatchObject({
      status: 'failed',
      error: { code: 'host_crashed', message: 'crashed its host process: SIGSEGV' },
    })
  }
  expect(await open.call('quick').outcome).toEqual(ok('quick'))
})

it('T5 after a crash with several calls the guilty one is found, and reads run again', async () => {
  await using open = await openTools(['faults.mjs'])
  const first = open.call('slow')
  const write = open.call('slow_write')
  const guilty = open.call('crashes')
  const last = open.call('slow')
  expect(await guilty.outcome).toMatchObject({ status: 'failed', error: { code: 'host_crashed' } })
  expect(await write.outcome).toMatchObject({ status: 'interrupted', error: { code: 'host_lost' } })
  expect(await first.outcome).toEqual(ok('slow'))
  expect(await last.outcome).toEqual(ok('slow'))
  expect(first.clock).toEqual(['started', 'held', 'startedAnew'])
})

it('T5 runs the others side by side once the guilty one is found', async () => {
  await using open = await openTools(['faults.mjs'])
  const guilty = open.call('crashes')
  const both = [open.call('meets'), open.call('meets')]
  expect(await guilty.outcome).toMatchObject({ status: 'failed', error: { code: 'host_crashed' } })
  for (const call of both) expect(await call.outcome).toEqual(ok('met'))
})

it('T6 warns of a stray rejection and a late throw with the name of the tool', async () => {
  await using open = await openTools(['faults.mjs'])
  expect(await open.call('rejects_apart').outcome).toEqual(ok('fine'))
  expect(await open.call('throws_after').outcome).toEqual(ok('fine'))
  await open.noted('warning: rejects_apart: unhandled rejection: nobody waits for me')
  await open.noted('warning: throws_after: uncaught exception: too late')
  expect(await open.call('quick').outcome).toEqual(ok('quick'))
})

it('T7 hands on whatever a tool prints', async () => {
  await using open = await openTools(['faults.mjs'])
  expect(await open.call('prints').outcome).toEqual(ok('printed'))
  for (const by of ['console', 'stdout', 'descriptor', 'child']) await open.printed(`by ${by}\n`)
})

it('T12 lets siblings of a failed call finish', async () => {
  await using open = await openTools(['faults.mjs', 'values.mjs'])
  const sibling = open.call('slow')
  expect(await open.call('throws', { name: 'string' }).outcome).toEqual(failed('a string'))
  expect(await sibling.outcome).toEqual(ok('slow'))
})

it.each(['leaves_timer', 'leaves_child'])('C9 ends the host, though a tool %s', async (name) => {
  await using open = await openTools(['faults.mjs'])
  expect(await open.call(name).outcome).toEqual(ok('left'))
  await open.close()
  expect(await open.survivors()).toEqual([])
})

it.each([{ now: false }, { now: true }])('C9 ends the host, though threads and loop are blocked: %o', async (how) => {
  await using open = await openTools(['faults.mjs'])
  const calls = [open.call('thread_loops'), open.call('thread_sleeps'), open.call('slow')]
  await Promise.all(calls.map((call) => call.said('started')))
  calls.push(open.call('sleeps_in_shell'))
  await calls[2]?.said('held')
  await open.close(how)
  expect(await open.survivors()).toEqual([])
  for (const call of calls) expect(await call.outcome).toMatchObject({ status: 'canceled' })
})

it.each([{ now: false }, { now: true }])(
  'ends a child in a group of its own with the call that runs it: %o',
  async (how) => {
    await using open = await openTools(['faults.mjs'])
    const call = open.call('starts_own_group')
    await call.said('started')
    // The child is there once a later call has answered.
    await open.call('quick').outcome
    await open.close(how)
    expect(await open.survivors()).toEqual([])
  },
)

it('T6 warns of a throw in a thread, which lives on', async () => {
  await using open = await openTools(['faults.mjs'])
  expect(await open.call('thread_throws_after').outcome).toEqual(ok('fine'))
  await open.noted('uncaught exception: too late')
  expect(await open.call('thread_quick').outcome).toEqual(ok('quick'))
})

const EXITS = "process.on('uncaughtException', () => process.exit(1));"
const THROWS = "process.on('uncaughtException', () => { throw new Error('again') });"
const LATE = "setTimeout(() => { throw new Error('late') }, 20);"

it.each(['async', ''])('T6 outlives listeners for uncaught exceptions that end the process: %s', async (word) => {
  const text = `export default [
    ${toolText('exits', `${word} () => { ${EXITS} ${LATE} return 1 }`)},
    ${toolText('slow', "async () => { await new Promise((resolve) => setTimeout(resolve, 300)); return 'slow' }")},
    ${toolText('exits_itself', `async () => { ${EXITS} ${LATE} await new Promise(() => {}) }`)},
  ]`
  await using open = await openTools([], { paths: [toolFolder().file('t.mjs', text)] })
  const slow = open.call('slow')
  expect(await open.call('exits').outcome).toEqual(ok(1))
  await open.noted('warning: exits: uncaught exception: late')
  expect(await slow.outcome).toEqual(ok('slow'))
  expect(slow.clock).toEqual(['started'])
  expect(await open.call('exits_itself').outcome).toEqual(failed('called process.exit(1)'))
  expect(open.output()).toBe('')
})

it.each(['async', ''])('T6 outlives listeners for uncaught exceptions that throw: %s', async (word) => {
  const text = `export default [${toolText('throws', `${word} () => { ${THROWS} ${LATE} return 1 }`)}]`
  await using open = await openTools([], { paths: [toolFolder().file('t.mjs', text)] })
  expect(await open.call('throws').outcome).toEqual(ok(1))
  await open.noted('warning: throws: exception in a listener for uncaught exceptions: again')
  expect(open.output()).toBe('')
})
