/** Tools of a recording: which attempt answers which call, when it ends, and what stops the run. */
import { describe, expect, it } from 'vitest'
import { openReplayOrder } from '../../src/cassette/replay-order.ts'
import type { ReplayedToolsDeps } from '../../src/cassette/replayed-tools.ts'
import { openReplayedTools } from '../../src/cassette/replayed-tools.ts'
import type { RecordedCall } from '../../src/contract/cassette.ts'
import type { AgentError } from '../../src/contract/error.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import { openRedactor } from '../../src/contract/redact.ts'
import type { AttemptContext, Tool } from '../../src/contract/tool.ts'
import { attemptEnd } from '../rig/attempt-end.ts'
import { openFakeClock } from '../rig/fake-clock.ts'

const tool: Tool = {
  ...{ name: 'look', description: 'Looks.', input_schema: { type: 'object' }, effect: 'read', keywords: [] },
  ...{ source: 'module', destructive: false, policy: {}, slotKind: 'loop' },
  run: () => Promise.reject(new Error('the tool itself ran')),
}

function ok(output: string): Outcome {
  return { status: 'ok', output, output_bytes: output.length, truncated: false }
}

function recorded(change: Partial<RecordedCall>): RecordedCall {
  return {
    ...{ tool: 'look', call_id: 'toolu_1', attempt: 1, input: {}, at_ms: 0 },
    ...{ started_after_ms: 10, ended_after_ms: 100, outcome: ok('seen') },
    ...change,
  }
}

function rig(calls: RecordedCall[], change: Partial<ReplayedToolsDeps> = {}) {
  const clock = openFakeClock()
  const stopped: AgentError[] = []
  const order = openReplayOrder([])
  const redact = openRedactor({ credentials: [], secrets: ['hunter2hunter2'] })
  const deps = { clock, speed: 0, redact, order, stop: (error: AgentError) => stopped.push(error), ...change }
  const replayed = openReplayedTools(calls, deps)(tool)
  const controller = new AbortController()
  const run = (input: JsonObject = {}, callId = 'toolu_1', attempt = 1) => {
    const told = { outcome: null as Outcome | null, startedAt: null as number | null, endedAt: null as number | null }
    const context: AttemptContext = Object.assign(attemptEnd(controller.signal), {
      ...{ callId, attempt, idempotencyKey: `run/${callId}` },
      started: () => {
        told.startedAt = clock.now()
      },
      ...{ held: () => {}, startedAnew: () => {}, progress: () => {} },
    })
    void replayed.run(input, context).then((outcome) => {
      told.outcome = outcome
      told.endedAt = clock.now()
    })
    return told
  }
  return { clock, stopped, run, replayed, abort: () => controller.abort() }
}

describe('a tool of a recording', () => {
  it('declares what the tool declares', () => {
    const { replayed } = rig([])
    expect(replayed).toMatchObject({ name: 'look', effect: 'read', source: 'module', slotKind: 'loop' })
  })

  it.each([
    [0, 0, 0],
    [1, 10, 100],
    [4, 2.5, 25],
  ])('starts and ends at speed %d as it did', async (speed, startedAt, endedAt) => {
    const { run, clock } = rig([recorded({})], { speed })
    const told = run()
    await clock.advance(1_000)
    expect(told).toEqual({ outcome: ok('seen'), startedAt, endedAt })
  })

  it('has started when the call returns, where nothing is waited for', () => {
    expect(rig([recorded({})]).run().startedAt).toBe(0)
  })

  it('never starts where it never did', async () => {
    const { run, clock } = rig([recorded({ started_after_ms: null, outcome: failure('invalid_input', 'a', 'b') })])
    const told = run()
    await clock.settle()
    expect([told.startedAt, told.outcome?.status]).toEqual([null, 'invalid_input'])
  })

  it('tells repeats apart by call and attempt, and else takes them in their order', async () => {
    const { run, clock, stopped } = rig([
      recorded({ call_id: 'toolu_1', outcome: failure('failed', 'x', 'first') }),
      recorded({ call_id: 'toolu_2', outcome: ok('of two') }),
      recorded({ call_id: 'toolu_1', attempt: 2, outcome: ok('again') }),
      recorded({ call_id: 'toolu_3', outcome: ok('of three') }),
    ])
    const told = [run({}, 'toolu_3'), run({}, 'toolu_1', 2), run({}, 'toolu_9'), run({}, 'toolu_8')]
    await clock.settle()
    expect(told.map(({ outcome }) => outcome)).toEqual([
      ok('of three'),
      ok('again'),
      failure('failed', 'x', 'first'),
      ok('of two'),
    ])
    expect(stopped).toEqual([])
  })

  it('knows an input by what it says, whatever the order of its keys, and without its secrets', async () => {
    const { run, clock } = rig([recorded({ input: { a: 1, b: '[redacted]' } })])
    const told = run({ b: 'hunter2hunter2', a: 1 })
    await clock.settle()
    expect(told.outcome).toEqual(ok('seen'))
  })

  it('stops the run for a call that was not recorded, or once more than it was', async () => {
    const { run, clock, stopped } = rig([recorded({})])
    const other = run({ place: 'hunter2hunter2' })
    await clock.settle()
    expect([other.outcome?.status, stopped[0]?.message, stopped[0]?.exitCode]).toEqual([
      'canceled',
      'this call was not recorded: look {"place":"[redacted]"}',
      5,
    ])
    run()
    run()
    await clock.settle()
    expect(stopped[1]?.message).toBe('this call was not recorded: look {}')
  })

  it('ends when its signal says so', async () => {
    const { run, clock, abort } = rig([recorded({})], { speed: 1 })
    const told = run()
    await clock.advance(50)
    abort()
    await clock.settle()
    expect([told.outcome?.status, told.endedAt]).toEqual(['canceled', 50])
  })

  it('waits to be canceled where it was, and stops the run where nobody does', async () => {
    const canceled = rig([recorded({ outcome: null })])
    const told = canceled.run()
    await canceled.clock.advance(5_099)
    expect(told.outcome).toBeNull()
    canceled.abort()
    await canceled.clock.settle()
    expect([told.outcome?.status, canceled.stopped]).toEqual(['canceled', []])
    const left = rig([recorded({ outcome: null })])
    left.run()
    await left.clock.advance(5_101)
    expect(left.stopped[0]?.message).toBe('the recording ends before the call of look had ended')
  })

  it('does not end before the request that went out first, and hardly later than it did where none goes out', async () => {
    const exchanges = [
      { at_ms: 0, ended_after_ms: 20 },
      { at_ms: 60, ended_after_ms: 20 },
    ]
    const order = openReplayOrder(exchanges)
    const call = recorded({ at_ms: 10, ended_after_ms: 60 })
    const { run, clock } = rig([call, call], { order })
    order.replied(0)
    const told = run()
    await clock.settle()
    expect(told.outcome).toBeNull()
    order.requested(1)
    await clock.settle()
    expect(told.outcome).toEqual(ok('seen'))
    const late = rig([call], { order: openReplayOrder(exchanges) })
    const alone = late.run()
    await late.clock.advance(2_000)
    expect(alone).toMatchObject({ outcome: ok('seen'), endedAt: 1_060 })
  })
})
