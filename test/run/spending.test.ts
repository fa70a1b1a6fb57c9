import { describe, expect, it } from 'vitest'
import { NO_USAGE } from '../../src/contract/message.ts'
import { openSpending } from '../../src/run/spending.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { fault, message, runScript, says, text, toolUse } from './rig.ts'

const used = (input_tokens: number, output_tokens = 0) => ({ usage: { ...NO_USAGE, input_tokens, output_tokens } })

describe('--max-total-tokens', () => {
  it('stops before the next request, every call answered, the text of the last message kept', async () => {
    const puppet = openPuppet()
    const ran = runScript({
      tools: [puppet],
      policies: { maxTotalTokens: 300 },
      script: [
        says([toolUse('a', 'puppet')], used(100, 50)),
        says([text('I know a part'), toolUse('b', 'puppet')], used(100, 50)),
      ],
    })
    ;(await puppet.next()).return(1)
    ;(await puppet.next()).return(2)
    const { transcript, requests, events } = await ran
    expect(requests).toHaveLength(2)
    expect(transcript).toMatchObject({
      status: 'incomplete',
      exit_code: 7,
      answer: 'I know a part',
      error: { code: 'max_total_tokens', message: 'the run has used 300 tokens, and may use 300' },
    })
    expect(transcript.messages.at(-1)?.content).toMatchObject([{ tool_use_id: 'b', content: '2' }])
    expect(events.filter(({ type }) => type === 'limit')).toMatchObject([{ limit: 'max_total_tokens' }])
  })

  it('does not take an answer back that has cost more', async () => {
    const { transcript } = await runScript({
      policies: { maxTotalTokens: 1 },
      script: [says([text('the answer')], used(1_000))],
    })
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'the answer' })
  })

  it('counts attempts that broke, and asks no further', async () => {
    const { transcript, requests, events } = await runScript({
      clock: openFakeClock(),
      policies: { maxTotalTokens: 100 },
      script: [() => fault({ retryAfterMs: 0, ...used(60) }), () => fault({ retryAfterMs: 0, ...used(40) })],
    })
    expect(requests).toHaveLength(2)
    expect(events.filter(({ type }) => type === 'turn_retry')).toHaveLength(1)
    expect(transcript).toMatchObject({ exit_code: 7, error: { code: 'max_total_tokens' }, answer: null })
    expect(transcript.usage.input_tokens).toBe(100)
  })

  it('cancels calls that are pending, at once', async () => {
    const clock = openFakeClock()
    const puppet = openPuppet()
    const ran = runScript({
      clock,
      tools: [puppet],
      policies: { maxTotalTokens: 150, earlyResultsMs: 1_000 },
      script: [says([toolUse('a', 'puppet')], used(100)), says([text('I wait.')], used(100))],
    })
    await clock.advance(1_000)
    const { transcript } = await ran
    expect(transcript).toMatchObject({ answer: 'I wait.', error: { code: 'max_total_tokens' }, duration_ms: 1_000 })
    expect(transcript.turns[0]?.tool_calls[0]).toMatchObject({
      status: 'canceled',
      error: { code: 'max_total_tokens' },
    })
  })
})

describe('--max-cost', () => {
  const limits = { maxTotalTokens: null, maxCostUsd: 0.5 }
  const policies = {
    onError: 'collect',
    earlyResultsMs: null,
    answerByMs: null,
    optionalGraceMs: 0,
    ...limits,
  } as const

  it('adds up what each request costs', () => {
    const spending = openSpending('claude-sonnet-5-5', policies, [])
    const reply = message([], used(0, 40_000))
    if (reply.type !== 'message') throw new Error('no message')
    spending.add({ type: 'message_end', turn: 1, message: reply.message, first_token_ms: null })
    expect(spending.met(null)).toBeNull()
    expect(spending.met({ ...NO_USAGE, output_tokens: 10_000 })).toMatchObject({
      code: 'max_cost',
      message: 'the run has cost $0.5, and may cost $0.5',
    })
    spending.add({
      type: 'turn_retry',
      turn: 2,
      attempt: 1,
      reason: { code: 'x', message: 'y' },
      delay_ms: 0,
      ...used(50_000),
    })
    expect(spending.met(null)).toMatchObject({ code: 'max_cost' })
  })
})
