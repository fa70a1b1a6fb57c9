/**
 * The calls that module tools have in hand, and what becomes of them when their host is blocked,
 * crashes or has to be killed. Every call resolves with one outcome; none rejects.
 *
 * - A call waits while the host starts, is blocked, or looks for the call that crashed it.
 * - While one call blocks the loop, the clocks of the others stand still.
 * - A host that has not answered a ping for 1 s after a call was given up is killed, but not before
 *   canceled `write` calls had their grace; `read` and `idempotent` calls that shared it run again,
 *   `write` calls are interrupted.
 * - After a crash those that may run again do so side by side, but for those that may have caused it: these are
 *   tried before, half of them at a time, until one crashes a host alone, which is the guilty one.
 */
import type { Clock } from '../contract/clock.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Notify } from '../contract/reporter.ts'
import type { AttemptContext, Effect } from '../contract/tool.ts'
import { type FromHost, type ToHost, WRITE_GRACE_MS } from '../host/protocol.ts'
import { isTimeout, reasonText } from './call-signal.ts'
import { begin, type HostCall, type HostedTool, hold, newCall, release, renewed } from './host-call.ts'
import { byTool, CANCELED, crashed, hostMissing, interrupted, outcomeOf, type Settled } from './host-outcomes.ts'
import { openPings } from './host-pings.ts'
import { NO_SUSPICION, suspicion } from './host-suspects.ts'
import { openWaitingCalls } from './waiting-calls.ts'

/**
 * Less than the whole grace, after which the scheduler calls a `write` canceled (policies/cancel.ts):
 * what becomes of one in a blocked host is known here, and has to be said before that.
 */
const GRACE_IN_BLOCKED_HOST_MS = WRITE_GRACE_MS - 50

export interface HostCalls {
  run(tool: HostedTool, effect: Effect, input: JsonObject, context: AttemptContext): Promise<Outcome>
  hostReady(): void
  hostBlocked(number: number): void
  hostFree(): void
  begunInThread(number: number): void
  /** @returns whether calls wait for a new host */
  hostEnded(how: string, onLoop: number, wasReady: boolean): boolean
  settled(message: Settled): void
  progress(message: Extract<FromHost, { type: 'progress' }>): void
  pong(ping: number): void
  /** Whether code of a tool keeps the host from answering. */
  readonly blocked: boolean
  /** No host follows any more: what still runs ends as canceled when its host has ended. */
  close(): void
}

/**
 * @param send  to the present host
 * @param kill  ends the present host; `hostEnded` follows
 * @param needHost  starts a host where there is none
 */
export function openHostCalls(options: {
  clock: Clock
  notify: Notify
  send: (message: ToHost) => void
  kill: () => void
  needHost: () => void
  traceparentOf: ((idempotencyKey: string) => string) | null
}): HostCalls {
  const { clock, notify, send, kill, needHost, traceparentOf } = options
  const running = new Map<number, HostCall>()
  const waiting = openWaitingCalls()
  /** Suspects, which no other call joins. */
  const trial = new Set<HostCall>()
  let ready = false
  let closed = false
  /** The call that blocks the loop; 0: unknown code; null: the loop turns. */
  let blocker: number | null = null
  /** Of the tools of all executions: number 1 is the first. */
  const names: string[] = []
  /** Why we killed the host; null: it went by itself. */
  let guilty: { tool: string | null } | null = null

  const pings = openPings({ clock, send, noAnswer })

  function next(): void {
    // Code of no call, such as a file that is loaded, has no time-out whose end could be awaited.
    while (ready && !blocker && trial.size === 0) {
      for (const suspect of waiting.takeSuspects()) trial.add(suspect)
      for (const suspect of trial) start(suspect)
      const call = trial.size > 0 ? undefined : waiting.take()
      if (!call) return
      start(call)
    }
  }

  function start(call: HostCall): void {
    const { tool, input, context } = call
    names.push(tool.name)
    call.number = names.length
    call.threaded = false
    running.set(call.number, call)
    send({
      type: 'call',
      call: call.number,
      file: tool.file,
      tool: tool.name,
      wants: tool.wants,
      thread: tool.thread,
      input,
      attempt: context.attempt,
      idempotencyKey: context.idempotencyKey,
      ...(traceparentOf !== null && { traceparent: traceparentOf(context.idempotencyKey) }),
    })
    begin(call)
  }

  function end(call: HostCall, outcome: Outcome): void {
    running.delete(call.number)
    call.forget()
    trial.delete(call)
    call.resolve(outcome)
  }

  function abort(call: HostCall): void {
    call.aborted = true
    if (call.number === 0) {
      waiting.remove(call)
      end(call, CANCELED)
      return
    }
    const hasGrace = call.effect === 'write' && !isTimeout(call.context.abortReason)
    if (hasGrace) call.graceEndsAtMs = clock.now() + GRACE_IN_BLOCKED_HOST_MS
    const reason = reasonText(call.context.abortReason)
    send({ type: 'abort', call: call.number, reason, graceMs: hasGrace ? WRITE_GRACE_MS : 0 })
    pings.ask()
    // It may never end, and the others have waited long enough.
    trial.delete(call)
    next()
  }

  /** @returns how long the host may still take to answer */
  function noAnswer(): number {
    if (!ready || !mayKill()) return 0
    const graceMs = graceLeftMs()
    if (graceMs > 0) return graceMs
    const tool = names[(blocker ?? 0) - 1] ?? null
    guilty = { tool }
    notify('warning', `the tool host did not answer${byTool(tool)}; it is killed and started again`)
    ready = false
    kill()
    for (const call of running.values()) if (call.graceEndsAtMs > 0) end(call, interrupted(tool, null))
    return 0
  }

  function graceLeftMs(): number {
    let endsAtMs = 0
    for (const call of running.values()) endsAtMs = Math.max(endsAtMs, call.graceEndsAtMs)
    return endsAtMs - clock.now()
  }

  /** A call that blocks the host within its own time is left to its own time-out. */
  function mayKill(): boolean {
    const call = blocker === null ? undefined : running.get(blocker)
    return call === undefined || call.aborted
  }

  return {
    run(tool, effect, input, context) {
      return new Promise((resolve) => {
        const call = newCall({ tool, effect, input, context, resolve })
        if (context.abortReason !== null || closed) {
          resolve(CANCELED)
          return
        }
        call.forget = context.onAbort(() => abort(call))
        waiting.add(call)
        if (!ready) needHost()
        next()
      })
    },
    hostReady() {
      ready = true
      next()
    },
    hostBlocked(number) {
      blocker = number
      if (number === 0) return
      const culprit = running.get(number)
      if (culprit) release(culprit)
      for (const call of running.values()) if (call !== culprit && !call.threaded) hold(call)
      // What is left of a call that has ended, or was given up, has no time of its own.
      if (!culprit || culprit.aborted) pings.ask()
    },
    hostFree() {
      blocker = null
      for (const call of running.values()) release(call)
      next()
    },
    begunInThread(number) {
      const call = running.get(number)
      if (!call) return
      call.threaded = true
      release(call)
    },
    hostEnded(how, onLoop, wasReady) {
      const calls = [...running.values()]
      const byItself = guilty === null && !closed
      const { calls: suspects, culprit } = byItself ? suspicion(calls, onLoop) : NO_SUSPICION
      const tool = guilty?.tool ?? names[culprit - 1] ?? null
      if (culprit > 0 && !running.has(culprit))
        notify('warning', `"${tool}" crashed the tool host after its end: ${how}`)
      // The guilty one is not among those whose turn has not come.
      if (trial.size > 0 && suspects.size > 0) waiting.clearSuspects()
      ready = false
      blocker = null
      guilty = null
      trial.clear()
      running.clear()
      pings.forget()
      for (const call of calls) {
        if (call.effect !== 'write' && (call.aborted || closed)) end(call, CANCELED)
        else if (calls.length === 1 && suspects.has(call)) end(call, crashed(how))
        else if (call.effect === 'write') end(call, interrupted(tool, byItself ? how : null))
        else waiting.add(renewed(call, suspects.has(call)))
      }
      if (!wasReady) for (const call of waiting.takeAll()) end(call, hostMissing(how))
      return waiting.size > 0
    },
    settled(message) {
      const call = running.get(message.call)
      if (!call) return
      // Nobody canceled it: its host leaves by itself, and `hostEnded` says what becomes of the call.
      if (!call.aborted && !closed && message.type === 'threw' && message.status === 'canceled') return
      if (call.aborted && clock.now() >= call.graceEndsAtMs)
        notify('debug', `${call.tool.name} ended after it was given up; what it said was dropped`)
      end(call, outcomeOf(message, call.effect))
      next()
    },
    progress({ call: number, message }) {
      const call = running.get(number)
      if (!call || call.aborted) return
      call.context.progress()
      if (message !== null) notify('info', `${call.tool.name}: ${message}`)
    },
    pong: pings.answered,
    get blocked() {
      return blocker !== null
    },
    close() {
      closed = true
      pings.forget()
      for (const call of waiting.takeAll()) end(call, CANCELED)
    },
  }
}
