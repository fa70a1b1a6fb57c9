import { readFileSync } from 'node:fs'
import { afterAll, expect, it, onTestFinished, vi } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import { openProcessGroups } from '../../src/process/groups.ts'
import { runProgram } from '../../src/process/run-program.ts'

const groups = openProcessGroups()
afterAll(() => groups.close())
const clock = systemClock(0)
const { signal } = new AbortController()
const options = { groups, clock, signal, input: null, maxKeptBytes: 1000 }

it('gives both streams apart, with what a program reads', async () => {
  const run = await runProgram(['sh', '-c', 'cat; echo err >&2; exit 3'], { ...options, input: 'in' })
  expect(run).toMatchObject({ type: 'ended', end: { code: 3, signal: null }, survivors: [] })
  if (run.type === 'ended') expect([run.stdout.text(), run.stderr.text()]).toEqual(['in', 'err\n'])
})

it.runIf(process.platform === 'linux')('T2 finds what a program leaves behind that ends at once', async () => {
  // It ends when the other one has a session of its own.
  const leaves = "exec 4>&1; echo $(setsid sh -c 'echo $$; exec sleep 47 >&4 4>&-' &)"
  const run = await runProgram(['sh', '-c', leaves], options)
  if (run.type !== 'ended') throw new Error(run.message)
  const [pid] = run.survivors
  try {
    expect(run.survivors).toEqual([expect.any(Number)])
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('sleep\x0047\0')
  } finally {
    if (typeof pid === 'number') process.kill(pid, 'SIGKILL')
  }
})

it('says when the program runs, and never of one that does not start', async () => {
  const started: string[] = []
  await runProgram(['true'], { ...options, started: () => started.push('true') })
  const run = await runProgram(['no-such-program-here'], { ...options, started: () => started.push('none') })
  expect([started, run]).toEqual([
    ['true'],
    { type: 'fault', code: 'ENOENT', message: '"no-such-program-here" was not found' },
  ])
})

it("T3 signals no group that has ended: its number may be another one's by now", async () => {
  const controller = new AbortController()
  const run = await runProgram(['true'], { ...options, signal: controller.signal })
  const kill = vi.spyOn(process, 'kill')
  onTestFinished(() => kill.mockRestore())
  controller.abort()
  groups.killAll()
  expect([run.type, kill.mock.calls]).toEqual(['ended', []])
})

it('starts nothing once the groups are closed', async () => {
  const closed = openProcessGroups()
  closed.close()
  expect(await runProgram(['true'], { ...options, groups: closed })).toMatchObject({ type: 'fault', code: 'closed' })
})

it('knows when all groups have ended, and waits no longer than it may', async () => {
  const own = openProcessGroups()
  await own.ended(60_000, clock)
  const run = runProgram(['sleep', '600'], {
    ...options,
    groups: own,
    started: () => void own.ended(1, clock).then(own.killAll),
  })
  expect(await run).toMatchObject({ end: { code: null, signal: 'SIGKILL' } })
  await own.ended(60_000, clock)
  own.close()
})
