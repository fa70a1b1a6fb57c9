/** As where there is no /proc, or the program's pipes could not be looked at before its end. */
import { expect, it, vi } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import { openProcessGroups } from '../../src/process/groups.ts'
import { runProgram } from '../../src/process/run-program.ts'

vi.mock('../../src/process/pipe-holders.ts', () => ({ outputPipes: () => [], pipeHolders: () => [] }))

it('T2 says that something was left behind, though nobody can be found', async () => {
  const groups = openProcessGroups()
  const { signal } = new AbortController()
  const options = { groups, clock: systemClock(0), signal, input: null, maxKeptBytes: 1000 }
  const leaves = "exec 4>&1; echo $(setsid sh -c 'echo $$; exec sleep 47 >&4 4>&-' &)"
  const run = await runProgram(['sh', '-c', leaves], options)
  groups.close()
  if (run.type !== 'ended') throw new Error(run.message)
  process.kill(Number(run.stdout.text()), 'SIGKILL')
  expect(run.survivors).toEqual([null])
  expect(await runProgram(['true'], { ...options, groups: openProcessGroups() })).toMatchObject({ survivors: [] })
})
