import { describe, expect, it } from 'vitest'
import { AgentError } from '../../src/contract/error.ts'
import { agentEventSchema } from '../../src/contract/event.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import { NUDGE } from '../../src/run/limits.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { message, runScript, says, text, toolUse } from './rig.ts'

describe('the loop', () => {
  it('gives the results back in one user message, in the order of the model, whichever call ends first', async () => {
    const puppet = openPuppet()
    const ran = runScript({
      tools: [puppet],
      script: [says([toolUse('a', 'puppet', { n: 1 }), toolUse('b', 'puppet', { n: 2 })]), says([text('both')])],
    })
    const [first, second] = [await puppet.next(), await puppet.next()]
    second.return('two')
    first.return('one')
    const { transcript, requests, events } = await ran
    expect(transcript).toMatchObject({ status: 'completed', exit_code: 0, answer: 'both' })
    expect(requests[1]?.messages.at(-1)).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'one' },
        { type: 'tool_result', tool_use_id: 'b', content: 'two' },
      ],
    })
    expect(transcriptSchema.parse(transcript)).toEqual(transcript)
    expect(events.map((event) => agentEventSchema.parse(event))).toEqual(events)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index))
  })

  it('the transcript holds the conversation exactly as it was sent', async () => {
    const puppet = openPuppet()
    const ran = runScript({
      tools: [puppet],
      script: [
        says([text('I look'), toolUse('a', 'puppet'), toolUse('b', 'nobody')]),
        says([text(''), toolUse('c', 'puppet')]),
        says([text('done')]),
      ],
    })
    ;(await puppet.next()).return({ found: true })
    ;(await puppet.next()).fail('not there')
    const { transcript, requests } = await ran
    const sent = requests.at(-1)?.messages ?? []
    expect(transcript.messages.slice(0, sent.length)).toEqual(sent)
    expect(transcript.messages.at(-1)).toEqual({ role: 'assistant', content: [text('done')] })
    expect(transcript.turns.map(({ tool_calls }) => tool_calls.map(({ status }) => status))).toEqual([
      ['ok', 'unknown_tool'],
      ['failed'],
      [],
    ])
    expect(transcript.totals).toMatchObject({ turns: 3, tool_calls: 3, tool_errors: 2 })
  })

  it('M11 runs no call whose input is no JSON: it goes back as {} and its result quotes it', async () => {
    const puppet = openPuppet()
    const { transcript, requests } = await runScript({
      tools: [puppet],
      script: [says([toolUse('a', 'puppet')], { raw_inputs: { a: '{"path": nonsense' } }), says([text('sorry')])],
    })
    expect(puppet.calls).toHaveLength(0)
    expect(requests[1]?.messages.slice(1)).toMatchObject([
      { role: 'assistant', content: [{ type: 'tool_use', id: 'a', input: {} }] },
      { role: 'user', content: [{ tool_use_id: 'a', is_error: true, content: expect.stringContaining('nonsense') }] },
    ])
    expect(transcript.turns[0]?.tool_calls[0]).toMatchObject({
      status: 'invalid_input',
      raw_input: '{"path": nonsense',
    })
  })

  it('M12 nudges once after an empty message, then ends with exit 7', async () => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'x' }
    const { transcript, requests } = await runScript({ script: [says([thinking]), says([])] })
    expect(transcript).toMatchObject({ status: 'incomplete', exit_code: 7, error: { code: 'empty_answer' } })
    expect(requests[1]?.messages.slice(1)).toEqual([
      { role: 'assistant', content: [thinking] },
      { role: 'user', content: [text(NUDGE)] },
    ])
    const second = await runScript({ script: [says([]), says([text('here')])] })
    expect(second.transcript).toMatchObject({ exit_code: 0, answer: 'here' })
    // Nothing of the model's to send back: the nudge joins the question, roles still alternate.
    expect(second.requests[1]?.messages).toEqual([{ role: 'user', content: [text('question'), text(NUDGE)] }])
  })

  it('M12 sends a paused message back unchanged, at most 5 times', async () => {
    const paused = () => says([text('working')], { stop_reason: 'pause_turn' })
    const once = await runScript({ script: [paused(), says([text('done')])] })
    expect(once.requests[1]?.messages.at(-1)).toEqual({ role: 'assistant', content: [text('working')] })
    expect(once.transcript.exit_code).toBe(0)
    const forever = await runScript({ script: Array.from({ length: 6 }, paused) })
    expect(forever.requests).toHaveLength(6)
    expect(forever.transcript).toMatchObject({
      exit_code: 7,
      answer: 'working'.repeat(6),
      error: { code: 'pause_turn' },
    })
    const short = await runScript({ script: [paused(), paused()], options: { maxTurns: 2 } })
    expect(short.transcript).toMatchObject({ exit_code: 7, answer: 'workingworking', error: { code: 'max_turns' } })
  })

  it.each([
    ['refusal', 8, 'refused', null],
    ['model_context_window_exceeded', 7, 'incomplete', 'half'],
    ['max_tokens', 7, 'incomplete', 'half'],
    ['a_new_reason', 7, 'incomplete', 'half'],
    [null, 7, 'incomplete', 'half'],
  ] as const)(
    'a message that was cut, stalled, refused or malformed never passes for an answer: %s',
    async (stop_reason, exit_code, status, answer) => {
      const { transcript } = await runScript({ script: [says([text('half')], { stop_reason })] })
      expect(transcript).toMatchObject({ exit_code, status, answer })
      expect(transcript.error).not.toBeNull()
    },
  )

  it.each(['refusal', 'model_context_window_exceeded'])(
    'M1 a message that was cut or refused runs no further tool, and cancels a read that had started: %s',
    async (stop_reason) => {
      const read = openPuppet({ name: 'reader' })
      const write = openPuppet({ name: 'writer', effect: 'write' })
      const { transcript } = await runScript({
        tools: [read, write],
        script: [says([text('x'), toolUse('a', 'reader'), toolUse('b', 'writer')], { stop_reason })],
      })
      expect(write.calls).toHaveLength(0)
      expect(read.calls[0]?.signal.aborted).toBe(true)
      expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['canceled', 'not_started'])
    },
  )

  it('M1 calls in a message that did not end with tool_use do not run, and the text beside them is no answer', async () => {
    const write = openPuppet({ name: 'writer', effect: 'write' })
    const { transcript, requests } = await runScript({
      tools: [write],
      script: [says([text('let me look'), toolUse('a', 'writer')], { stop_reason: 'end_turn' }), says([text('done')])],
    })
    expect(write.calls).toHaveLength(0)
    expect(transcript).toMatchObject({ exit_code: 0, answer: 'done' })
    expect(requests[1]?.messages.at(-1)?.content).toMatchObject([
      { tool_use_id: 'a', is_error: true, content: expect.stringMatching(/^not_started: the message .*end_turn/) },
    ])
  })

  it('M12 begins the answer with what was said before a pause, and counts pauses in a row only', async () => {
    const paused = says([text('First half, ')], { stop_reason: 'pause_turn' })
    const { transcript } = await runScript({ script: [paused, says([text('second half.')])] })
    expect(transcript.answer).toBe('First half, second half.')
    const calls = Array.from({ length: 4 }, (_, turn) => [paused, paused, says([toolUse(`t${turn}`, 'nobody')])]).flat()
    const long = await runScript({ script: [...calls, says([text('end')])] })
    expect(long.transcript).toMatchObject({ exit_code: 0, answer: 'end' })
  })

  it('M14 ends a conversation that goes round for ever at --max-turns, every call answered', async () => {
    const puppet = openPuppet({ name: 'again' })
    const ran = runScript({
      tools: [puppet],
      options: { maxTurns: 3 },
      script: [1, 2, 3].map((turn) => says([toolUse(`t${turn}`, 'again')])),
    })
    for (const _ of [1, 2, 3]) (await puppet.next()).fail('the same as ever')
    const { transcript } = await ran
    expect(transcript).toMatchObject({ exit_code: 7, error: { code: 'max_turns' } })
    expect(transcript.messages.at(-1)?.content).toMatchObject([{ tool_use_id: 't3', is_error: true }])
  })

  it('M14 answers 500 calls of one turn, each once', async () => {
    const ids = Array.from({ length: 500 }, (_, index) => `t${index}`)
    const puppet = openPuppet()
    const ran = runScript({
      tools: [puppet],
      script: [says(ids.map((id) => toolUse(id, 'puppet', { id }))), says([text('all')])],
    })
    for (const id of ids) (await puppet.next()).return(id)
    const { requests, transcript } = await ran
    expect(requests[1]?.messages.at(-1)?.content.map((block) => block['tool_use_id' as keyof typeof block])).toEqual(
      ids,
    )
    expect(transcript.totals.concurrency_peak).toBeLessThanOrEqual(64)
  })

  it('gives calls ids of their own where a server counts from 0 in every message', async () => {
    const puppet = openPuppet()
    const ran = runScript({
      tools: [puppet],
      script: [says([toolUse('call_0', 'puppet')]), says([toolUse('call_0', 'puppet')]), says([text('x')])],
    })
    ;(await puppet.next()).return('first')
    ;(await puppet.next()).return('second')
    const { transcript, requests } = await ran
    expect(puppet.calls.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['run/call_0', 'run/call_0_2'])
    expect(requests[2]?.messages.slice(-2)).toMatchObject([
      { content: [{ type: 'tool_use', id: 'call_0_2' }] },
      { content: [{ tool_use_id: 'call_0_2', content: 'second' }] },
    ])
    expect(transcript.turns.flatMap(({ tool_calls }) => tool_calls.map(({ output }) => output))).toEqual([
      'first',
      'second',
    ])
  })

  it('asks the server to cache the conversation from the second turn on', async () => {
    const puppet = openPuppet()
    const ran = runScript({ tools: [puppet], script: [says([toolUse('a', 'puppet')]), says([text('x')])] })
    ;(await puppet.next()).return(1)
    expect((await ran).requests.map(({ cache }) => cache)).toEqual([false, true])
  })

  it('--fail-on-tool-error keeps the answer and exits 9', async () => {
    const script = () => [says([toolUse('a', 'nobody')]), says([text('could not')])]
    const strict = await runScript({ script: script(), options: { failOnToolError: true } })
    expect(strict.transcript).toMatchObject({ exit_code: 9, answer: 'could not', error: { code: 'tool_error' } })
    expect((await runScript({ script: script() })).transcript.exit_code).toBe(0)
  })

  it('ends at --timeout with exit 124, tools cancelled, the transcript whole', async () => {
    const clock = openFakeClock()
    const puppet = openPuppet()
    const ran = runScript({
      clock,
      tools: [puppet],
      options: { timeoutMs: 3_000 },
      script: [says([toolUse('a', 'puppet')])],
    })
    const call = await puppet.next()
    await clock.advance(3_000)
    const { transcript } = await ran
    expect(call.signal.aborted).toBe(true)
    expect(transcript).toMatchObject({ status: 'timed_out', exit_code: 124, duration_ms: 3_000 })
    expect(transcript.turns[0]?.tool_calls[0]).toMatchObject({ status: 'canceled' })
  })

  it('C4 ends an interrupted run with the code of its signal, in the stream as in a call', async () => {
    const interrupt = new AgentError('interrupted', 'interrupted by SIGINT', { exit: 'sigint' })
    const inStream = new AbortController()
    const streaming = await runScript({
      signal: inStream.signal,
      script: [
        ({ signal }) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(message([text('cut')], { stop_reason: 'end_turn' })))
            inStream.abort(interrupt)
          }),
      ],
    })
    expect(streaming.transcript).toMatchObject({ status: 'interrupted', exit_code: 130, answer: null })

    const inCall = new AbortController()
    const puppet = openPuppet({ effect: 'write' })
    const clock = openFakeClock()
    const ran = runScript({ clock, signal: inCall.signal, tools: [puppet], script: [says([toolUse('a', 'puppet')])] })
    await puppet.next()
    inCall.abort(interrupt)
    await clock.advance(5_000)
    expect((await ran).transcript).toMatchObject({ status: 'interrupted', exit_code: 130 })
  })
})
