/**
 * Tools that do not run: each attempt ends as the recorded one with the same tool and input did. What
 * they declare stays as it is, so that policies, slots and the request are those of a real run. A call
 * that was not recorded stops the run.
 */
import type { RecordedCall } from '../contract/cassette.ts'
import type { Clock } from '../contract/clock.ts'
import { sleep, within } from '../contract/clock.ts'
import { AgentError } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { canonicalJson } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { Redactor } from '../contract/redact.ts'
import { redactJson } from '../contract/redact.ts'
import type { AttemptContext, Tool } from '../contract/tool.ts'
import { withRun } from './recorded-tools.ts'
import type { ReplayOrder } from './replay-order.ts'

export type ReplayedToolsDeps = {
  clock: Clock
  speed: number
  redact: Redactor
  order: ReplayOrder
  /** Ends the run. */
  stop: (error: AgentError) => void
}

/** How much longer than when it was recorded a call waits for the run to cancel it again. */
const CANCEL_GRACE_MS = 5_000
/** The same, for the model to come so far again. */
const ORDER_GRACE_MS = 1_000
const MAX_SHOWN = 100
const CANCELED = failure('canceled', 'canceled', 'the call was canceled')

/** @returns what makes a tool of the run one that answers from these */
export function openReplayedTools(calls: readonly RecordedCall[], deps: ReplayedToolsDeps): (tool: Tool) => Tool {
  const { clock, speed, redact, order, stop } = deps
  const spelled = (input: JsonObject) => canonicalJson(redactJson(input, redact))
  const left = new Map<string, RecordedCall[]>()
  for (const call of calls) {
    const key = `${call.tool} ${spelled(call.input)}`
    left.set(key, [...(left.get(key) ?? []), call])
  }

  /** Repeats come in their order; of those, the same call before another one, and the same attempt. */
  function take(tool: string, input: JsonObject, { callId, attempt }: AttemptContext): RecordedCall | undefined {
    const same = left.get(`${tool} ${spelled(input)}`) ?? []
    const ofAttempt = same.filter((call) => call.attempt === attempt)
    const found = ofAttempt.find((call) => call.call_id === callId) ?? ofAttempt[0] ?? same[0]
    if (found !== undefined) same.splice(same.indexOf(found), 1)
    return found
  }

  async function run(name: string, input: JsonObject, context: AttemptContext): Promise<Outcome> {
    const call = take(name, input, context)
    if (call === undefined) {
      // Not in the middle of the step that begins this attempt.
      await Promise.resolve()
      stop(notRecorded(name, spelled(input)))
      return CANCELED
    }
    const { signal } = context
    const calledAt = clock.now()
    const due = (afterMs: number) => calledAt + (speed === 0 ? 0 : afterMs / speed) - clock.now()
    const wait = async (ms: number) => (ms > 0 ? sleep(clock, ms, signal) : !signal.aborted)
    const { started_after_ms, ended_after_ms, outcome } = call
    if (started_after_ms !== null) {
      const ms = due(started_after_ms)
      // Without a wait it has started when this returns, as a read has that the model's next fault finds running.
      if (ms > 0 && !(await wait(ms))) return CANCELED
      context.started()
    }
    if (outcome === null) {
      if (await wait(ended_after_ms + CANCEL_GRACE_MS)) stop(endedUnfinished(name))
      return CANCELED
    }
    const reached = order.reached(call.at_ms + ended_after_ms)
    // The run may have been told to wait for it after all: then it takes hardly longer than it did.
    if (reached !== null) await within(ended_after_ms + ORDER_GRACE_MS, Promise.race([reached, aborted(signal)]), clock)
    return (await wait(due(ended_after_ms))) ? outcome : CANCELED
  }

  return (tool) => withRun(tool, (input, context) => run(tool.name, input, context))
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function notRecorded(tool: string, input: string): AgentError {
  const shown = input.length <= MAX_SHOWN ? input : `${input.slice(0, MAX_SHOWN)}…`
  return new AgentError('replay-mismatch', `this call was not recorded: ${tool} ${shown}`, {
    exit: 'rejected',
    hint: 'record it anew with --record, or run tools for real with --live-tools',
  })
}

function endedUnfinished(tool: string): AgentError {
  return new AgentError('replay-mismatch', `the recording ends before the call of ${tool} had ended`, {
    exit: 'rejected',
    hint: 'record it anew with --record',
  })
}
