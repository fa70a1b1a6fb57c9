/**
 * Finds out the key of a call whose tool makes it of the input. The tool's own code does that where
 * it runs; it gets the time of an attempt, and neither slot nor token.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import { policyInForce } from '../contract/policy.ts'
import type { AttemptContext, Exclusive, Tool } from '../contract/tool.ts'
import { Cancellation } from '../policies/cancellation.ts'
import type { ExclusivePlace, KeyFound } from '../policies/exclusive.ts'
import type { ScheduledCall } from './scheduled-call.ts'

type KeyFunction = Extract<Exclusive, (...given: never[]) => unknown>

/** Tells `place` the key of the call, at once where it is declared. */
export function findKey(call: ScheduledCall, tool: Tool, place: ExclusivePlace, clock: Clock): void {
  const { exclusive } = tool
  if (exclusive === undefined) place.know({ type: 'key', key: null })
  // Two kinds of key, so that a text never means another tool's own.
  else if (exclusive === true) place.know({ type: 'key', key: `tool ${tool.name}` })
  else if (typeof exclusive === 'string') place.know({ type: 'key', key: `key ${exclusive}` })
  else askForKey(call, tool, exclusive, place, clock)
}

function askForKey(call: ScheduledCall, tool: Tool, ask: KeyFunction, place: ExclusivePlace, clock: Clock): void {
  const { timeout_ms } = policyInForce(tool.effect, tool.policy)
  // What the tool's code is told; it may loop for ever.
  const cancellation = new Cancellation()
  const stop = clock.timer(timeout_ms, () => {
    forget()
    const message = `the key that keeps its calls apart was not known within ${timeout_ms} ms`
    place.know({ type: 'failed', outcome: failure('timed_out', 'exclusive_key', message) })
    cancellation.cancel(new CancelReason('exclusive_key', message))
  })
  const forget = call.cancellation.onCancel(() => {
    stop()
    if (call.cancellation.reason !== null) cancellation.cancel(call.cancellation.reason)
  })
  const context: AttemptContext = {
    callId: call.id,
    attempt: 1,
    idempotencyKey: call.idempotencyKey,
    // Made for whoever asks for it.
    get signal() {
      return cancellation.signal
    },
    get abortReason() {
      return cancellation.reason
    },
    onAbort: (listener) => cancellation.onCancel(listener),
    started: nothing,
    held: nothing,
    startedAnew: nothing,
    progress: nothing,
  }
  ask(call.input, context).then(
    (outcome) => {
      stop()
      forget()
      place.know(keyFound(outcome, tool.name))
    },
    (error) => call.bug(error),
  )
}

function nothing(): void {}

function keyFound(outcome: Outcome, name: string): KeyFound {
  if (outcome.status !== 'ok') return { type: 'failed', outcome }
  if (outcome.output === null) return { type: 'key', key: null }
  return { type: 'key', key: outcome.output === true ? `tool ${name}` : `key ${String(outcome.output)}` }
}
