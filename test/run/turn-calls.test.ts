import { describe, expect, it } from 'vitest'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { runScript, says, text, toolUse } from './rig.ts'

const optional = (name: string) => openPuppet({ name, policy: { priority: 'optional', retry: false }, effect: 'write' })

describe('an optional call', () => {
  it('has its grace once all others are done, and is skipped then, which is no error', async () => {
    const clock = openFakeClock()
    const [needed, extra] = [openPuppet({ name: 'needed' }), optional('extra')]
    const ran = runScript({
      clock,
      tools: [needed, extra],
      script: [says([toolUse('a', 'extra'), toolUse('b', 'needed')]), says([text('done')])],
      options: { failOnToolError: true },
    })
    const call = await needed.next()
    const left = await extra.next()
    await clock.advance(10_000)
    call.return('there')
    await clock.advance(249)
    expect(left.signal.aborted).toBe(false)
    await clock.advance(1)
    expect(left.signal.aborted).toBe(true)
    const { transcript, requests } = await ran
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'done', duration_ms: 10_250, totals: { tool_errors: 0 } })
    expect(transcript.turns[0]?.tool_calls).toMatchObject([
      { id: 'a', priority: 'optional', status: 'skipped', error: { code: 'optional_grace' } },
      { id: 'b', status: 'ok' },
    ])
    expect(requests[1]?.messages.at(-1)?.content).toMatchObject([
      { tool_use_id: 'a', content: expect.stringMatching(/^skipped: /) },
      { tool_use_id: 'b', content: 'there' },
    ])
  })

  it('keeps its result when it ends within its grace, and then nothing is waited for', async () => {
    const clock = openFakeClock()
    const [needed, extra] = [openPuppet({ name: 'needed' }), optional('extra')]
    const ran = runScript({
      clock,
      tools: [needed, extra],
      policies: { optionalGraceMs: 1_000 },
      script: [says([toolUse('a', 'needed'), toolUse('b', 'extra')]), says([text('done')])],
    })
    const call = await needed.next()
    const left = await extra.next()
    call.return(1)
    await clock.advance(999)
    left.return(2)
    const { transcript } = await ran
    expect(transcript).toMatchObject({ duration_ms: 999, exit_code: 0 })
    expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'ok'])
    expect(clock.due).toEqual([])
  })

  it('counts its grace from the end of the first where all of the turn are optional', async () => {
    const clock = openFakeClock()
    const [first, second] = [optional('first'), optional('second')]
    const ran = runScript({
      clock,
      tools: [first, second],
      script: [says([toolUse('a', 'first'), toolUse('b', 'second')]), says([text('done')])],
    })
    const call = await first.next()
    await second.next()
    await clock.advance(5_000)
    call.return(1)
    await clock.advance(250)
    const { transcript } = await ran
    expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['ok', 'skipped'])
    expect(transcript.duration_ms).toBe(5_250)
  })

  it.each([
    ['before', 5_000],
    ['while', 900],
  ])('is answered as pending, and not skipped, where early results are due %s its grace', async (_when, neededMs) => {
    const clock = openFakeClock()
    const [needed, extra] = [openPuppet({ name: 'needed' }), optional('extra')]
    const ran = runScript({
      clock,
      tools: [needed, extra],
      policies: { earlyResultsMs: 1_000 },
      script: [
        says([toolUse('a', 'needed'), toolUse('b', 'extra')]),
        says([toolUse('c', 'needed')]),
        says([text('done')]),
      ],
    })
    const [first, left] = [await needed.next(), await extra.next()]
    await clock.advance(900)
    if (neededMs === 900) first.return(1)
    await clock.advance(100)
    const second = await needed.next()
    await clock.advance(500)
    first.return(1)
    await clock.advance(260)
    expect(left.signal.aborted).toBe(false)
    left.return('late')
    await clock.settle()
    second.return(2)
    const { transcript, requests } = await ran
    expect(JSON.stringify(requests[2]?.messages.at(-1))).toContain('Late result of call b (extra): late')
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'done' })
  })

  it('that waits for a slot is skipped too, and never starts', async () => {
    const clock = openFakeClock()
    const [needed, extra] = [openPuppet({ name: 'needed' }), optional('extra')]
    const ran = runScript({
      clock,
      concurrency: 1,
      tools: [needed, extra],
      script: [says([toolUse('a', 'needed'), toolUse('b', 'extra'), toolUse('c', 'extra')]), says([text('done')])],
    })
    ;(await needed.next()).return(1)
    await clock.advance(250)
    const { transcript } = await ran
    expect(extra.calls).toHaveLength(1)
    expect(transcript.turns[0]?.tool_calls).toMatchObject([
      { status: 'ok' },
      { status: 'skipped', timing: { started_ms: 0 } },
      { status: 'skipped', timing: { started_ms: null } },
    ])
  })
})
