import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/contract/clock.ts'
import type { RunPolicies } from '../../src/contract/config.ts'
import { AgentError } from '../../src/contract/error.ts'
import type { AgentEvent, EventBody } from '../../src/contract/event.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import { isToolUseBlock, NO_USAGE } from '../../src/contract/message.ts'
import type { AnswerForm, Model } from '../../src/contract/model.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import type { Effect, Tool } from '../../src/contract/tool.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { openTranscriptFold } from '../../src/contract/transcript-fold.ts'
import { Slots } from '../../src/policies/slots.ts'
import { openBus } from '../../src/run/bus.ts'
import { aborted } from '../../src/run/limits.ts'
import { questionMessage } from '../../src/run/question.ts'
import { restoreRun } from '../../src/run/restored-run.ts'
import { run } from '../../src/run/run.ts'
import type { Unknown } from '../../src/run/taken-up.ts'
import { unknownCalls } from '../../src/run/taken-up.ts'
import { Scheduler } from '../../src/schedule/scheduler.ts'
import { answerForm } from '../../src/schema/answer-form.ts'
import { openPuppet } from '../rig/puppet-tool.ts'
import { validateMessages } from '../rig/validate-messages.ts'
import { fault, text, toolUse } from './rig.ts'

/** What the model says after so many messages of its own. */
type Scenario = {
  says: ContentBlock[][]
  stops?: string[]
  policies?: Partial<RunPolicies>
  answer?: AnswerForm
  exitCode?: number
  /** The first message of a process breaks once its calls are there. */
  falters?: boolean
  /** A signal ends the run when so many records are there. */
  stopsAt?: number
}

const NUMBER = answerForm({ type: 'object', properties: { n: { type: 'number' } }, required: ['n'] })

const SCENARIOS: Record<string, Scenario> = {
  'reads, writes and idempotent calls over three turns': {
    says: [
      [text('Let me see.'), toolUse('r1', 'look'), toolUse('w1', 'change'), toolUse('i1', 'put')],
      [toolUse('w2', 'change'), toolUse('r2', 'look'), toolUse('r3', 'look'), toolUse('x', 'nobody')],
      [text('All done.')],
    ],
  },
  'a read that ends while its message still streams': {
    says: [[toolUse('r1', 'look'), text('One moment.'), toolUse('w1', 'change')], [text('All done.')]],
  },
  'an early answer, with a result that comes late': {
    says: [
      [toolUse('s1', 'slow'), toolUse('r1', 'look')],
      [toolUse('w1', 'change')],
      [text('All done.')],
      [text('All done.')],
    ],
    policies: { earlyResultsMs: 1 },
  },
  'a message that pauses, and one that says nothing': {
    says: [[text('First, ')], [text('second.'), toolUse('w1', 'change')], [], [text('All done.')]],
    stops: ['pause_turn'],
  },
  'an answer that does not fit its schema, and one that does': {
    says: [[text('It is one.')], [toolUse('w1', 'change')], [text('{"n":1}')]],
    answer: NUMBER,
  },
  'two answers that do not fit their schema': {
    says: [[toolUse('w1', 'change')], [text('It is one.')], [text('{"n":"one"}')]],
    answer: NUMBER,
    exitCode: 7,
  },
}

const POLICIES: RunPolicies = {
  onError: 'collect',
  earlyResultsMs: null,
  answerByMs: null,
  optionalGraceMs: 250,
  maxTotalTokens: null,
  maxCostUsd: null,
}

/** What outlives a process: how often each call has done its work, which tools have, and the journal. */
type World = { done: Map<string, number>; tools: string[]; journal: AgentEvent[]; redacted?: ReadonlySet<number> }

/**
 * Runs or resumes until the end, or until so many records are there: then nothing of the process does
 * anything any more.
 * @returns null where it died
 */
function live(scenario: Scenario, world: World, diesAt: number, unknown: Unknown = 'skip'): Promise<Transcript | null> {
  return new Promise((resolve, reject) => {
    let dead = false
    const past = [...world.journal]
    const restored = past.length === 0 ? null : restoreRun(past, world.redacted)
    const origin = systemClock(0).now() - (restored?.atMs ?? 0)
    const clock = systemClock(origin)
    const controller = new AbortController()
    const report = (event: AgentEvent) => {
      if (dead) return
      if (world.journal.length === diesAt) {
        dead = true
        resolve(null)
        return
      }
      world.journal.push(structuredClone(event))
      if (world.journal.length === scenario.stopsAt)
        controller.abort(new AgentError('interrupted', 'interrupted by SIGTERM', { exit: 'sigterm' }))
    }
    const bus = openBus([{ report, close: async () => {} }], clock, {
      past,
      ...(restored !== null && { reopened: restored.reopened }),
    })
    const emit = (event: EventBody) => {
      if (!dead) bus.emit(event)
    }
    const tools = new Map(
      (['look:read', 'change:write', 'put:idempotent', 'slow:read'] as const).map((spec) => {
        const [name = '', effect] = spec.split(':')
        return [name, worker(name, effect as Effect, world, () => dead)]
      }),
    )
    const scheduler = new Scheduler({
      runId: 'run',
      clock,
      slots: new Slots({ run: 64, kinds: { loop: 64, thread: 64, command: 64, mcp: 64 } }),
      emit,
      explainMissing: () => 'none',
      permission: () => ({ type: 'allowed' }),
      onError: 'collect',
    })
    const question = { text: 'question', context: null, attachments: [] }
    run(
      {
        model: modelOf(scenario, () => dead),
        scheduler,
        findTool: (name) => tools.get(name),
        emit,
        clock,
        callIds: new Set(restored?.callIds),
        keep: async (end) => end,
      },
      {
        runId: 'run',
        version: '0',
        question: question.text,
        messages: [questionMessage(question)],
        system: 'system',
        tools: [],
        maxTokens: 1_000,
        effort: null,
        maxTurns: 25,
        timeoutMs: null,
        policies: { ...POLICIES, ...scenario.policies },
        cache: false,
        failOnToolError: false,
        answer: scenario.answer ?? null,
        resumed: restored === null ? null : { restored, unknown },
      },
      controller.signal,
    ).then(async () => {
      if (!dead) resolve(await bus.close())
    }, reject)
  })
}

function worker(name: string, effect: Effect, world: World, isDead: () => boolean): Tool {
  return {
    ...openPuppet({ name, effect }),
    run: async (_, context) => {
      context.started()
      await new Promise((resolve) => setTimeout(resolve, name === 'slow' ? 8 : 0))
      if (isDead() || (effect !== 'write' && context.signal.aborted)) return await new Promise(() => {})
      world.done.set(context.callId, (world.done.get(context.callId) ?? 0) + 1)
      world.tools.push(name)
      return { status: 'ok', output: `${name} is done`, output_bytes: 10, truncated: false }
    },
  }
}

function modelOf({ says, stops = [], falters = false }: Scenario, isDead: () => boolean): Model {
  let asked = 0
  return {
    name: 'scripted',
    maxOutputTokens: 64_000,
    ask: async ({ messages }, onPart) => {
      validateMessages(messages, { hasTools: true, paused: stops.length > 0 })
      // Empty messages are not sent back, and the nudge stands for them.
      const told = JSON.stringify(messages)
      const said = messages.filter(({ role }) => role === 'assistant').length + (told.includes('was empty') ? 1 : 0)
      const content = says[said] ?? []
      await new Promise((resolve) => setImmediate(resolve))
      onPart({ type: 'first_token' })
      for (const block of content) {
        if (isDead()) return await new Promise(() => {})
        if (isToolUseBlock(block)) {
          onPart({ type: 'call_ready', call: { id: block.id, name: block.name, input: block.input } })
          await new Promise((resolve) => setImmediate(resolve))
        } else await new Promise((resolve) => setTimeout(resolve, 2))
      }
      asked += 1
      if (falters && asked === 1) return fault({ retryAfterMs: 0 })
      const stop_reason = stops[said] ?? (content.some(isToolUseBlock) ? 'tool_use' : 'end_turn')
      const usage = { ...NO_USAGE, input_tokens: 10, output_tokens: 1 }
      if (isDead()) return await new Promise(() => {})
      return { type: 'message', message: { id: 'm', model: 'scripted', content, stop_reason, usage, raw_inputs: {} } }
    },
    preview: () => ({}),
    close: async () => {},
  }
}

const newWorld = (): World => ({ done: new Map(), tools: [], journal: [] })

function checkEnd(world: World, calm: Transcript, transcript: Transcript | null, { exitCode = 0 }: Scenario): void {
  const { answer, structured, error, status } = calm
  expect(transcript).toMatchObject({ status, answer, structured, error, exit_code: exitCode })
  const calls = (transcript?.turns ?? []).flatMap(({ tool_calls }) => tool_calls)
  expect(calls.map(({ tool }) => tool)).toEqual(
    calm.turns.flatMap(({ tool_calls }) => tool_calls).map(({ tool }) => tool),
  )
  for (const { id, effect, status } of calls) {
    const times = world.done.get(id) ?? 0
    if (effect === 'write') expect([id, times]).toEqual([id, status === 'interrupted' ? expect.any(Number) : 1])
    expect([id, times <= (effect === 'write' ? 1 : 9)]).toEqual([id, true])
  }
  // What a signal has given up goes on, and ends once more.
  const ended = world.journal.flatMap((event) =>
    event.type === 'call_end' && !['canceled', 'not_started'].includes(event.outcome.status) ? [event.call_id] : [],
  )
  expect(new Set(ended).size).toBe(ended.length)
  expect(world.journal.map(({ seq }) => seq)).toEqual(world.journal.map((_, index) => index))
  // The transcript of a resumed run is the fold of its journal, like any other.
  const fold = openTranscriptFold()
  for (const event of world.journal) fold.add(event)
  expect(fold.transcript()).toEqual(transcript)
}

/** Of each call that has ended well, under whatever id it did. */
function completedTools(journal: readonly AgentEvent[]): string[] {
  const names = new Map(journal.flatMap((event) => (event.type === 'call_ready' ? [[event.call_id, event.tool]] : [])))
  return journal.flatMap((event) =>
    event.type === 'call_end' && event.outcome.status === 'ok' ? [names.get(event.call_id) ?? ''] : [],
  )
}

function countOf(names: readonly string[], name: string): number {
  return names.filter((one) => one === name).length
}

/** The attempts of each turn that broke off. */
function brokenOff(journal: readonly AgentEvent[]): { turn: number; attempts: number[] }[] {
  const retries = journal.filter((event) => event.type === 'turn_retry')
  return [...new Set(retries.map(({ turn }) => turn))].map((turn) => ({
    turn,
    attempts: retries.filter((retry) => retry.turn === turn).map(({ attempt }) => attempt),
  }))
}

/** Without a crash. */
async function calmLife(scenario: Scenario): Promise<{ world: World; transcript: Transcript }> {
  const world = newWorld()
  const transcript = await live(scenario, world, Number.POSITIVE_INFINITY)
  if (transcript === null) throw new Error('it has died')
  return { world, transcript }
}

/** Goes on to the end, which is that of the calm life; no tool does more than there was left to do. */
async function checkRest(
  scenario: Scenario,
  world: World,
  calm: { world: World; transcript: Transcript },
): Promise<Transcript | null> {
  const completed = completedTools(world.journal)
  world.tools.length = 0
  const transcript = await live(scenario, world, Number.POSITIVE_INFINITY)
  checkEnd(world, calm.transcript, transcript, scenario)
  for (const tool of new Set(calm.world.tools)) {
    const left = countOf(calm.world.tools, tool) - countOf(completed, tool)
    expect([tool, countOf(world.tools, tool) <= left]).toEqual([tool, true])
  }
  return transcript
}

/** Of all turns: a result that is late or not makes one more of them or one less. */
function statusesOf(transcript: Transcript | null) {
  return transcript?.turns.flatMap(({ tool_calls }) => tool_calls.map(({ tool, status }) => [tool, status]))
}

describe.each(Object.entries(SCENARIOS))('a run with %s', (_, scenario) => {
  it('goes on after a crash behind any of its records, and a completed call never runs again', async () => {
    const calm = await calmLife(scenario)
    for (let diesAt = 1; diesAt < calm.world.journal.length; diesAt += 1) {
      const world = newWorld()
      if ((await live(scenario, world, diesAt)) !== null) continue
      const completed = world.journal.flatMap((event) =>
        event.type === 'call_end' && event.outcome.status === 'ok' ? [event.call_id] : [],
      )
      checkEnd(world, calm.transcript, await live(scenario, world, Number.POSITIVE_INFINITY), scenario)
      for (const id of completed) expect([id, world.done.get(id)]).toEqual([id, 1])
    }
  })

  it('runs no completed call again where the first message after the crash breaks as well', async () => {
    const calm = await calmLife(scenario)
    for (let diesAt = 1; diesAt < calm.world.journal.length; diesAt += 1) {
      const world = newWorld()
      if ((await live(scenario, world, diesAt)) !== null) continue
      await checkRest({ ...scenario, falters: true }, world, calm)
      for (const { attempts } of brokenOff(world.journal))
        expect(attempts).toEqual(attempts.map((_, index) => index + 1))
    }
  })

  it('goes on after a signal behind any of its records, as if there had been none', async () => {
    const calm = await calmLife(scenario)
    for (let stopsAt = 1; stopsAt < calm.world.journal.length; stopsAt += 1) {
      const world = newWorld()
      const stopped = await live({ ...scenario, stopsAt }, world, Number.POSITIVE_INFINITY)
      if (stopped?.status !== 'interrupted') continue
      const whole = await checkRest(scenario, world, calm)
      expect(statusesOf(whole)).toEqual(statusesOf(calm.transcript))
    }
  })

  it('goes on after two crashes, the second one while it was resumed', async () => {
    const calm = await calmLife(scenario)
    const all = calm.world.journal.length
    for (let first = 2; first < all; first += 3) {
      for (let second = first + 1; second < first + 6; second += 2) {
        const world = newWorld()
        if ((await live(scenario, world, first)) !== null) continue
        const again = await live(scenario, world, second)
        checkEnd(world, calm.transcript, again ?? (await live(scenario, world, Number.POSITIVE_INFINITY)), scenario)
      }
    }
  })
})

describe('a write that may have happened', () => {
  const scenario: Scenario = { says: [[toolUse('w1', 'change')], [text('All done.')]] }

  /** A journal that ends when the write has been handed to its source. */
  async function cutInWrite(): Promise<World> {
    const calm = newWorld()
    await live(scenario, calm, Number.POSITIVE_INFINITY)
    const at = calm.journal.findIndex(({ type }) => type === 'call_admitted')
    return { ...newWorld(), journal: calm.journal.slice(0, at + 1) }
  }

  it('is named, and nothing else is', async () => {
    const { journal } = await cutInWrite()
    expect(unknownCalls(restoreRun(journal))).toMatchObject([{ id: 'w1', name: 'change' }])
    expect(unknownCalls(restoreRun(journal.slice(0, -1)))).toEqual([])
  })

  it('is answered as interrupted, run again, or ends the run: as the user says', async () => {
    const skipped = await cutInWrite()
    expect(await live(scenario, skipped, Number.POSITIVE_INFINITY, 'skip')).toMatchObject({
      status: 'completed',
      turns: [{ tool_calls: [{ status: 'interrupted' }] }, {}],
    })
    expect(skipped.done.size).toBe(0)
    const again = await cutInWrite()
    expect(await live(scenario, again, Number.POSITIVE_INFINITY, 'retry')).toMatchObject({
      status: 'completed',
      turns: [{ tool_calls: [{ status: 'ok' }] }, {}],
    })
    expect(again.done.get('w1')).toBe(1)
    const failed = await cutInWrite()
    expect(await live(scenario, failed, Number.POSITIVE_INFINITY, 'fail')).toMatchObject({
      status: 'failed',
      exit_code: 9,
      error: { code: 'unknown_outcome', message: expect.stringContaining('change (w1)') },
      turns: [{ tool_calls: [{ status: 'interrupted' }] }],
    })
    expect(failed.done.size).toBe(0)
  })

  it('is named as well where it was given up, and is then told as that', async () => {
    const world = await cutInWrite()
    const outcome: Outcome = { status: 'canceled', error: { code: 'interrupted', message: 'interrupted by SIGTERM' } }
    const end = aborted(new AgentError('interrupted', 'interrupted by SIGTERM', { exit: 'sigterm' }))
    const stamp = () => ({ seq: world.journal.length, at_ms: world.journal.at(-1)?.at_ms ?? 0 })
    world.journal.push({ type: 'call_end', ...stamp(), turn: 1, call_id: 'w1', outcome })
    world.journal.push({ type: 'run_end', ...stamp(), ...end })
    expect(unknownCalls(restoreRun(world.journal))).toMatchObject([{ id: 'w1' }])
    const turns = [{ tool_calls: [{ status: 'canceled' }] }, {}]
    expect(await live(scenario, world, Number.POSITIVE_INFINITY, 'retry')).toMatchObject({ status: 'completed', turns })
    expect(world.done.size).toBe(0)
  })

  it('is not run again where its input was redacted', async () => {
    const world = await cutInWrite()
    const ready = world.journal.flatMap(({ type, seq }) => (type === 'call_ready' ? [seq] : []))
    world.redacted = new Set(ready)
    const transcript = await live(scenario, world, Number.POSITIVE_INFINITY, 'retry')
    expect(transcript).toMatchObject({ turns: [{ tool_calls: [{ status: 'interrupted' }] }, {}] })
    expect(world.done.size).toBe(0)
  })
})
