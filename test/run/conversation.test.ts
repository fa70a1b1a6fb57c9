import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import { AgentError } from '../../src/contract/error.ts'
import type { AgentEvent } from '../../src/contract/event.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import { isToolUseBlock } from '../../src/contract/message.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { Tool } from '../../src/contract/tool.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { validateMessages } from '../rig/validate-messages.ts'
import type { Scripted } from './rig.ts'
import { fault, runScript, says, text, toolUse } from './rig.ts'

/** A tool that ends by itself, some ticks later. */
function tool(name: string, effect: Tool['effect'], ticks: number, outcome: Outcome): Tool {
  const run: Tool['run'] = async (_input, context) => {
    context.started()
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve()
    return outcome
  }
  return { ...openPuppet({ name, effect }), run }
}

const fine: Outcome = { status: 'ok', output: { found: true }, output_bytes: 14, truncated: false }
const TOOLS = [
  tool('quick', 'read', 0, fine),
  tool('slow', 'read', 40, fine),
  tool('broken', 'read', 5, failure('failed', 'x', 'no such place')),
  tool('picky', 'idempotent', 1, failure('invalid_input', 'schema', '/place: is required')),
  tool('writer', 'write', 10, fine),
]
const NAMES = [...TOOLS.map(({ name }) => name), 'nobody', '__proto__']

const call = fc.record({
  name: fc.constantFrom(...NAMES),
  raw: fc.option(fc.constantFrom('', '{"cut": ', '[1]', 'null'), { freq: 8 }),
  place: fc.nat(3),
  twice: fc.boolean(),
})

const step = fc.record({
  says: fc.constantFrom('calls', 'calls', 'calls', 'fault', 'cut', 'pause', 'empty', 'refused', 'conflict'),
  words: fc.constantFrom('', ' ', 'Let me look.'),
  calls: fc.array(call, { maxLength: 5 }),
})

/** What the scripted model says at its n-th request. */
function scripted(seed: typeof step extends fc.Arbitrary<infer T> ? T : never, index: number): Scripted {
  const ids = seed.calls.map((_, at) => `toolu_${index}_${at}`)
  const raws = Object.fromEntries(seed.calls.flatMap(({ raw }, at) => (raw === null ? [] : [[ids[at], raw]])))
  const blocks: ContentBlock[] = seed.calls.flatMap(({ name, raw, place, twice }, at) => {
    const block = toolUse(ids[at] ?? '', name, raw === null ? { place } : {})
    return twice && raw === null ? [block, block] : [block]
  })
  const content = [text(seed.words), ...blocks]
  switch (seed.says) {
    case 'fault':
      return async (stream) => {
        await says(content, { raw_inputs: raws })(stream)
        return fault({ retryAfterMs: 0 })
      }
    case 'cut':
      return says(content, { raw_inputs: raws, stop_reason: 'max_tokens' })
    case 'pause':
      return says([text(seed.words || 'thinking')], { stop_reason: 'pause_turn' })
    case 'empty':
      return says([])
    case 'refused':
      return says(content, { raw_inputs: raws, stop_reason: 'refusal' })
    case 'conflict':
      return says([toolUse('same', 'quick', { place: 1 }), toolUse('same', 'quick', { place: 2 })])
    default:
      return says(content, { raw_inputs: raws })
  }
}

/** The ids of the calls that ended, each as the call was called last. */
function endedCalls(events: readonly AgentEvent[]): string[] {
  const ended: string[] = []
  for (const event of events) {
    if (event.type === 'call_end') ended.push(event.call_id)
    if (event.type !== 'call_ready' || event.takes_over === null) continue
    const at = ended.indexOf(event.takes_over)
    if (at !== -1) ended[at] = event.call_id
  }
  return ended
}

describe('the conversation', () => {
  it('every tool call gets exactly one final outcome, and one tool result per tool_use, in model order, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.integer({ min: 1, max: 4 }),
        fc.option(fc.nat(60), { freq: 3 }),
        async (steps, concurrency, abortAt) => {
          const controller = new AbortController()
          let told = 0
          const { transcript, events, requests } = await runScript({
            tools: TOOLS,
            concurrency,
            clock: { ...systemClock(0), random: () => 0 },
            signal: controller.signal,
            script: [...steps.map(scripted), ...Array.from({ length: 20 }, () => says([text('That is all.')]))],
            onEvent: () => {
              if (told === abortAt) controller.abort(new AgentError('interrupted', 'stop', { exit: 'sigint' }))
              told += 1
            },
          })
          const paused = steps.some((one) => one.says === 'pause')
          for (const [index, { messages }] of requests.entries()) {
            try {
              validateMessages(messages, { hasTools: true, paused })
            } catch (error) {
              throw new Error(`request ${index}: ${error}\n${JSON.stringify(messages)}`)
            }
          }
          const ended = endedCalls(events)
          const records = transcript.turns.flatMap((turn) => [...turn.tool_calls, ...turn.dropped_calls])
          expect(new Set(ended).size).toBe(ended.length)
          expect(records.map(({ id }) => id).sort()).toEqual([...ended].sort())
          expect(records.every(({ status }) => status !== null)).toBe(true)
          expect(transcriptSchema.parse(transcript)).toEqual(transcript)
          for (const [index, message] of transcript.messages.entries()) {
            const asked = message.content.filter(isToolUseBlock).map(({ id }) => id)
            const answer = transcript.messages[index + 1]
            if (asked.length > 0 && answer !== undefined) {
              expect(answer.content.flatMap((block) => ('tool_use_id' in block ? [block.tool_use_id] : []))).toEqual(
                asked,
              )
            }
          }
          // An aborted run may have written results down that it then did not send.
          if (transcript.status === 'interrupted') return
          const last = requests.at(-1)?.messages ?? []
          expect(transcript.messages.slice(0, last.length)).toEqual(last)
        },
      ),
      { numRuns: process.env['FULL'] === '1' ? 50_000 : 1_000 },
    )
  }, 300_000)
})
