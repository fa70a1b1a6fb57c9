/**
 * Random schedules: tools with random policies, and what happens to their calls, step by step. The
 * rig watches the events as they are told and fails at the first one that breaks a rule.
 */
import * as fc from 'fast-check'
import { expect } from 'vitest'
import { CancelReason } from '../../src/contract/cancel-reason.ts'
import type { AgentEvent } from '../../src/contract/event.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { Policy } from '../../src/contract/policy.ts'
import { policyInForce } from '../../src/contract/policy.ts'
import type { Effect, SlotKind, Tool } from '../../src/contract/tool.ts'
import { Slots } from '../../src/policies/slots.ts'
import { openBus } from '../../src/run/bus.ts'
import type { Call } from '../../src/schedule/call.ts'
import { cancelCalls, MessageGate } from '../../src/schedule/call.ts'
import { Scheduler } from '../../src/schedule/scheduler.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { PuppetCall } from '../rig/puppet-tool.ts'
import { openPuppet } from '../rig/puppet-tool.ts'

const KINDS: SlotKind[] = ['loop', 'thread', 'command', 'mcp']
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 })

const policy: fc.Arbitrary<Policy> = fc
  .record({
    timeout_ms: maybe(fc.integer({ min: 1, max: 100 })),
    deadline_ms: maybe(fc.integer({ min: 1, max: 300 })),
    retry: maybe(fc.record({ max_attempts: fc.integer({ min: 1, max: 4 }), base_ms: fc.integer({ min: 1, max: 50 }) })),
    rate_limit: maybe(fc.record({ limit: fc.integer({ min: 1, max: 5 }), per_ms: fc.integer({ min: 1, max: 100 }) })),
    breaker: maybe(fc.record({ failures: fc.integer({ min: 1, max: 3 }), open_ms: fc.integer({ min: 1, max: 100 }) })),
    max_concurrency: maybe(fc.integer({ min: 1, max: 4 })),
    priority: maybe(fc.constantFrom('critical' as const, 'normal' as const, 'optional' as const)),
  })
  .map((declared) => {
    const said = Object.entries(declared).filter(([, value]) => value !== undefined)
    return Object.fromEntries(said) as Policy // of the same entries
  })

export type ToolPlan = { effect: Effect; kind: SlotKind; policy: Policy; exclusive: 'no' | 'own' | 'shared' | 'asked' }

export type Action =
  | { type: 'submit'; tool: number; gate: number; key: number }
  | { type: 'end'; which: number; ok: boolean; permanent: boolean }
  | { type: 'gate'; gate: number; asked: boolean }
  | { type: 'wait'; ms: number }
  | { type: 'cancel'; which: number; skip: boolean }
  | { type: 'cancel_some'; from: number }
  | { type: 'halt' }
  | { type: 'cancel_all' }

export type Plan = { run: number; kinds: number; tools: ToolPlan[]; actions: Action[] }

export const plans: fc.Arbitrary<Plan> = fc.record({
  run: fc.integer({ min: 1, max: 8 }),
  kinds: fc.integer({ min: 1, max: 4 }),
  tools: fc.array(
    fc.record({
      effect: fc.constantFrom<Effect>('read', 'idempotent', 'write'),
      kind: fc.constantFrom(...KINDS),
      policy,
      exclusive: fc.constantFrom('no', 'no', 'own', 'shared', 'asked'),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  actions: fc.array(
    fc.oneof(
      {
        weight: 48,
        arbitrary: fc.record({
          type: fc.constant('submit' as const),
          tool: fc.nat(4),
          gate: fc.nat(2),
          key: fc.nat(2),
        }),
      },
      {
        weight: 48,
        arbitrary: fc.record({
          type: fc.constant('end' as const),
          which: fc.nat(7),
          ok: fc.boolean(),
          permanent: fc.boolean(),
        }),
      },
      {
        weight: 12,
        arbitrary: fc.record({ type: fc.constant('gate' as const), gate: fc.nat(2), asked: fc.boolean() }),
      },
      { weight: 24, arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.nat(120) }) },
      {
        weight: 6,
        arbitrary: fc.record({ type: fc.constant('cancel' as const), which: fc.nat(59), skip: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.record({ type: fc.constant('cancel_some' as const), from: fc.nat(40) }) },
      { weight: 1, arbitrary: fc.constant<Action>({ type: 'halt' }) },
      { weight: 1, arbitrary: fc.constant<Action>({ type: 'cancel_all' }) },
    ),
    { maxLength: 120 },
  ),
})

const MAX_CALLS = 60
const enough = (status: 'canceled' | 'skipped' = 'canceled') => new CancelReason('enough', 'enough', status)

/** Runs the plan to the end of every call. @throws the first rule that is broken */
export async function runPlan({ run, kinds, tools, actions }: Plan): Promise<void> {
  const clock = openFakeClock()
  const slots = new Slots({ run, kinds: { loop: kinds, thread: kinds, command: kinds, mcp: kinds } })
  const running: PuppetCall[] = []
  const calls: Call[] = []
  const rules = openRules({ run, kinds, calls })
  const puppets = tools.map((plan, index) =>
    puppetOf(plan, index, (call) => {
      rules.ran(call.callId)
      running.push(call)
    }),
  )
  const bus = openBus([{ report: rules.report, close: async () => {} }], clock)
  const scheduler = new Scheduler({
    runId: 'run',
    clock,
    slots,
    emit: bus.emit,
    explainMissing: () => '',
    permission: () => ({ type: 'allowed' }),
    onError: 'collect',
  })
  const gates = [new MessageGate(), new MessageGate(), new MessageGate()]

  function act(action: Action): Promise<void> | void {
    switch (action.type) {
      case 'submit': {
        const tool = puppets[action.tool % puppets.length]
        const gate = gates[action.gate]
        if (tool === undefined || gate === undefined || calls.length === MAX_CALLS) return
        const request = {
          id: String(calls.length),
          turn: 1,
          name: tool.name,
          tool,
          input: { key: action.key },
          rawInput: null,
        }
        rules.submitted(request.id, tool, action.key)
        calls.push(scheduler.submit(request, gate))
        return
      }
      case 'end': {
        const [call] = running.splice(action.which % Math.max(1, running.length), 1)
        if (action.ok) call?.return('done')
        else call?.end({ ...failure('failed', 'failed', 'failed'), ...(action.permanent && { retryable: false }) })
        return
      }
      case 'gate':
        // Another message begins where one has ended.
        gates[action.gate]?.end(action.asked ? 'asked' : 'void')
        gates[action.gate] = new MessageGate()
        return
      case 'wait':
        return clock.advance(action.ms)
      case 'cancel':
        calls[action.which % Math.max(1, calls.length)]?.cancel(enough(action.skip ? 'skipped' : 'canceled'))
        return
      case 'cancel_some': {
        const some = calls.slice(action.from % Math.max(1, calls.length))
        rules.canceled(some)
        cancelCalls(some, enough())
        return
      }
      case 'halt':
        rules.halted()
        scheduler.halt(enough())
        return
      default:
        rules.halted()
        scheduler.cancelAll(enough())
    }
  }

  for (const action of actions) {
    await act(action)
    await settled()
  }
  for (const gate of gates) gate.end('asked')
  await settled()
  // All that runs ends; all that waits for time gets it.
  for (let round = 0; calls.some(({ outcome }) => outcome === null); round += 1) {
    expect(round).toBeLessThan(2_000)
    for (const call of running.splice(0)) call.return('done')
    await settled()
    if (running.length === 0) await clock.advanceToNext()
  }
  for (const call of running.splice(0)) call.return('late')
  // What a deadline left behind has a last grace.
  while (await clock.advanceToNext());
  await settled()
  // What the rules have thrown while events were told comes out here.
  await bus.close()
  rules.finish()
  expect(slots.running).toBe(0)
  expect(clock.due).toEqual([])
}

function puppetOf(plan: ToolPlan, index: number, onCall: (call: PuppetCall) => void): Tool {
  const exclusive = {
    no: {},
    own: { exclusive: true as const },
    shared: { exclusive: 'shared' },
    asked: {
      exclusive: async ({ key }: { key?: unknown }) => ({
        status: 'ok' as const,
        output: key === 0 ? null : `key ${key}`,
        output_bytes: 5,
        truncated: false,
      }),
    },
  }[plan.exclusive]
  const puppet = openPuppet({
    name: `tool_${index}`,
    effect: plan.effect,
    slotKind: plan.kind,
    policy: plan.policy,
    ...exclusive,
  })
  return {
    ...puppet,
    run: (input, context) => {
      const ended = puppet.run(input, context)
      const call = puppet.calls.at(-1)
      if (call !== undefined) onCall(call)
      return ended
    },
  }
}

function openRules(limits: { run: number; kinds: number; calls: readonly Call[] }) {
  const submitted = new Map<string, { tool: Tool; key: string | null }>()
  /** Attempts that run, by call. */
  const attempts = new Map<string, Tool>()
  /** Calls that have started and not ended, with their key. */
  const holding = new Map<string, string>()
  const lastOfKey = new Map<string, number>()
  const ended = new Map<string, number>()
  const broken: string[] = []
  const canceled = new Set<string>()
  let nothingStarts = false

  function count(matches: (tool: Tool) => boolean): number {
    return [...attempts.values()].filter(matches).length
  }

  function started(id: string): void {
    const call = submitted.get(id)
    if (call === undefined) throw new Error(`${id} was never submitted`)
    const { tool, key } = call
    expect(nothingStarts).toBe(false)
    expect(ended.has(id)).toBe(false)
    attempts.set(id, tool)
    expect(attempts.size).toBeLessThanOrEqual(limits.run)
    expect(count(({ slotKind }) => slotKind === tool.slotKind)).toBeLessThanOrEqual(limits.kinds)
    const { max_concurrency } = policyInForce(tool.effect, tool.policy)
    if (max_concurrency !== null) expect(count(({ name }) => name === tool.name)).toBeLessThanOrEqual(max_concurrency)
    if (key === null || holding.has(id)) return
    expect([...holding.values()]).not.toContain(key)
    expect(Number(id)).toBeGreaterThan(lastOfKey.get(key) ?? -1)
    lastOfKey.set(key, Number(id))
    holding.set(id, key)
  }

  return {
    submitted(id: string, tool: Tool, asked: number): void {
      submitted.set(id, { tool, key: keyOf(tool, asked) })
    },
    /** The tool itself was begun. */
    ran(id: string): void {
      if (nothingStarts || canceled.has(id)) broken.push(`${id} was begun after an abort`)
      if (ended.has(id)) broken.push(`${id} was begun after its end`)
    },
    halted(): void {
      nothingStarts = true
    },
    canceled(some: readonly Call[]): void {
      for (const { id } of some) canceled.add(id)
    },
    report(event: AgentEvent): void {
      if (event.type === 'call_start') started(event.call_id)
      if (event.type === 'attempt_end') attempts.delete(event.call_id)
      if (event.type !== 'call_end') return
      attempts.delete(event.call_id)
      holding.delete(event.call_id)
      ended.set(event.call_id, (ended.get(event.call_id) ?? 0) + 1)
    },
    finish(): void {
      expect(broken).toEqual([])
      expect([...ended.values()].every((times) => times === 1)).toBe(true)
      expect(ended.size).toBe(limits.calls.length)
      expect(attempts.size).toBe(0)
    },
  }
}

function keyOf(tool: Tool, asked: number): string | null {
  if (tool.exclusive === undefined) return null
  if (tool.exclusive === true) return tool.name
  if (typeof tool.exclusive === 'string') return tool.exclusive
  return asked === 0 ? null : `key ${asked}`
}

async function settled(): Promise<void> {
  for (let tick = 0; tick < 6; tick += 1) await Promise.resolve()
}
