/** Tools that end, move or crash their process, and what they leave behind; failures beside others. */
import { expect, it } from 'vitest'
import type { WantedCall } from './tool-faults.ts'
import { ASKERS, callTools, FULL, inParallel, outcomes, statuses } from './tool-faults.ts'
import { KINDS } from './tools/leaves.mjs'

const own = "which is agent's own"
/** What is refused, on the loop and in a thread: a worker has no abort, chdir or reallyExit of its own. */
const REFUSED: [tool: string, onLoop: RegExp, inThread?: RegExp][] = [
  ['exit_0', /^called process\.exit\(0\)$/],
  ['exit_imported', /^called process\.exit\(0\)$/],
  ['exit_caught', /^called process\.exit\(0\)$/],
  ['abort', /^called process\.abort\(\)$/, /process\.abort\(\) is not supported in workers/],
  ['really_exit', /^called process\.reallyExit\(0\)$/, /exit/i],
  ['kill_parent', new RegExp(own)],
  ['kill_parent_hard', new RegExp(own)],
  ['kill_self', new RegExp(own)],
  ['kill_group', new RegExp(own)],
  ['segfault', new RegExp(own)],
  ['disconnect', /^called process\.disconnect/, /process\.disconnect is not a function/],
  ['change_folder', /^called process\.chdir\("\/"\)/, /process\.chdir\(\) is not supported in workers/],
]

it.each(ASKERS)('T5 a tool that would end or move its process fails, and its siblings go on: %s', async (by) => {
  const evil = REFUSED.flatMap(([name]) => [name, `${name}_in_thread`])
  const extra = ['exit_in_timer', 'exit_in_promise']
  const wanted: WantedCall[] = [
    ['nap_and_write', { ms: 400 }],
    ...[...evil, ...extra].map((name) => [name] as const),
    ['exit_code'],
    ['exit_code_in_thread'],
    ['work'],
    ['nap', { ms: 300 }],
  ]
  const { calls } = await callTools(wanted, { files: ['ends'], by })
  const good = calls.filter(({ tool }) => /^(nap|nap_and_write|work|exit_code.*)$/.test(tool))
  expect(good.map(({ tool, output }) => [tool, output])).toEqual([
    ['nap_and_write', 'written'],
    ['exit_code', 'set'],
    ['exit_code_in_thread', 'set'],
    ['work', 'worked'],
    ['nap', 'rested'],
  ])
  const byName = new Map(calls.map((call) => [call.tool, call]))
  for (const [name, onLoop, inThread = onLoop] of REFUSED) {
    expect(byName.get(name)).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(onLoop) } })
    const threaded = byName.get(`${name}_in_thread`)
    expect(threaded).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(inThread) } })
  }
  for (const name of extra)
    expect(byName.get(name)).toMatchObject({ status: 'failed', error: { code: 'process_exit' } })
})

const CRASHES = [
  'crash',
  'crash_in_thread',
  'kill_9',
  'kill_9_in_thread',
  'terminate',
  'close_channel',
  // Four gigabytes, twice.
  ...(FULL ? ['exhaust'] : []),
  'crash_writing',
]

it(
  'T5 a tool that crashes the host fails, reads run again, writes say that they may have happened',
  async () => {
    const runs = CRASHES.flatMap((guilty) =>
      (FULL || guilty === 'crash' ? ASKERS : [ASKERS[0]]).map((by) => ({ guilty, by })),
    )
    await inParallel(runs, async ({ guilty, by = 'offline' }) => {
      const wanted = [
        ['nap', { ms: 200 }],
        ['work', { ms: 200 }],
        [guilty],
        ['nap_and_write', { ms: 200 }],
        ['nap'],
      ] as const
      const { calls } = await callTools(wanted, { files: ['ends'], by, agent: { giveUpAfterMs: 60_000 } })
      const [nap, work, culprit, write, last] = calls
      for (const read of [nap, work, last]) expect(read).toMatchObject({ status: 'ok' })
      // A write is not run again to find out whether it was the guilty one.
      if (guilty === 'crash_writing') expect(culprit?.status).toBe('interrupted')
      else expect(culprit).toMatchObject({ status: 'failed', error: { code: 'host_crashed' } })
      expect(write).toMatchObject(
        write?.status === 'interrupted'
          ? { error: { message: expect.stringContaining('may have happened') } }
          : { status: 'ok' },
      )
    })
  },
  FULL ? 180_000 : 30_000,
)

it("T5 a tool that removes the host's ears, overflows its stack or sends it signals costs itself at most", async () => {
  await inParallel([...ASKERS], async (by) => {
    const wanted = [['nap', { ms: 200 }], ['recurse'], ['interrupt'], ['work']] as const
    const { calls } = await callTools(wanted, { files: ['ends'], by })
    expect(statuses(calls)).toEqual([
      ['nap', 'ok'],
      ['recurse', 'failed'],
      ['interrupt', 'ok'],
      ['work', 'ok'],
    ])
  })
  const wanted = [['deafen'], ['nap', { ms: 100 }]] as const
  const { calls } = await callTools(wanted, { files: ['ends'], by: 'offline', args: ['--tool-timeout', '500ms'] })
  expect(statuses(calls)).toEqual([
    ['deafen', 'timed_out'],
    ['nap', 'ok'],
  ])
})

it.each(['exit_0', 'exit_0_in_thread', 'crash', 'exit_code'])(
  'T5 no tool makes the command exit 0 by accident: %s',
  async (name) => {
    const code = name === 'exit_code' ? 0 : 9
    const args = ['--fail-on-tool-error']
    await callTools([[name]], { files: ['ends'], by: 'offline', args, exitCode: code })
  },
)

it.each(ASKERS)(
  'T12 one failing call of five costs its siblings nothing, and results stand in order: %s',
  async (by) => {
    const wanted: WantedCall[] = [
      ['nap', { ms: 300, say: 'one' }],
      ['work', { ms: 100, say: 'two' }],
      ['fail', { ms: 20 }],
      ['nap_and_write', { ms: 200, say: 'four' }],
      ['nap', { ms: 1, say: 'five' }],
    ]
    const { calls, told } = await callTools(wanted, { files: [], by })
    expect(outcomes(calls)).toEqual([
      ['nap', 'ok', 'one'],
      ['work', 'ok', 'two'],
      ['fail', 'failed', 'it is broken'],
      ['nap_and_write', 'ok', 'four'],
      ['nap', 'ok', 'five'],
    ])
    expect(calls[2]?.error?.code).toBe('EBROKEN')
    expect(told).toEqual(['one', 'two', 'failed: it is broken', 'four', 'five'])
  },
)

it.each(ASKERS)('T12 when all fail the model is told of all: %s', async (by) => {
  const wanted: WantedCall[] = [['fail'], ['fail_in_thread', { ms: 20 }], ['fail', { ms: 50 }]]
  const { told } = await callTools(wanted, { files: [], by })
  expect(told).toEqual(Array.from({ length: 3 }, () => 'failed: it is broken'))
})

it('C9 the command is gone soon after its answer, with all that a tool has left behind', async () => {
  const runs = KINDS.flatMap((what) => ['leaves', 'leaves_in_thread'].map((tool) => ({ what, tool })))
  await inParallel(runs, async ({ what, tool }) => {
    const by = ASKERS[KINDS.indexOf(what) % 2] ?? 'offline'
    const { calls } = await callTools([[tool, { what }]], { files: ['leaves'], by, agent: { giveUpAfterMs: 5000 } })
    expect(outcomes(calls)).toEqual([[tool, 'ok', 'left']])
  })
})

it('C9 all of it at once, on the loop and in threads', async () => {
  const wanted = KINDS.flatMap((what) => ['leaves', 'leaves_in_thread'].map((tool) => [tool, { what }] as const))
  const { calls } = await callTools(wanted, { files: ['leaves'], by: 'server', agent: { giveUpAfterMs: 15_000 } })
  expect(calls.map(({ status }) => status)).toEqual(wanted.map(() => 'ok'))
})
