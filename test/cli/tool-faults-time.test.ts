/** Tools that never end, end too late, or keep the others from running. */
import { expect, it } from 'vitest'
import { ASKERS, callTools, inParallel, outcomes, statuses } from './tool-faults.ts'

const IN_TIME = ['--tool-timeout', '1s']

it.each(ASKERS)(
  'T1 a tool that never settles is timed out by our own timer, and its siblings answer: %s',
  async (by) => {
    const never = [
      'never',
      'never_in_thread',
      'spins_in_thread',
      'never_promised_in_thread',
      'never_thenable',
      'breaks_on_abort',
      'holds_timer',
    ]
    const wanted = [['nap'], ...never.map((name) => [name] as const), ['work'], ['nap_and_write']] as const
    const { calls, told } = await callTools(wanted, { files: ['deaf'], by, args: ['--tool-timeout', '2s'] })
    expect(statuses(calls)).toEqual([
      ['nap', 'ok'],
      ...never.map((name) => [name, 'timed_out']),
      ['work', 'ok'],
      ['nap_and_write', 'ok'],
    ])
    for (const [index] of never.entries()) {
      expect(calls[index + 1]?.error?.code).toBe('timeout')
      expect(told[index + 1]).toMatch(/^timed_out: no result within 2000 ms; the tool may still be running/)
    }
  },
)

it.each(ASKERS)('T1 a value or an error that comes after the time is dropped and noted: %s', async (by) => {
  const late = ['late', 'throws_late', 'late_in_thread'] as const
  const wanted = [...late.map((name) => [name, { ms: 500 }] as const), ['nap', { ms: 800 }]] as const
  const timeouts = Object.fromEntries(late.map((name) => [name, { timeout_ms: 200 }]))
  const { calls, result } = await callTools(wanted, {
    files: ['deaf'],
    by,
    args: ['--debug'],
    config: { tools: timeouts },
    audit: { stackAllowed: true },
  })
  expect(statuses(calls)).toEqual([...late.map((name) => [name, 'timed_out']), ['nap', 'ok']])
  for (const name of late) expect(result.stderr).toContain(`${name} ended after it was given up`)
  expect(result.stdout).not.toContain('that is late')
})

it.each(ASKERS)("T6 what goes wrong apart from a call is a warning with the tool's name: %s", async (by) => {
  const apart = [
    ['rejects_apart', 'unhandled rejection: nobody waits for me'],
    ['throws_apart', 'uncaught exception: too late'],
    ['throws_null_apart', 'uncaught exception: threw null'],
    ['emits_apart', 'nobody listens'],
  ] as const
  const names = apart.flatMap(([name]) => [name, `${name}_in_thread`])
  const wanted = [...names.map((name) => [name] as const), ['resolves_twice'], ['nap', { ms: 600 }]] as const
  const { calls, result } = await callTools(wanted, { files: ['deaf'], by })
  expect(outcomes(calls)).toEqual([
    ...names.map((name) => [name, 'ok', 'fine']),
    ['resolves_twice', 'ok', 'once'],
    ['nap', 'ok', 'rested'],
  ])
  for (const [name, text] of apart) {
    for (const tool of [name, `${name}_in_thread`]) {
      const lines = result.stderr.split('\n').filter((line) => line.startsWith(`agent: warning: ${tool}: `))
      expect(lines, tool).toEqual([expect.stringContaining(text)])
    }
  }
})

const BLOCKERS = ['loops', 'loops_later', 'loops_in_promises', 'sleeps_in_shell', 'waits_atomically', 'backtracks']

it('T4 reads that shared a blocked host run again, writes are interrupted, and threads are on time', async () => {
  await inParallel(
    BLOCKERS.flatMap((guilty) => (guilty === 'loops' ? ASKERS : [ASKERS[0]]).map((by) => ({ guilty, by }))),
    async ({ guilty, by = 'offline' }) => {
      const naps = Array.from({ length: 6 }, (_, index) => ['nap', { ms: 300 + index, say: `nap ${index}` }] as const)
      const wanted = [
        ...naps,
        ['nap_and_write', { ms: 400 }],
        [guilty],
        ['work', { ms: 200 }],
        ['work', { ms: 201 }],
        ['nap_and_write', { ms: 401 }],
      ] as const
      const { calls, result } = await callTools(wanted, { files: ['blocks'], by, args: IN_TIME })
      const [firstWrite, culprit, firstWork, secondWork, secondWrite] = calls.slice(6)
      expect(outcomes(calls.slice(0, 6))).toEqual(naps.map(([, { say }]) => ['nap', 'ok', say]))
      expect(culprit).toMatchObject({ tool: guilty, status: 'timed_out' })
      expect(outcomes([firstWork, secondWork].flatMap((call) => call ?? []))).toEqual(
        Array.from({ length: 2 }, () => ['work', 'ok', 'worked']),
      )
      const endedMs = (call: typeof culprit) => call?.timing.ended_ms ?? Number.NaN
      expect(Math.max(endedMs(firstWork), endedMs(secondWork))).toBeLessThan(endedMs(culprit))
      for (const write of [firstWrite, secondWrite]) {
        // From a server, the loop stands still before the message has ended: the writes were never sent.
        if (by === 'server' && write?.status === 'ok') continue
        expect(write).toMatchObject({
          status: 'interrupted',
          error: { code: 'host_lost', message: expect.stringContaining(`blocked by "${guilty}"`) },
        })
      }
      expect(result.stderr).toContain(`the tool host did not answer, blocked by "${guilty}"; it is killed`)
    },
  )
})

it('T4 several that block one host in one turn each cost their own time, and the turn goes on', async () => {
  await inParallel([...ASKERS], async (by) => {
    const wanted = [['nap', { ms: 300 }], ['loops'], ['loops_later'], ['sleeps_in_shell'], ['work'], ['nap']] as const
    const { calls } = await callTools(wanted, { files: ['blocks'], by, args: IN_TIME })
    expect(statuses(calls)).toEqual([
      ['nap', 'ok'],
      ['loops', 'timed_out'],
      ['loops_later', 'timed_out'],
      ['sleeps_in_shell', 'timed_out'],
      ['work', 'ok'],
      ['nap', 'ok'],
    ])
  })
})

it('T4 a run ends by its timeout + 6 s, with a transcript, also while its host is blocked', async () => {
  const wanted = [['nap'], ['loops'], ['spins_in_thread'], ['never']] as const
  await inParallel([...ASKERS], async (by) => {
    const { transcript } = await callTools(wanted, {
      files: ['blocks', 'deaf'],
      by,
      args: ['--timeout', '3s'],
      exitCode: 124,
    })
    expect(transcript.status).toBe('timed_out')
  })
})
