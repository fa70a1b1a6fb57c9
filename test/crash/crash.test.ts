import { describe, expect, it } from 'vitest'
import type { Transcript } from '../../src/contract/transcript.ts'
import { endToEnd } from '../rig/auditor.ts'
import type { CrashRun } from './crash-rig.ts'
import { faultsOf, openCrashRun, SCENARIOS } from './crash-rig.ts'

const FULL = Boolean(process.env['FULL'])
/** To the journal; more than any of the scenarios has. */
const MAX_WRITES = 200

/** Resumes until it is over, deciding what may have happened when that is asked for. */
async function finish(run: CrashRun): Promise<Transcript> {
  const first = await run.resume([], null)
  if (first.code !== 11) {
    await endToEnd(first)
    return first.json()
  }
  const second = await run.resume(['--unknown', 'skip'], null)
  await endToEnd(second)
  return second.json()
}

describe.skipIf(process.platform !== 'linux').each(Object.entries(SCENARIOS))('a run of %s', (_, scenario) => {
  it(
    'that is killed before or behind any write to its journal is resumed to the answer of the calm one, and each write is done once',
    async () => {
      await using calmRun = await openCrashRun(scenario)
      const calm = (await calmRun.ask(null)).json()
      expect(calm).toMatchObject({ status: 'completed', answer: 'All is done.' })
      const step = FULL ? 1 : 10
      // Before the first event there is no run yet, which is said below.
      for (let write = 2; write < MAX_WRITES; write += step) {
        let died = false
        for (const when of ['before', 'after']) {
          await using run = await openCrashRun(scenario)
          const killed = await run.ask(`${write}:${when}`)
          if (killed.code === 0) continue
          died = true
          const transcript = await finish(run)
          const told = `killed ${when} write ${write}`
          expect([told, faultsOf(transcript, run.done(), calm)]).toEqual([told, []])
          expect([told, run.api.violations]).toEqual([told, []])
        }
        if (!died) return
      }
      throw new Error('it has more of them than that')
    },
    FULL ? 1_800_000 : 300_000,
  )

  it('that is killed twice, the second time while it is resumed, is finished by the third', async () => {
    await using calmRun = await openCrashRun(scenario)
    const calm = (await calmRun.ask(null)).json()
    for (const [first, second] of FULL
      ? [
          [3, 1],
          [6, 2],
          [9, 3],
          [12, 4],
          [15, 5],
        ]
      : [
          [4, 2],
          [11, 3],
        ]) {
      await using run = await openCrashRun(scenario)
      if ((await run.ask(`${first}:after`)).code === 0) continue
      await run.resume(['--unknown', 'skip'], `${second}:after`)
      const told = `killed behind writes ${first} and ${second}`
      expect([told, faultsOf(await finish(run), run.done(), calm)]).toEqual([told, []])
    }
  }, 300_000)
})

describe.each(Object.entries(SCENARIOS))('at any time, a run of %s', (_, scenario) => {
  it(
    'that is killed with all that it has started is resumed to the answer of the calm one',
    async () => {
      await using calmRun = await openCrashRun(scenario)
      const startedAt = performance.now()
      const calm = (await calmRun.ask(null)).json()
      const lastsMs = performance.now() - startedAt
      const times = FULL ? 100 : 3
      for (let time = 0; time < times; time += 1) {
        await using run = await openCrashRun(scenario)
        const afterMs = (lastsMs * (time + Math.random())) / times
        if ((await run.kill(afterMs)).code === 0) continue
        const resumed = await run.resume(['--unknown', 'skip'], null)
        // It had not begun.
        if (resumed.code === 3) continue
        const told = `killed after ${afterMs} ms`
        expect([told, faultsOf(resumed.json(), run.done(), calm)]).toEqual([told, []])
      }
    },
    FULL ? 1_800_000 : 120_000,
  )
})

it.skipIf(process.platform !== 'linux')(
  'a run that was killed before its first event has nothing to resume',
  async () => {
    await using run = await openCrashRun(Object.values(SCENARIOS)[0] ?? { turns: [], flags: [] })
    for (const write of ['0:before', '0:after', '1:before']) {
      await run.ask(write)
      const resumed = await run.resume([], null)
      expect([write, resumed.code, resumed.json().error?.code]).toEqual([write, 3, 'journal-empty'])
    }
    expect(run.api.requests).toEqual([])
  },
)
