import { expect, it } from 'vitest'
import type { ContentBlock } from '../../src/contract/message.ts'
import { openTranscriptFold } from '../../src/contract/transcript-fold.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { runScript, says, text, toolUse } from './rig.ts'

/** A message whose calls the text protocol could not read. */
function unreadable(reason: string, content: ContentBlock[] = [text('{"tool": look}')]) {
  return says(content, { stop_reason: 'unreadable_calls', unreadable: reason })
}

it('tells the model once why its calls cannot be read, and goes on', async () => {
  const { transcript, requests, events } = await runScript({
    script: [unreadable('"look" stands without quotes'), says([text('done')])],
  })
  expect(transcript).toMatchObject({ exit_code: 0, answer: 'done' })
  const note = expect.stringContaining('they cannot be read: "look" stands without quotes. Please write it again.')
  expect(requests[1]?.messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: [{ text: '{"tool": look}' }] },
    { role: 'user', content: [{ type: 'text', text: note }] },
  ])
  expect(events.find(({ type }) => type === 'results')).toMatchObject({ call_ids: [], note })
})

it('ends with exit 7 when the next message cannot be read either, which is no answer', async () => {
  const { transcript, requests, events } = await runScript({ script: [unreadable('one'), unreadable('two')] })
  expect(requests).toHaveLength(2)
  expect(transcript).toMatchObject({
    status: 'incomplete',
    exit_code: 7,
    answer: null,
    error: { code: 'unreadable_calls', message: 'the model wrote tool calls that cannot be read, twice: two' },
  })
  expect(events.at(-2)).toMatchObject({ type: 'limit', limit: 'unreadable_calls' })
})

it('counts only messages in a row', async () => {
  const puppet = openPuppet()
  const ran = runScript({
    tools: [puppet],
    script: [unreadable('one'), says([toolUse('a', 'puppet')]), unreadable('two'), says([text('done')])],
  })
  ;(await puppet.next()).return(1)
  expect((await ran).transcript).toMatchObject({ exit_code: 0, answer: 'done' })
})

it('M2 cancels the calls of such a message, starts no more of them, and answers each', async () => {
  const read = openPuppet()
  const write = openPuppet({ name: 'write', effect: 'write' })
  const content = [text('{"foo": 1}'), toolUse('a', 'puppet'), toolUse('b', 'write')]
  const ran = runScript({ tools: [read, write], script: [unreadable('mixed', content), says([text('done')])] })
  const started = await read.next()
  const { requests, transcript, events } = await ran
  expect(started.signal.aborted).toBe(true)
  expect(write.calls).toEqual([])
  expect(requests[1]?.messages.at(-1)?.content).toMatchObject([
    { tool_use_id: 'a', is_error: true, content: expect.stringContaining('ended with unreadable_calls') },
    { tool_use_id: 'b', is_error: true },
    { type: 'text' },
  ])
  expect(transcript.turns[0]?.tool_calls.map(({ status }) => status)).toEqual(['canceled', 'not_started'])
  const fold = openTranscriptFold()
  for (const event of events) fold.add(event)
  expect(fold.transcript().messages).toEqual(transcript.messages)
})

it('has its reason in an event that the schema takes', async () => {
  const { agentEventSchema } = await import('../../src/contract/event.ts')
  const { events } = await runScript({ script: [unreadable('one'), says([text('done')])] })
  for (const event of events) expect(agentEventSchema.parse(event)).toEqual(event)
  expect(events.find(({ type }) => type === 'message_end')).toMatchObject({ message: { unreadable: 'one' } })
})
