/**
 * Tools that are listened to: of every attempt, what went in, what came out and when. The tool runs
 * as it would, and what it declares stays as it is.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { RecordedCall } from '../contract/cassette.ts'
import type { Clock } from '../contract/clock.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { AttemptContext, Tool } from '../contract/tool.ts'

/** @param add  told when the attempt begins; what is told later is filled in */
export function recordTool(tool: Tool, clock: Clock, add: (call: RecordedCall) => void): Tool {
  return withRun(tool, async (input, context) => {
    const at_ms = clock.now()
    const call: RecordedCall = {
      tool: tool.name,
      call_id: context.callId,
      attempt: context.attempt,
      input,
      at_ms,
      started_after_ms: null,
      ended_after_ms: 0,
      outcome: null,
    }
    add(call)
    let settled = false
    const end = (outcome: Outcome | null) => {
      if (settled) return
      call.ended_after_ms = clock.now() - at_ms
      call.outcome = outcome
      settled = outcome !== null
    }
    const onAbort = () => {
      const { reason } = context.signal
      end(outcomeOfAbort(reason))
      // A write that is told to end may still do so by itself, and then that counts.
      settled ||= tool.effect !== 'write' || !(reason instanceof CancelReason) || reason.status === 'skipped'
    }
    context.signal.addEventListener('abort', onAbort, { once: true })
    const started = () => {
      call.started_after_ms ??= clock.now() - at_ms
      context.started()
    }
    const outcome = await tool.run(input, withStarted(context, started))
    context.signal.removeEventListener('abort', onAbort)
    end(outcome)
    return outcome
  })
}

/** The attempt's own time settles it before its tool does. */
function outcomeOfAbort(reason: unknown): Outcome | null {
  const timedOut = reason instanceof DOMException && reason.name === 'TimeoutError'
  return timedOut ? failure('timed_out', 'timeout', reason.message) : null
}

/** Not a copy: some of what a tool says may change (`slotKind`), and its own `run` wants it as `this`. */
export function withRun(tool: Tool, run: Tool['run']): Tool {
  // Object.create is untyped; what it makes has all that its prototype has.
  return Object.create(tool, { run: { value: run, enumerable: true } }) as Tool
}

function withStarted(context: AttemptContext, started: () => void): AttemptContext {
  return {
    callId: context.callId,
    attempt: context.attempt,
    idempotencyKey: context.idempotencyKey,
    get signal() {
      return context.signal
    },
    get abortReason() {
      return context.abortReason
    },
    onAbort: (listener) => context.onAbort(listener),
    started,
    held: () => context.held(),
    startedAnew: () => context.startedAnew(),
    progress: () => context.progress(),
  }
}
