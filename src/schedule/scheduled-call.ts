/**
 * One call as the policies see it and as its events tell it: what it waited for, when an attempt began
 * and ended, and its one outcome. It decides nothing; see scheduler.ts.
 */
import type { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import type { EventBody } from '../contract/event.ts'
import type { JsonObject } from '../contract/json.ts'
import type { CallError, Outcome } from '../contract/outcome.ts'
import type { Tool } from '../contract/tool.ts'
import { Cancellation } from '../policies/cancellation.ts'
import type { ExclusivePlace } from '../policies/exclusive.ts'
import type { PolicedCall, Waited } from '../policies/policied.ts'
import type { Call, CallRequest } from './call.ts'

export type CallDeps = {
  readonly runId: string
  readonly clock: Clock
  readonly emit: (event: EventBody) => void
  /** Whether attempts may still be begun. */
  readonly startsAllowed: () => boolean
}

/** Written out: a spread costs microseconds a call as long as it is cold. */
function noWait(): Waited {
  return { exclusive_ms: 0, slots_ms: 0, breaker_ms: 0, rate_limit_ms: 0 }
}

function nobodyWaits(): void {}

export class ScheduledCall implements Call, PolicedCall {
  id: string
  readonly turn: number
  readonly name: string
  readonly tool: Tool | undefined
  readonly input: JsonObject
  readonly rawInput: string | null
  readonly idempotencyKey: string
  readonly cancellation = new Cancellation()
  outcome: Outcome | null = null
  place: ExclusivePlace | null = null
  attempt: number
  waited: Waited = noWait()
  begun = false
  hasStarted = false
  /** Has been let in: its tool runs, or is about to. */
  running = false
  /** Before anything but its message and a person's consent held it up; of its first attempt only. */
  messageMs = 0
  permissionMs = 0
  readonly #deps: CallDeps
  #admittedAt = 0
  #done: Promise<Outcome> | null = null
  #resolve: (outcome: Outcome) => void = nobodyWaits
  #reject: (error: unknown) => void = nobodyWaits
  #bug: { error: unknown } | null = null

  constructor({ id, turn, name, tool, input, rawInput, attempt = 1 }: CallRequest, deps: CallDeps) {
    this.id = id
    this.turn = turn
    this.name = name
    this.tool = tool
    this.input = input
    this.rawInput = rawInput
    this.attempt = attempt
    this.idempotencyKey = `${deps.runId}/${id}`
    this.#deps = deps
  }

  /** Made when it is first asked for: the calls of a message are to start before they are waited for. */
  get done(): Promise<Outcome> {
    this.#done ??= new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.#bug !== null) reject(this.#bug.error)
      else if (this.outcome !== null) resolve(this.outcome)
    })
    return this.#done
  }

  get callId(): string {
    return this.id
  }

  get mayTryAgain(): boolean {
    return this.#deps.startsAllowed()
  }

  cancel(reason: CancelReason): void {
    this.cancellation.cancel(reason)
  }

  nextAttempt(): void {
    this.attempt += 1
    this.begun = false
    this.waited = noWait()
    this.messageMs = 0
    this.permissionMs = 0
  }

  admitted(): void {
    this.running = true
    this.#admittedAt = this.#deps.clock.now()
    const { tool, turn, id, attempt } = this
    if (tool?.effect !== 'read') this.#deps.emit({ type: 'call_admitted', turn, call_id: id, attempt })
  }

  started(): void {
    if (this.begun || this.outcome !== null) return
    this.begun = true
    this.hasStarted = true
    const { turn, id, attempt, waited, messageMs, permissionMs } = this
    const queued_by = {
      message_ms: messageMs,
      permission_ms: permissionMs,
      slots_ms: waited.slots_ms,
      breaker_ms: waited.breaker_ms,
      rate_limit_ms: waited.rate_limit_ms,
      exclusive_ms: waited.exclusive_ms,
      host_ms: this.#deps.clock.now() - this.#admittedAt,
    }
    this.#deps.emit({ type: 'call_start', turn, call_id: id, attempt, queued_by })
  }

  attemptEnded(error: CallError | null, backoff_ms: number | null): void {
    const { running, begun, turn, id, attempt } = this
    this.running = false
    if (!running || this.outcome !== null) return
    // One that never began is told of only where there are others to tell it from.
    if (!begun && backoff_ms === null && attempt === 1) return
    this.#deps.emit({ type: 'attempt_end', turn, call_id: id, attempt, error, backoff_ms })
  }

  bug(error: unknown): void {
    if (this.outcome === null) this.#bug ??= { error }
    this.#reject(error)
  }

  /** Its one outcome; what still comes is for nobody. */
  end(outcome: Outcome): void {
    this.attemptEnded(outcome.status === 'ok' ? null : outcome.error, null)
    this.outcome = outcome
    this.#deps.emit({ type: 'call_end', turn: this.turn, call_id: this.id, outcome })
    this.#resolve(outcome)
  }
}
