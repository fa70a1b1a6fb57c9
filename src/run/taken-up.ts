/**
 * What becomes of the calls of a run that goes on: what has an outcome keeps it and is never run
 * again; what only reads, may run twice or provably never began is run; what may have happened is
 * left as it is, or run again where the user says so.
 */
import type { EventBody } from '../contract/event.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { Tool } from '../contract/tool.ts'
import { Cancellation } from '../policies/cancellation.ts'
import type { Call, MessageGate } from '../schedule/call.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { Restored, RestoredCall } from './restored-run.ts'

/** What the user has decided about calls that may have happened. */
export type Unknown = 'skip' | 'retry' | 'fail'

/** Calls that may have happened and must not be run again unasked. */
export function unknownCalls({ calls, owed }: Restored): RestoredCall[] {
  return [...calls, ...owed].filter(mayHaveHappened)
}

/** A write in flight, or given up while it was; anything whose input can no longer be told. */
function mayHaveHappened({ outcome, effect, admitted, redacted }: RestoredCall): boolean {
  if (effect === null) return false
  const isWrite = effect === 'write' && admitted
  return outcome === null ? isWrite || redacted : isWrite && outcome.status === 'canceled'
}

const MAY_HAVE_HAPPENED = failure(
  'interrupted',
  'interrupted',
  'may have happened: the run was interrupted while the call was running, and its outcome is not known',
)

export type TakeUp = {
  scheduler: Scheduler
  findTool: (name: string) => Tool | undefined
  emit: (event: EventBody) => void
  unknown: Unknown
}

/** The call as it goes on, in this tick: ended, or submitted. */
export function takeUp(call: RestoredCall, gate: MessageGate, { scheduler, findTool, emit, unknown }: TakeUp): Call {
  const tool = findTool(call.name)
  if (call.outcome === null && (!mayHaveHappened(call) || (unknown === 'retry' && !call.redacted))) {
    const { id, turn, name, input, rawInput, attempts } = call
    return scheduler.submit({ id, turn, name, tool, input, rawInput, attempt: attempts + 1 }, gate)
  }
  if (call.outcome === null) emit({ type: 'call_end', turn: call.turn, call_id: call.id, outcome: MAY_HAVE_HAPPENED })
  return endedCall(call, tool, call.outcome ?? MAY_HAVE_HAPPENED)
}

export function endedCall(call: RestoredCall, tool: Tool | undefined, outcome: Outcome): Call {
  const { id, turn, name, input, rawInput, admitted, attempts } = call
  // Of a read no event tells that it was admitted.
  const hasStarted = admitted || attempts > 0
  const cancellation = new Cancellation()
  const done = Promise.resolve(outcome)
  return { id, turn, name, tool, input, rawInput, done, outcome, hasStarted, cancellation, cancel: () => {} }
}
