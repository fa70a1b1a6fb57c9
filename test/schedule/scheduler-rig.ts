/** A scheduler by itself: puppet tools, a clock that the test moves, and the events that were told. */
import type { OnError } from '../../src/contract/config.ts'
import type { AgentEvent, AgentEventType, EventOf } from '../../src/contract/event.ts'
import type { JsonObject } from '../../src/contract/json.ts'
import type { AskConsent } from '../../src/contract/permission.ts'
import { permissionOf } from '../../src/contract/permission.ts'
import type { Tool } from '../../src/contract/tool.ts'
import { Slots } from '../../src/policies/slots.ts'
import { openBus } from '../../src/run/bus.ts'
import { MessageGate } from '../../src/schedule/call.ts'
import type { RunFailure } from '../../src/schedule/failure-mode.ts'
import { Scheduler } from '../../src/schedule/scheduler.ts'
import { openFakeClock } from '../rig/fake-clock.ts'
import type { PuppetOptions } from '../rig/puppet-tool.ts'
import { openPuppet } from '../rig/puppet-tool.ts'

export type SchedulerRigOptions = PuppetOptions & {
  concurrency?: number
  askConsent?: AskConsent
  onError?: OnError
}

export function rig(options: SchedulerRigOptions = {}) {
  const { concurrency = 64, askConsent = null, onError = 'collect', ...declared } = options
  const clock = openFakeClock()
  const events: AgentEvent[] = []
  const listeners = new Map<AgentEventType, () => void>()
  const failures: RunFailure[] = []
  const report = (event: AgentEvent) => {
    events.push(event)
    listeners.get(event.type)?.()
  }
  const bus = openBus([{ report, close: async () => {} }], clock)
  const puppet = openPuppet(declared)
  const kinds = { loop: 1_000, thread: 1_000, command: 1_000, mcp: 1_000 }
  const scheduler = new Scheduler({
    runId: 'run',
    clock,
    slots: new Slots({ run: concurrency, kinds }),
    emit: bus.emit,
    explainMissing: () => 'known: puppet',
    permission: (tool) => permissionOf(tool, { allow: [], deny: [] }, askConsent),
    onError,
  })
  scheduler.onRunFailed((failure) => failures.push(failure))
  const gate = new MessageGate()
  let last = 0
  const submit = (input: JsonObject = {}, tool: Tool = puppet) =>
    scheduler.submit({ id: `toolu_${++last}`, turn: 1, name: tool.name, tool, input, rawInput: null }, gate)
  const ofType = <T extends AgentEventType>(type: T): EventOf<T>[] =>
    // The filter is what says so.
    events.filter((event) => event.type === type) as EventOf<T>[]
  const onEvent = (type: AgentEventType, told: () => void) => listeners.set(type, told)
  return { clock, puppet, scheduler, gate, submit, ofType, onEvent, failures }
}
