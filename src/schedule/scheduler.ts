/**
 * Runs tool calls. Every submitted call gets exactly one outcome, told by one `call_end` the moment
 * it is there; who wants them in the model's order sorts them. It decides when a call starts
 * (admission.ts, slots) and leaves what happens around an attempt to policies/compose.ts.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import type { OnError } from '../contract/config.ts'
import type { EventBody, QueuedBy } from '../contract/event.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { Permission } from '../contract/permission.ts'
import type { Tool } from '../contract/tool.ts'
import { abortMessage } from '../policies/attempt.ts'
import { compose } from '../policies/compose.ts'
import type { SlotNeed, Slots } from '../policies/slots.ts'
import { admission } from './admission.ts'
import type { Call, CallRequest, MessageGate } from './call.ts'
import type { RunFailure } from './failure-mode.ts'
import { consequence } from './failure-mode.ts'

export type SchedulerOptions = {
  runId: string
  clock: Clock
  slots: Slots
  emit: (event: EventBody) => void
  /** What to say to a model that called a tool which is not there. */
  explainMissing: (name: string) => string
  permission: (tool: Tool) => Permission
  onError: OnError
}

export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #live = new Set<Call>()
  #halted: CancelReason | null = null
  #failed: (failure: RunFailure) => void = () => {}

  constructor(options: SchedulerOptions) {
    this.#options = options
  }

  /** Told once, of the first failure that ends the run (failure-mode.ts). */
  onRunFailed(listener: (failure: RunFailure) => void): void {
    this.#failed = listener
  }

  /** Ends every call that has no outcome yet, those that were answered as pending included. */
  cancelAll(reason: CancelReason): void {
    for (const call of [...this.#live]) call.cancel(reason)
  }

  /** From now on none starts, not even a further attempt; those that run go on. */
  halt(reason: CancelReason): void {
    this.#halted ??= reason
    for (const call of [...this.#live]) if (!call.hasStarted) call.cancel(reason)
  }

  /** Takes a call on. It starts as soon as its message and the slots let it. */
  submit(request: CallRequest, gate: MessageGate): Call {
    const controller = new AbortController()
    const cancel = (reason: CancelReason) => controller.abort(reason)
    const call: Call = Object.assign(request, { done: pending, outcome: null, hasStarted: false, cancel })
    this.#live.add(call)
    if (this.#halted !== null) cancel(this.#halted)
    call.done = this.#run(call, gate, controller.signal)
    return call
  }

  async #run(call: Call, gate: MessageGate, signal: AbortSignal): Promise<Outcome> {
    const { tool } = call
    if (tool === undefined) return this.#end(call, this.#unknownTool(call.name))
    const { clock, slots } = this.#options
    const permission = this.#options.permission(tool)
    if (call.rawInput !== null) return this.#end(call, INPUT_NOT_JSON)
    if (permission.type === 'denied') return this.#end(call, denied(permission.reason))
    const readyAt = clock.now()
    // A person should not be asked about a call that its message then takes back.
    if (admission(tool.effect, gate.state) === 'later' || permission.type === 'ask') await gate.ended(signal)
    const admittedAt = clock.now()
    if (signal.aborted) return this.#end(call, notStarted(signal))
    if (admission(tool.effect, gate.state) !== 'now') return this.#end(call, MESSAGE_VOID)
    if (permission.type === 'ask') {
      const consented = await permission.ask(call.input, signal)
      if (signal.aborted) return this.#end(call, notStarted(signal))
      if (!consented) return this.#end(call, denied('whoever was asked at the terminal said no'))
    }
    const permittedAt = clock.now()
    const need = slotNeed(tool)
    if (!slots.tryTake(need) && !(await slots.take(need, signal))) return this.#end(call, notStarted(signal))
    const takenAt = clock.now()
    try {
      // Cancelled in the very tick in which the slots were handed over: nothing starts after an abort.
      if (signal.aborted) return this.#end(call, notStarted(signal))
      const outcome = await this.#attempt(call, tool, signal, (startedAt) => ({
        message_ms: admittedAt - readyAt,
        permission_ms: permittedAt - admittedAt,
        slots_ms: takenAt - permittedAt,
        breaker_ms: 0,
        rate_limit_ms: 0,
        exclusive_ms: 0,
        host_ms: startedAt - takenAt,
      }))
      // Told before its slot is handed on: who reads the events never sees more calls than slots.
      return this.#end(call, outcome)
    } finally {
      slots.release(need)
    }
  }

  async #attempt(
    call: Call,
    tool: Tool,
    signal: AbortSignal,
    queuedBy: (startedAt: number) => QueuedBy,
  ): Promise<Outcome> {
    const { clock, emit, runId } = this.#options
    const attempt = 1
    const context = {
      callId: call.id,
      attempt,
      idempotencyKey: `${runId}/${call.id}`,
      signal,
      started: () => {
        if (call.hasStarted) return
        call.hasStarted = true
        const { turn, id } = call
        emit({ type: 'call_start', turn, call_id: id, attempt, queued_by: queuedBy(clock.now()) })
      },
      held: () => {},
      startedAnew: () => {},
      progress: () => {},
    }
    const outcome = await compose(tool, call.input, clock)(context)
    if (!call.hasStarted) return outcome.status === 'canceled' ? notStarted(signal) : outcome
    const error = outcome.status === 'ok' ? null : outcome.error
    emit({ type: 'attempt_end', turn: call.turn, call_id: call.id, attempt, error, backoff_ms: null })
    return outcome
  }

  #end(call: Call, outcome: Outcome): Outcome {
    call.outcome = outcome
    this.#live.delete(call)
    this.#options.emit({ type: 'call_end', turn: call.turn, call_id: call.id, outcome })
    this.#follow(call, outcome)
    return outcome
  }

  #follow(call: Call, outcome: Outcome): void {
    const { onError } = this.#options
    const priority = call.tool?.policy.priority ?? 'normal'
    const what = consequence(onError, priority, outcome)
    if (what === 'go_on' || outcome.status === 'ok') return
    const why = priority === 'critical' ? 'critical' : onError === 'no-new' ? 'no-new' : 'fail-fast'
    if (what === 'no_new') this.halt(new CancelReason('on_error', `"${call.name}" failed, and none starts after that`))
    this.#failed({ callId: call.id, tool: call.name, reason: outcome.error.message, why })
    this.#failed = () => {}
  }

  #unknownTool(name: string): Outcome {
    const explained = this.#options.explainMissing(name)
    return failure('unknown_tool', 'unknown_tool', `there is no tool ${JSON.stringify(name)}; ${explained}`)
  }
}

/** Stands in the place of a call's promise until it is made, in the same tick. */
const pending: Promise<never> = new Promise(() => {})

const INPUT_NOT_JSON = failure('invalid_input', 'input_not_json', 'the input is not a JSON object')

const MESSAGE_VOID = failure('not_started', 'message_void', 'the message that asked for it did not end with tool_use')

function notStarted(signal: AbortSignal): Outcome {
  return failure('not_started', 'canceled', abortMessage(signal))
}

function denied(reason: string): Outcome {
  return failure('denied', 'not_allowed', reason)
}

function slotNeed(tool: Tool): SlotNeed {
  return {
    kind: tool.slotKind,
    pool: tool.slotKind === 'mcp' ? tool.source : tool.slotKind,
    tool: tool.name,
    maxConcurrency: tool.policy.max_concurrency ?? null,
    priority: tool.policy.priority ?? 'normal',
  }
}
