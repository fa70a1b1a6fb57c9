import { describe, expect, it } from 'vitest'
import { AgentError } from '../../src/contract/error.ts'
import type { AgentEvent, EventBody } from '../../src/contract/event.ts'
import type { Journal } from '../../src/contract/journal.ts'
import { openTranscriptFold } from '../../src/contract/transcript-fold.ts'
import { openBus } from '../../src/run/bus.ts'
import { completed } from '../../src/run/limits.ts'
import { openFakeClock } from '../rig/fake-clock.ts'

const ready = (call_id: string, takes_over: string | null = null): EventBody => ({
  type: 'call_ready',
  turn: 1,
  call_id,
  tool: 'look',
  source: 'module',
  effect: 'read',
  priority: 'normal',
  input: {},
  raw_input: null,
  takes_over,
})
const limit: EventBody = { type: 'limit', limit: 'x', message: 'x' }
const runEnd: EventBody = { type: 'run_end', ...completed('done') }
const fullDisk = new AgentError('journal-unwritable', 'the disk is full', { exit: 'output' })
const stamped = (bodies: EventBody[]) => bodies.map((body, seq) => ({ seq, at_ms: seq, ...body }) as AgentEvent) // whole by the stamp

function journal(append: (event: AgentEvent) => void, flush = () => {}): Journal {
  return { path: 'journal', append, flush, close: () => {} }
}

describe('the bus', () => {
  it('gives every event to the journal before anybody else', () => {
    const told: string[] = []
    const bus = openBus(
      [{ report: ({ type }) => told.push(`reporter ${type}`), close: async () => {} }],
      openFakeClock(),
      { journal: journal(({ type }) => told.push(`journal ${type}`)) },
    )
    bus.emit(limit)
    expect(told).toEqual(['journal limit', 'reporter limit'])
  })

  it('tells once that the journal is broken, writes no more, and goes on telling the others', () => {
    let appended = 0
    const broken: unknown[] = []
    const events: number[] = []
    const append = () => {
      appended += 1
      throw fullDisk
    }
    const bus = openBus([{ report: ({ seq }) => events.push(seq), close: async () => {} }], openFakeClock(), {
      journal: journal(append),
      onBroken: (error) => broken.push(error),
    })
    for (let count = 0; count < 3; count += 1) bus.emit(limit)
    expect([appended, broken.length, events]).toEqual([1, 1, [0, 1, 2]])
  })

  it('tells all reporters of an event before any of one that it has brought about', () => {
    const told: string[] = []
    const reporter = (name: string, heard: (event: AgentEvent) => void = () => {}) => ({
      report: (event: AgentEvent) => {
        told.push(`${name} ${event.seq} ${event.type}`)
        heard(event)
      },
      close: async () => {},
    })
    const kept: string[] = []
    let keptMeanwhile: string[] = []
    const first = reporter('first', ({ type }) => {
      if (type !== 'call_ready') return
      bus.emit(limit)
      keptMeanwhile = [...kept]
    })
    const bus = openBus([first, reporter('second')], openFakeClock(), {
      journal: journal(({ type }) => kept.push(type)),
    })
    bus.emit(ready('a'))
    expect(told).toEqual(['first 0 call_ready', 'second 0 call_ready', 'first 1 limit', 'second 1 limit'])
    // What it has brought about is kept by the time that it goes on.
    expect(keptMeanwhile).toEqual(['call_ready', 'limit'])
  })

  it('has told of the event whose record broke the journal when it says that it is broken', () => {
    const told: string[] = []
    const outcome = { status: 'ok' as const, output: 'seen', output_bytes: 4, truncated: false }
    const full = () => {
      throw fullDisk
    }
    const bus = openBus([{ report: ({ type }) => told.push(type), close: async () => {} }], openFakeClock(), {
      past: stamped([{ type: 'turn_start', turn: 1 }]),
      journal: journal(full),
      onBroken: () => bus.emit({ type: 'call_end', turn: 1, call_id: 'a', outcome }),
    })
    bus.emit(ready('a'))
    expect(told).toEqual(['call_ready', 'call_end'])
    expect(bus.transcript().turns[0]?.tool_calls).toMatchObject([{ id: 'a', status: 'ok', output: 'seen' }])
  })

  it('has the transcript ready at any time, also of a message that streams', () => {
    const bus = openBus([], openFakeClock())
    const calls = () => bus.transcript().turns[0]?.tool_calls.map(({ id, status }) => [id, status])
    const usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }
    const message = { id: 'm', model: 'm', content: [], stop_reason: 'tool_use', usage, raw_inputs: {} }
    const end: EventBody = {
      type: 'call_end',
      turn: 1,
      call_id: 'a',
      outcome: { status: 'ok', output: null, output_bytes: 4, truncated: false },
    }
    bus.emit({ type: 'turn_start', turn: 1 })
    bus.emit(ready('a'))
    expect(calls()).toEqual([['a', null]])
    bus.emit(ready('b'))
    bus.emit(end)
    bus.emit({ type: 'message_end', turn: 1, message, first_token_ms: null })
    expect(calls()).toEqual([
      ['a', 'ok'],
      ['b', null],
    ])
    bus.emit({ ...end, call_id: 'b' })
    expect(calls()?.at(-1)).toEqual(['b', 'ok'])
  })

  it('folds what it holds back while a message streams before it is too much', () => {
    let added = 0
    const fold = openTranscriptFold()
    const add = (event: AgentEvent) => {
      added += 1
      fold.add(event)
    }
    const bus = openBus([], openFakeClock(), { fold: { ...fold, add } })
    bus.emit({ type: 'turn_start', turn: 1 })
    for (let call = 0; call < 10_000; call += 1) bus.emit(ready(String(call)))
    expect(added).toBeGreaterThan(8_000)
    expect(bus.transcript().turns[0]?.tool_calls).toHaveLength(10_000)
    expect(added).toBe(10_001)
  })

  it('has the journal written once a turn of the event loop, and before the end is told', async () => {
    const told: string[] = []
    const bus = openBus([], openFakeClock(), {
      journal: journal(
        () => told.push('event'),
        () => told.push('written'),
      ),
    })
    bus.emit(limit)
    await Promise.resolve() // what follows from an event by promises is of the same tick
    bus.emit(limit)
    await new Promise(setImmediate)
    expect(told).toEqual(['event', 'event', 'written'])
    bus.emit(limit)
    bus.emit(runEnd)
    expect(told.slice(3)).toEqual(['event', 'event', 'written'])
    await bus.close()
  })

  it('has it written before each event that a reporter hands on', () => {
    const told: string[] = []
    const jsonl = { handsOn: true, report: () => told.push('handed on'), close: async () => {} }
    const bus = openBus([jsonl], openFakeClock(), {
      journal: journal(
        () => told.push('event'),
        () => told.push('written'),
      ),
    })
    bus.emit(limit)
    bus.emit(limit)
    expect(told).toEqual(['event', 'written', 'handed on', 'event', 'written', 'handed on'])
  })

  it('tells once that the journal is broken, also where that is found out later', async () => {
    const broken: unknown[] = []
    const full = () => {
      throw fullDisk
    }
    const bus = openBus([], openFakeClock(), {
      journal: journal(() => {}, full),
      onBroken: (error) => broken.push(error),
    })
    bus.emit(limit)
    expect(broken).toEqual([])
    await new Promise(setImmediate)
    bus.emit(limit)
    await new Promise(setImmediate)
    expect(broken).toHaveLength(1)
  })

  it.each([
    ['its last record', 'run_end'],
    ['one that waits with it', 'limit'],
  ])('says in the end that the journal is broken where %s cannot be written', async (_, unwritable) => {
    const told: AgentEvent[] = []
    const waiting: string[] = []
    const write = () => {
      if (waiting.includes(unwritable)) throw fullDisk
    }
    const bus = openBus([{ report: (event) => told.push(event), close: async () => {} }], openFakeClock(), {
      journal: journal(({ type }) => waiting.push(type), write),
    })
    bus.emit(limit)
    bus.emit(runEnd)
    const end = { status: 'completed', exit_code: 12, answer: 'done', error: { code: 'journal-unwritable' } }
    expect(told).toMatchObject([limit, { type: 'run_end', ...end }])
    await expect(bus.close()).resolves.toMatchObject(end)
  })

  it('throws in the end what went wrong in the journal by a bug', async () => {
    const bug = () => {
      throw new TypeError('not a function')
    }
    const bus = openBus([], openFakeClock(), { journal: journal(bug) })
    bus.emit(runEnd)
    await expect(bus.close()).rejects.toThrow('not a function')
  })

  it('goes on counting where the past has ended, and recalls calls that are still open', () => {
    const recalled: string[] = []
    const events: AgentEvent[] = []
    const outcome = { status: 'ok' as const, output: null, output_bytes: 4, truncated: false }
    const past = stamped([
      ready('a'),
      ready('b'),
      { type: 'call_end', turn: 1, call_id: 'a', outcome },
      ready('c', 'b'),
    ])
    const bus = openBus(
      [
        {
          report: (event) => events.push(event),
          recall: ({ call_id }) => recalled.push(call_id),
          close: async () => {},
        },
      ],
      openFakeClock(),
      { past },
    )
    bus.emit(limit)
    expect(recalled).toEqual(['c'])
    expect(events.map(({ seq }) => seq)).toEqual([4])
  })
})
