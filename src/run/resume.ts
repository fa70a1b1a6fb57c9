/**
 * Where a run goes on after a crash: its calls are taken up, and the loop is told where it was. What
 * the run had come to is restored-run.ts's, what becomes of each call taken-up.ts's.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { OnError } from '../contract/config.ts'
import { EXIT } from '../contract/error.ts'
import type { AssistantMessage } from '../contract/message.ts'
import { failure } from '../contract/outcome.ts'
import type { Call } from '../schedule/call.ts'
import { MessageGate } from '../schedule/call.ts'
import type { RunFailure } from '../schedule/failure-mode.ts'
import { runFailure } from '../schedule/failure-mode.ts'
import type { RunEnd } from './limits.ts'
import { runEnd } from './limits.ts'
import type { Restored, RestoredCall } from './restored-run.ts'
import type { TakeUp } from './taken-up.ts'
import { endedCall, takeUp, unknownCalls } from './taken-up.ts'
import type { Begun } from './turn-retry.ts'
import { NOT_BEGUN } from './turn-retry.ts'

export type GoingOn = {
  /** The turn with which the loop begins. */
  turn: number
  /** It was begun, and its message is asked for again. */
  asksAgain: boolean
  /** Its message is there, with its calls; null: it is asked for. */
  given: { message: AssistantMessage; calls: Call[] } | null
  /** What there is of the turn whose message is asked for again. */
  begun: Begun
  /** Answered as still running. */
  owed: Call[]
  /** All calls that the model was told of before. */
  told: Call[]
  /** A call that has failed and ends the run. */
  failure: RunFailure | null
  /** How the run ends at once; null: it goes on. */
  end: RunEnd | null
}

/** Of a run that begins. */
export const BEGINNING: GoingOn = {
  turn: 1,
  asksAgain: false,
  given: null,
  begun: NOT_BEGUN,
  owed: [],
  told: [],
  failure: null,
  end: null,
}

const GOES_ON = 'the run was interrupted, and its message is asked for again'

export function goOn(restored: Restored, deps: TakeUp & { onError: OnError }): GoingOn {
  const { message, asksAgain, turn } = restored
  const { scheduler, findTool, emit, unknown } = deps
  const unknownOnes = unknownCalls(restored)
  const end = unknown === 'fail' && unknownOnes.length > 0 ? unknownEnd(unknownOnes) : null
  if (end !== null) scheduler.halt(new CancelReason('unknown_outcome', 'the run has ended'))
  for (const call of restored.dropped) {
    const outcome = failure(call.attempts > 0 ? 'canceled' : 'not_started', 'asked_again', GOES_ON)
    emit({ type: 'call_end', turn: call.turn, call_id: call.id, outcome })
  }
  // The one that the crash has broken off counts too.
  const attempts = restored.attempts + 1
  if (asksAgain) {
    const reason = { code: 'interrupted', message: GOES_ON }
    emit({ type: 'turn_retry', turn, attempt: attempts, reason, delay_ms: 0, usage: null })
  }
  const asked = new MessageGate()
  asked.end('asked')
  const own = new MessageGate()
  own.end(message?.stop_reason === 'tool_use' ? 'asked' : 'void')
  const [told = [], kept = []] = [restored.told, restored.kept].map((calls) =>
    calls.flatMap((call) => (call.outcome === null ? [] : [endedCall(call, findTool(call.name), call.outcome)])),
  )
  const owed = restored.owed.map((call) => takeUp(call, asked, deps))
  const given = message === null ? null : { message, calls: restored.calls.map((call) => takeUp(call, own, deps)) }
  const isBegun = message !== null || asksAgain
  const failed = firstFailure([...told, ...owed, ...(given?.calls ?? [])], deps.onError)
  const begun = asksAgain ? { attempts, kept } : NOT_BEGUN
  return { turn: isBegun ? turn : turn + 1, asksAgain, given, begun, owed, told, failure: failed, end }
}

/** Of calls that ended before the crash: the run was about to end for it. */
function firstFailure(calls: readonly Call[], onError: OnError): RunFailure | null {
  for (const call of calls) {
    const failed = call.outcome === null ? null : runFailure(call, call.outcome, onError)
    if (failed !== null) return failed
  }
  return null
}

function unknownEnd(calls: readonly RestoredCall[]): RunEnd {
  const names = calls.map(({ name, id }) => `${name} (${id})`).join(', ')
  const message = `the outcome of ${names} is not known, and --unknown fail ends the run for it`
  return runEnd('failed', EXIT.tool, null, { code: 'unknown_outcome', message, hint: null })
}
