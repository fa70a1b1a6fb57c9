import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { AgentError } from '../../src/contract/error.ts'
import type { AgentEvent, EventOf } from '../../src/contract/event.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { Priority, Tool } from '../../src/contract/tool.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import type { FakeClock } from '../rig/fake-clock.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { validateMessages } from '../rig/validate-messages.ts'
import type { Scripted } from './rig.ts'
import { fault, runScript, says, text, toolUse } from './rig.ts'

const fine: Outcome = { status: 'ok', output: 'fine', output_bytes: 4, truncated: false }
const withImage: Outcome = {
  ...fine,
  content: [
    { type: 'text', text: 'a picture' },
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
  ],
}
const EFFECTS = ['read', 'idempotent', 'write'] as const
const PRIORITIES = ['normal', 'normal', 'normal', 'optional', 'critical'] as const

/** Its calls say how long they take and how they end; they ignore their signal. */
function tools(clock: FakeClock): Tool[] {
  const run: Tool['run'] = ({ takesMs, fails }, context) => {
    context.started()
    const outcome = fails === 'yes' ? failure('failed', 'x', 'broken') : fails === 'image' ? withImage : fine
    return new Promise((resolve) => clock.timer(Number(takesMs), () => resolve(outcome)))
  }
  return EFFECTS.flatMap((effect) =>
    [...new Set<Priority>(PRIORITIES)].map((priority) => ({
      ...openPuppet({ name: `${effect}_${priority}`, effect, policy: { priority } }),
      run,
    })),
  )
}

const call = fc.record({
  effect: fc.constantFrom(...EFFECTS),
  priority: fc.constantFrom(...PRIORITIES),
  takesMs: fc.constantFrom(0, 0, 10, 100, 700, 2_500, 9_000, 100_000),
  fails: fc.constantFrom('no', 'no', 'no', 'no', 'image', 'yes'),
})

const step = fc.record({
  says: fc.constantFrom('calls', 'calls', 'calls', 'calls', 'text', 'empty', 'fault', 'pause', 'unreadable', 'cut'),
  calls: fc.array(call, { minLength: 1, maxLength: 4 }),
  takesMs: fc.constantFrom(0, 50, 800, 4_000),
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** The model takes its time between its first part and its end. */
function scripted(clock: FakeClock, seed: Step, index: number): Scripted {
  const blocks = seed.calls.map(({ effect, priority, takesMs, fails }, at) =>
    toolUse(`toolu_${index}_${at}`, `${effect}_${priority}`, { takesMs, fails }),
  )
  const whole = messageOf(seed, blocks)
  return async (stream) => {
    const reply = await whole(stream)
    await new Promise<void>((resolve) => {
      clock.timer(seed.takesMs, resolve)
      stream.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    return reply
  }
}

function messageOf({ says: what }: Step, blocks: ContentBlock[]): Scripted {
  switch (what) {
    case 'text':
      return says([text('That is all.')])
    case 'empty':
      return says([])
    case 'fault':
      return async (stream) => {
        await says(blocks)(stream)
        return fault()
      }
    case 'pause':
      return says([text('Hm. ')], { stop_reason: 'pause_turn' })
    case 'unreadable':
      return says([text('{"tool"')], { stop_reason: 'unreadable_calls', unreadable: 'cut' })
    case 'cut':
      return says(blocks, { stop_reason: 'max_tokens' })
    default:
      return says([text('I look.'), ...blocks])
  }
}

const policies = fc.record({
  earlyResultsMs: fc.option(fc.constantFrom(0, 300, 2_000), { freq: 3 }),
  answerByMs: fc.option(fc.constantFrom(0, 400, 3_000, 12_000), { freq: 2 }),
  optionalGraceMs: fc.constantFrom(0, 250, 5_000),
  maxTotalTokens: fc.option(fc.constantFrom(1, 30, 60), { freq: 1 }),
})

function ofType<T extends AgentEvent['type']>(events: readonly AgentEvent[], type: T): EventOf<T>[] {
  // narrows by the very type that was asked for
  return events.filter((event) => event.type === type) as EventOf<T>[]
}

it('every call ends once and is answered once, late results come once, and nothing starts after the end, under any policies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 6 }),
      policies,
      fc.record({
        concurrency: fc.constantFrom(1, 3, 64),
        onError: fc.constantFrom('collect', 'collect', 'no-new', 'fail-fast'),
        maxTurns: fc.constantFrom(2, 25),
        timeoutMs: fc.option(fc.constantFrom(500, 15_000), { freq: 1 }),
        abortAt: fc.option(fc.nat(60), { freq: 1 }),
      }),
      async (steps, runPolicies, { concurrency, onError, maxTurns, timeoutMs, abortAt }) => {
        const clock = openFakeClock()
        const controller = new AbortController()
        let isOver = false
        const ran = runScript({
          clock,
          concurrency,
          onError,
          policies: runPolicies,
          tools: tools(clock),
          signal: controller.signal,
          options: { maxTurns, timeoutMs },
          script: [
            ...steps.map((seed, index) => scripted(clock, seed, index)),
            ...Array.from({ length: 20 }, () => says([text('Done.')])),
          ],
          onEvent: ({ seq }) => {
            if (seq === abortAt) controller.abort(new AgentError('interrupted', 'stop', { exit: 'sigint' }))
          },
        }).finally(() => {
          isOver = true
        })
        while (!isOver) if (!(await clock.advanceToNext())) await clock.settle()
        const { transcript, events, requests } = await ran
        expectSound(events)
        const paused = steps.some((one) => one.says === 'pause')
        for (const { messages } of requests) validateMessages(messages, { hasTools: true, paused })
        // The last request is one message; it may have to be sent again.
        const firstLast = requests.findIndex(({ toolChoice }) => toolChoice === 'none')
        if (firstLast !== -1)
          expect(requests.slice(firstLast).every(({ toolChoice }) => toolChoice === 'none')).toBe(true)
        expect(transcriptSchema.parse(transcript)).toEqual(transcript)
        const ended = [...transcript.turns.flatMap((turn) => [...turn.tool_calls, ...turn.dropped_calls])]
        expect(ended.every(({ status }) => status !== null)).toBe(true)
        const sent = requests.at(-1)?.messages ?? []
        // A message that has nothing to send back leaves the last user message open: a note may have joined it since.
        for (const [at, { role, content }] of sent.entries()) {
          expect(transcript.messages[at]?.role).toBe(role)
          expect(transcript.messages[at]?.content.slice(0, content.length)).toEqual(content)
        }
        if (transcript.status === 'completed') expect(owed(events)).toEqual([])
      },
    ),
    { numRuns: process.env['FULL'] === '1' ? 20_000 : 600 },
  )
}, 300_000)

/** Pending calls whose result was not told. */
function owed(events: readonly AgentEvent[]): string[] {
  const told = ofType(events, 'results').flatMap(({ late_ids }) => late_ids)
  return ofType(events, 'call_pending').flatMap(({ call_id }) => (told.includes(call_id) ? [] : [call_id]))
}

function expectSound(events: readonly AgentEvent[]): void {
  expect(ofType(events, 'run_end')).toHaveLength(1)
  expect(events.at(-1)?.type).toBe('run_end')
  const begun = ofType(events, 'call_ready').filter(({ takes_over }) => takes_over === null)
  expect(ofType(events, 'call_end')).toHaveLength(begun.length)
  const results = ofType(events, 'results')
  const late = results.flatMap(({ late_ids }) => late_ids)
  expect(new Set(late).size).toBe(late.length)
  const pending = ofType(events, 'call_pending').map(({ call_id }) => call_id)
  expect(results.flatMap(({ pending_ids }) => pending_ids)).toEqual(pending)
  expect(late.every((id) => pending.includes(id))).toBe(true)
  // Nothing starts once the time to answer, or the run, is over.
  const over = events.findIndex((event) => event.type === 'limit' && event.limit !== 'retry_budget')
  if (over !== -1) expect(ofType(events.slice(over), 'call_start')).toEqual([])
  for (const { call_id } of ofType(events, 'call_pending')) {
    const at = events.findIndex((event) => event.type === 'call_pending' && event.call_id === call_id)
    const end = events.findIndex((event) => event.type === 'call_end' && event.call_id === call_id)
    expect(end).toBeGreaterThan(at)
  }
}
