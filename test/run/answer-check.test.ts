import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/contract/json.ts'
import { openTranscriptFold } from '../../src/contract/transcript-fold.ts'
import { checkedEnd } from '../../src/run/answer-check.ts'
import { completed } from '../../src/run/limits.ts'
import { answerForm } from '../../src/schema/answer-form.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import type { RunSetup, Scripted } from './rig.ts'
import { fault, runScript, says, text, toolUse } from './rig.ts'

const SCHEMA = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false }
const answer = answerForm(SCHEMA)

function ask(script: Scripted[], setup: Partial<RunSetup> = {}) {
  return runScript({ ...setup, script, options: { answer, ...setup.options } })
}

function answered(value: string): Scripted {
  return says([text(value)])
}

describe('the answer of a run with a schema', () => {
  it.each([
    ['plain', '{"n":1}'],
    ['with space around it', '\n  {"n": 1}\n\n'],
    ['in a fence', '```json\n{\n  "n": 1\n}\n```'],
    ['in a fence without a language', '```\n{"n":1}\n```\n'],
  ])('is taken %s, and stands in the transcript as data and as text', async (_, said) => {
    const { transcript, requests, events } = await ask([answered(said)])
    expect(transcript).toMatchObject({ status: 'completed', exit_code: 0, structured: { n: 1 }, answer: said })
    expect(requests.map((request) => request.answer)).toEqual([answer])
    expect(events.at(-1)).toMatchObject({ type: 'run_end', structured: { n: 1 } })
  })

  it('comes after calls, which go on as ever; text beside them is no answer', async () => {
    const puppet = openPuppet()
    const ran = ask([says([text('Let me see.'), toolUse('a', 'puppet')]), answered('{"n":2}')], { tools: [puppet] })
    ;(await puppet.next()).return(2)
    const { transcript, requests } = await ran
    expect(transcript).toMatchObject({ exit_code: 0, structured: { n: 2 }, totals: { turns: 2 } })
    expect(requests.map((request) => request.answer?.schema)).toEqual([SCHEMA, SCHEMA])
  })

  it.each([
    ['is text', 'It is one.', 'answer: is not one JSON document: '],
    ['has text before it', 'Here it is: {"n":1}', 'answer: is not one JSON document: '],
    ['has text behind its fence', '```json\n{"n":1}\n```\nThat is all.', 'answer: is not one JSON document: '],
    ['is two documents', '{"n":1}\n{"n":2}', 'answer: is not one JSON document: '],
    ['is damaged', "{'n':1,}", 'answer: is not one JSON document: '],
    ['holds a number that JSON cannot say', '{"n":1e999}', 'answer: holds a number that is too large'],
    ['is nested too deep', `${'['.repeat(600)}${']'.repeat(600)}`, 'answer: is nested too deep'],
    ['lacks a member', '{}', 'answer: Instance does not have required property "n".'],
    ['has a member of another type', '{"n":"1"}', 'answer.n: Instance type "string" is invalid. Expected "number".'],
    ['has one too many', '{"n":1,"m":2}', 'answer.m: is not allowed here'],
    ['is no object', '[1]', 'answer: Instance type "array" is invalid. Expected "object".'],
  ])('that %s is told so once, with the reason, and written anew', async (_, said, reason) => {
    const { transcript, requests, events } = await ask([answered(said), answered('{"n":3}')])
    expect(transcript).toMatchObject({ status: 'completed', exit_code: 0, structured: { n: 3 }, answer: '{"n":3}' })
    const note = expect.stringContaining(`does not fit the schema:\n- ${reason}`)
    expect(requests[1]?.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: said }] },
      { role: 'user', content: [{ type: 'text', text: note }] },
    ])
    expect(events.find(({ type }) => type === 'results')).toMatchObject({ call_ids: [], late_ids: [], note })
    const fold = openTranscriptFold()
    for (const event of events) fold.add(event)
    expect(fold.transcript().messages).toEqual(transcript.messages)
  })

  it('is not there when the second one does not fit either: exit 7, with the reasons', async () => {
    const { transcript, requests, events } = await ask([answered('{"n":"one"}'), answered('{"m":1}')])
    expect(requests).toHaveLength(2)
    expect(transcript).toMatchObject({ status: 'incomplete', exit_code: 7, structured: null, answer: '{"m":1}' })
    expect(transcript.error?.code).toBe('answer_unfit')
    expect(transcript.error?.message).toBe(
      'the answer does not fit the schema, twice: answer: Instance does not have required property "n".; answer.m: is not allowed here',
    )
    expect(events.at(-2)).toMatchObject({ type: 'limit', limit: 'answer_unfit' })
  })

  it('is told of once in a run, also where calls came between', async () => {
    const puppet = openPuppet()
    const script = [answered('one'), says([toolUse('a', 'puppet')]), answered('two')]
    const ran = ask(script, { tools: [puppet] })
    ;(await puppet.next()).return(1)
    expect((await ran).transcript).toMatchObject({ exit_code: 7, error: { code: 'answer_unfit' }, answer: 'two' })
  })

  it('M1 is never one that was cut, even if it fits', async () => {
    const { transcript, requests } = await ask([says([text('{"n":1}')], { stop_reason: 'max_tokens' })])
    expect(transcript).toMatchObject({ exit_code: 7, structured: null, error: { code: 'max_tokens' } })
    expect(requests).toHaveLength(1)
  })

  it('is never one that the model refused, nor one that it did not end', async () => {
    const refused = await ask([says([text('{"n":1}')], { stop_reason: 'refusal' })])
    expect(refused.transcript).toMatchObject({ exit_code: 8, structured: null, answer: null })
    const unknown = await ask([says([text('{"n":1}')], { stop_reason: 'tired' })])
    expect(unknown.transcript).toMatchObject({ exit_code: 7, structured: null })
  })

  it('goes on over a pause as one text', async () => {
    const { transcript } = await ask([says([text('{"n":')], { stop_reason: 'pause_turn' }), answered('4}')])
    expect(transcript).toMatchObject({ exit_code: 0, structured: { n: 4 }, answer: '{"n":4}' })
  })

  it('that does not fit takes no turn beyond the limits', async () => {
    const { transcript, requests } = await ask([answered('one')], { options: { maxTurns: 1 } })
    expect(requests).toHaveLength(1)
    expect(transcript).toMatchObject({ exit_code: 7, structured: null, answer: 'one' })
    expect(transcript.error).toMatchObject({ code: 'answer_unfit', hint: 'give it more with --max-turns' })
    expect(transcript.error?.message).toContain('and no turn is left: answer: is not one JSON document')
    const spent = await ask([answered('one')], { policies: { maxTotalTokens: 5 } })
    expect(spent.requests).toHaveLength(1)
    expect(spent.transcript.error).toMatchObject({ code: 'answer_unfit' })
  })

  it('may be null where the schema says so', async () => {
    const { transcript } = await ask([answered('null')], { options: { answer: answerForm({ type: 'null' }) } })
    expect(transcript).toMatchObject({ status: 'completed', exit_code: 0, structured: null, answer: 'null' })
  })

  it('keeps a member called __proto__ as data', async () => {
    const open = answerForm({ type: 'object' })
    const { transcript } = await ask([answered('{"__proto__":{"a":1}}')], { options: { answer: open } })
    expect(JSON.stringify(transcript.structured)).toBe('{"__proto__":{"a":1}}')
  })

  it('is not asked for again after a fault, which ends the run', async () => {
    const { transcript } = await ask([
      answered('one'),
      () => fault({ retryable: false, kind: 'rejected', status: 400 }),
    ])
    expect(transcript).toMatchObject({ exit_code: 5, structured: null })
  })
})

describe('the last answer under --answer-by', () => {
  async function lastly(said: string) {
    const clock = openFakeClock()
    const puppet = openPuppet()
    const ran = ask([says([toolUse('a', 'puppet')]), answered(said)], {
      ...{ tools: [puppet], clock, policies: { answerByMs: 1_000 } },
    })
    await puppet.next()
    await clock.advance(1_000)
    return await ran
  }

  it('is data where it fits, and incomplete all the same', async () => {
    const { transcript } = await lastly('{"n":5}')
    expect(transcript).toMatchObject({ exit_code: 7, structured: { n: 5 }, error: { code: 'answer_by' } })
  })

  it('gets no second chance where it does not', async () => {
    const { transcript, requests } = await lastly('five')
    expect(requests).toHaveLength(2)
    expect(transcript).toMatchObject({ exit_code: 7, structured: null, answer: 'five', error: { code: 'answer_by' } })
    expect(transcript.error?.message).toContain('what there is does not fit the schema: answer: is not one JSON')
  })
})

describe('a check that may take for ever', () => {
  const check = (schema: JsonObject, said: string, signal = new AbortController().signal, clock = openFakeClock()) => ({
    clock,
    checked: checkedEnd(completed(said), { schema, clock, signal }),
  })

  it('is done in a thread', async () => {
    const schema = { $ref: '#/$defs/n', $defs: { n: { type: 'string', pattern: '^a+$' } } }
    expect(await check(schema, '"aa"').checked).toMatchObject({ type: 'end', end: { structured: 'aa' } })
    const unfit = await check(schema, '"b\\nc"').checked
    expect(unfit).toMatchObject({ type: 'unfit', reasons: ['answer: String does not match pattern.'] })
  })

  const slow = { type: 'string', pattern: '^(a+)+$' }
  const text = JSON.stringify(`${'a'.repeat(60)}b`)

  it('is given up after its time, and the answer does not pass', async () => {
    const { clock, checked } = check(slow, text)
    await expect.poll(() => clock.due).toEqual([1_000])
    await clock.advance(1_000)
    expect(await checked).toMatchObject({
      type: 'end',
      end: { status: 'incomplete', exit_code: 7, structured: null, error: { code: 'answer_unchecked' } },
    })
  })

  it('ends with the run', async () => {
    const controller = new AbortController()
    const { clock, checked } = check(slow, text, controller.signal)
    await expect.poll(() => clock.due).toEqual([1_000])
    controller.abort()
    expect(await checked).toMatchObject({ end: { structured: null, error: { code: 'answer_unchecked' } } })
  })
})
