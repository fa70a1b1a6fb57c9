/**
 * Policies by themselves: calls that start and end when the test says so, in this tick, and a log of
 * what became of them.
 */
import type { FailureStatus, Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { PolicyInForce } from '../../src/contract/policy.ts'
import { policyInForce } from '../../src/contract/policy.ts'
import type { SlotKind, Tool } from '../../src/contract/tool.ts'
import { Admission } from '../../src/policies/admit.ts'
import { Cancellation } from '../../src/policies/cancellation.ts'
import type { ExclusivePlace } from '../../src/policies/exclusive.ts'
import type { PolicedCall, Settle, Step } from '../../src/policies/policied.ts'
import { Slots } from '../../src/policies/slots.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { PuppetOptions } from '../rig/puppet-tool.ts'
import { openPuppet } from '../rig/puppet-tool.ts'

export type TestCall = PolicedCall & {
  attempt: number
  place: ExclusivePlace | null
  begun: boolean
  hasStarted: boolean
  mayTryAgain: boolean
  /** What was told of its attempts: error code or ok, and the pause. */
  readonly told: [string, number | null][]
}

export function policedCall(callId: string): TestCall {
  const told: TestCall['told'] = []
  const call: TestCall = {
    callId,
    idempotencyKey: `run/${callId}`,
    input: {},
    cancellation: new Cancellation(),
    place: null,
    attempt: 1,
    waited: { exclusive_ms: 0, slots_ms: 0, breaker_ms: 0, rate_limit_ms: 0 },
    begun: false,
    hasStarted: false,
    mayTryAgain: true,
    told,
    nextAttempt: () => {
      call.attempt += 1
      call.begun = false
    },
    admitted: () => {},
    started: () => {
      call.begun = true
      call.hasStarted = true
    },
    attemptEnded: (error, backoffMs) => told.push([error?.code ?? 'ok', backoffMs]),
    bug: (error) => {
      throw error
    },
  }
  return call
}

export const OK: Outcome = { status: 'ok', output: null, output_bytes: 4, truncated: false }

export function failed(code = 'failed', extra: { retryable?: boolean } = {}): Outcome {
  return { ...failure('failed', code, code), ...extra }
}

export function openPolicies({ run, kinds = {} }: { run: number; kinds?: Partial<Record<SlotKind, number>> }) {
  const clock = openFakeClock()
  const log: string[] = []
  const changes: string[] = []
  const running = new Map<string, Settle>()
  const slots = new Slots({ run, kinds: { loop: 1_000, thread: 1_000, command: 1_000, mcp: 1_000, ...kinds } })
  const admission = new Admission(slots, clock, ({ tool, state, failures }) =>
    changes.push(`${tool} ${state} ${failures}`),
  )

  /** A tool: what it is called with starts or waits. */
  function around(declared: PuppetOptions): (name: string) => TestCall {
    const one = tool(declared)
    const policy = policyInForce(one.effect, one.policy)
    const step: Step = admission.around(one, policy, (attempt, settle) => {
      log.push(`start ${attempt.callId}`)
      attempt.started()
      running.set(attempt.callId, settle)
    })
    return (name) => {
      const call = policedCall(name)
      step(call, (outcome) => log.push(`${outcome.status} ${name}`))
      return call
    }
  }

  function end(name: string, status: 'ok' | FailureStatus = 'ok', extra: { retryable?: boolean } = {}): void {
    const settle = running.get(name)
    if (settle === undefined) throw new Error(`${name} does not run`)
    running.delete(name)
    settle(status === 'ok' ? OK : { ...failure(status, status, status), ...extra })
  }

  return { clock, slots, admission, around, end, log, changes, tool }
}

/** `slotKind` may be a getter, which a spread would read once. */
function tool(declared: PuppetOptions): Tool {
  const puppet: Tool = openPuppet({ ...declared, policy: declared.policy ?? {} })
  const kind = Object.getOwnPropertyDescriptor(declared, 'slotKind')
  if (kind?.get !== undefined) Object.defineProperty(puppet, 'slotKind', kind)
  return puppet
}

openPolicies.defaults = policyInForce('read', {}) satisfies PolicyInForce
