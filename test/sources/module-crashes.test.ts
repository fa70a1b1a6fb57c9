/** Whom a crash of the host is laid to, and what becomes of the calls that shared it. */
import { expect, it } from 'vitest'
import { openTools } from './open-tools.ts'
import { toolFolder, toolText } from './tool-folder.ts'

const ok = (output: unknown) => expect.objectContaining({ status: 'ok', output })
const CRASHED = { status: 'failed', error: { code: 'host_crashed', message: 'crashed its host process: SIGSEGV' } }
const EVERYTHING = `
  import { execFileSync } from 'node:child_process'
  import { existsSync, writeFileSync } from 'node:fs'
  import { threadId } from 'node:worker_threads'
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const crash = () => execFileSync('kill', ['-SEGV', String(process.pid)])
  let met = 0
  let meeting
  const together = new Promise((resolve) => { meeting = resolve })
`

function openFile(...tools: string[]) {
  return openTools([], {
    slots: { threads: 1, commands: null, mcp: null },
    paths: [toolFolder().file('t.mjs', `${EVERYTHING}export default [${tools.join(',\n')}]`)],
  })
}

const MEETS = (size: number) =>
  toolText('meets', `async () => { met += 1; if (met === ${size}) meeting(); await together; return 'met' }`)
const CRASHES = toolText('crashes', 'async () => { await sleep(100); crash(); await sleep(60_000) }')

it('T5 tries the call alone whose code crashed the host, and runs the others side by side', async () => {
  // In the first host they are one too few; had they to run one after the other, they would never meet.
  await using open = await openFile(CRASHES, MEETS(4))
  const early = [open.call('meets'), open.call('meets'), open.call('meets')]
  const guilty = open.call('crashes')
  expect(await guilty.outcome).toMatchObject(CRASHED)
  early.push(open.call('meets'))
  for (const call of early) expect(await call.outcome).toEqual(ok('met'))
  expect(early[0]?.clock).toEqual(['started', 'held', 'startedAnew'])
})

it('T5 interrupts a write whose code crashed the host, and suspects nobody else', async () => {
  await using open = await openFile(
    toolText('crashes', 'async () => { await sleep(100); crash(); await sleep(60_000) }').replace("'read'", "'write'"),
    MEETS(2),
  )
  const reads = [open.call('meets')]
  expect(await open.call('crashes').outcome).toMatchObject({
    status: 'interrupted',
    error: { message: expect.stringContaining('crashed in "crashes": SIGSEGV') },
  })
  reads.push(open.call('meets'))
  for (const call of reads) expect(await call.outcome).toEqual(ok('met'))
})

it('T5 lays a crash by what an earlier call has left behind to nobody that runs', async () => {
  const leaves = toolText('leaves', "async () => { setTimeout(crash, 100); return 'left' }")
  const slow = toolText('slow', "async () => { await sleep(400); return 'slow' }")
  const write = toolText('slow_write', "async () => { await sleep(400); return 'slow' }").replace("'read'", "'write'")
  await using open = await openFile(leaves, slow, write)
  expect(await open.call('leaves').outcome).toEqual(ok('left'))
  const read = open.call('slow')
  expect(await read.outcome).toEqual(ok('slow'))
  expect(read.clock).toEqual(['started', 'held', 'startedAnew'])
  await open.noted('warning: "leaves" crashed the tool host after its end: SIGSEGV')
  expect(await open.call('leaves').outcome).toEqual(ok('left'))
  expect(await open.call('slow_write').outcome).toMatchObject({
    status: 'interrupted',
    error: { code: 'host_lost', message: expect.stringContaining('crashed in "leaves": SIGSEGV') },
  })
})

it('T5 tries half of the suspects at a time where nobody knows whose code it was', async () => {
  const inThread = toolText(
    'crashes',
    '() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400); crash() }',
  )
  // They have met when the host crashes, and meet again in the next one, where four of the eight are tried first.
  const meets = `async () => { met += 1; if (met === 4) meeting(); await together; await sleep(600); return 'met' }`
  await using open = await openFile(inThread, toolText('meets', meets))
  const calls = Array.from({ length: 7 }, () => open.call('meets'))
  expect(await open.call('crashes').outcome).toMatchObject(CRASHED)
  for (const call of calls) expect(await call.outcome).toEqual(ok('met'))
})

it('T5 a thread that an earlier call would end lives on for the one that it has in hand', async () => {
  const leaves = toolText('leaves', "() => { setTimeout(() => process.exit(3), 100); return 'left' }")
  const later = toolText('later', "() => sleep(400).then(() => 'later ' + threadId)")
  await using open = await openFile(leaves, later, toolText('ends', '() => process.exit(4)'))
  expect(await open.call('leaves').outcome).toEqual(ok('left'))
  expect(await open.call('later').outcome).toEqual(ok('later 1'))
  expect(open.notes).toEqual(['warning: leaves: called process.exit(3) after its end; it was not obeyed'])
  expect(await open.call('ends').outcome).toMatchObject({ error: { message: 'called process.exit(4)' } })
})
