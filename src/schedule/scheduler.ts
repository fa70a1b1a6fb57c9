/**
 * Runs tool calls. Every submitted call gets exactly one outcome, told by one `call_end` the moment
 * it is there; who wants them in the model's order sorts them. It decides whether a call may start
 * (admission.ts), and what its failure means for the others (failure-mode.ts); how it is run is left
 * to policies/compose.ts.
 */
import { CancelReason } from '../contract/cancel-reason.ts'
import type { Clock } from '../contract/clock.ts'
import type { OnError } from '../contract/config.ts'
import type { EventBody } from '../contract/event.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { Permission } from '../contract/permission.ts'
import type { Tool } from '../contract/tool.ts'
import { Admission } from '../policies/admit.ts'
import type { Shared } from '../policies/compose.ts'
import { compose } from '../policies/compose.ts'
import { ExclusiveKeys } from '../policies/exclusive.ts'
import type { Step } from '../policies/policied.ts'
import { canceledOutcome } from '../policies/policied.ts'
import { RetryBudget } from '../policies/retry-budget.ts'
import type { Slots } from '../policies/slots.ts'
import { admission } from './admission.ts'
import type { Call, CallRequest, MessageGate } from './call.ts'
import { cancelCalls } from './call.ts'
import { findKey } from './exclusive-key.ts'
import type { RunFailure } from './failure-mode.ts'
import { runFailure } from './failure-mode.ts'
import type { CallDeps } from './scheduled-call.ts'
import { ScheduledCall } from './scheduled-call.ts'

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
  readonly #shared: Shared
  readonly #deps: CallDeps
  readonly #keys = new ExclusiveKeys()
  readonly #steps = new Map<Tool, Step>()
  readonly #live = new Set<ScheduledCall>()
  #halted: CancelReason | null = null
  #failed: ((failure: RunFailure) => void) | null = null

  constructor(options: SchedulerOptions) {
    const { runId, clock, slots, emit } = options
    this.#options = options
    this.#shared = {
      clock,
      admission: new Admission(slots, clock, emit),
      budget: new RetryBudget((retries) =>
        emit({ type: 'limit', limit: 'retry_budget', message: budgetSpent(retries) }),
      ),
    }
    this.#deps = { runId, clock, emit, startsAllowed: () => this.#halted === null }
  }

  /** Told once, of the first failure that ends the run (failure-mode.ts). */
  onRunFailed(listener: (failure: RunFailure) => void): void {
    this.#failed = listener
  }

  /** From now on none starts, not even a further attempt; those that run go on. */
  halt(reason: CancelReason): void {
    this.#halted ??= reason
    const waiting = [...this.#live].filter((call) => !call.running)
    cancelCalls(waiting, reason)
  }

  /** Ends every call that has no outcome yet, and none starts any more. */
  cancelAll(reason: CancelReason): void {
    this.halt(reason)
    cancelCalls(this.#live, reason)
  }

  /** Takes a call on. It starts as soon as its message and its policies let it. */
  submit(request: CallRequest, gate: MessageGate): Call {
    const call = new ScheduledCall(request, this.#deps)
    this.#live.add(call)
    this.#shared.budget.callSubmitted()
    this.#take(call, gate)
    return call
  }

  #take(call: ScheduledCall, gate: MessageGate): void {
    const { tool } = call
    const permission = tool === undefined ? null : this.#options.permission(tool)
    const refusal = this.#refusal(call, permission)
    if (tool === undefined || permission === null || refusal !== null) {
      this.#end(call, refusal ?? this.#unknownTool(call.name))
      return
    }
    if (tool.exclusive !== undefined) {
      call.place = this.#keys.place()
      findKey(call, tool, call.place, this.#options.clock)
    }
    // A person should not be asked about a call that its message then takes back.
    if (permission.type === 'allowed' && admission(tool.effect, gate.state) === 'now') this.#run(call, tool)
    else this.#afterMessage(call, tool, permission, gate)
  }

  /** Why it cannot run at all; null: it can, as far as is known now. */
  #refusal(call: ScheduledCall, permission: Permission | null): Outcome | null {
    if (permission === null) return this.#unknownTool(call.name)
    if (call.rawInput !== null) return INPUT_NOT_JSON
    if (permission.type === 'denied') return denied(permission.reason)
    return this.#halted === null ? null : canceledOutcome(this.#halted, false)
  }

  #afterMessage(call: ScheduledCall, tool: Tool, permission: Permission, gate: MessageGate): void {
    const readyAt = this.#options.clock.now()
    gate.whenEnded(call.cancellation, () => {
      call.messageMs = this.#options.clock.now() - readyAt
      if (this.#isCanceled(call)) return
      if (admission(tool.effect, gate.state) !== 'now') this.#end(call, MESSAGE_VOID)
      else if (permission.type !== 'ask') this.#run(call, tool)
      else this.#ask(call, tool, permission).catch((error) => call.bug(error))
    })
  }

  async #ask(call: ScheduledCall, tool: Tool, { ask }: Extract<Permission, { type: 'ask' }>): Promise<void> {
    const { clock } = this.#options
    const askedAt = clock.now()
    const consented = await ask(call.input, call.cancellation.signal)
    call.permissionMs = clock.now() - askedAt
    if (this.#isCanceled(call)) return
    if (consented) this.#run(call, tool)
    else this.#end(call, denied('whoever was asked at the terminal said no'))
  }

  #run(call: ScheduledCall, tool: Tool): void {
    let step = this.#steps.get(tool)
    if (step === undefined) {
      step = compose(tool, this.#shared)
      this.#steps.set(tool, step)
    }
    step(call, (outcome) => this.#settle(call, outcome))
  }

  #isCanceled(call: ScheduledCall): boolean {
    const { reason } = call.cancellation
    if (reason !== null) this.#end(call, canceledOutcome(reason, false))
    return reason !== null
  }

  /** Of a call that its policies have not seen: it leaves its place in the line by itself. */
  #end(call: ScheduledCall, outcome: Outcome): void {
    this.#settle(call, outcome)
    call.place?.leave()
  }

  #settle(call: ScheduledCall, outcome: Outcome): void {
    if (call.outcome !== null) return
    this.#live.delete(call)
    call.end(outcome)
    this.#follow(call, outcome)
  }

  #follow(call: ScheduledCall, outcome: Outcome): void {
    const failure = runFailure(call, outcome, this.#options.onError)
    if (failure === null) return
    const tell = this.#failed
    this.#failed = null
    if (failure.why === 'no-new')
      this.halt(new CancelReason('on_error', `"${call.name}" failed, and none starts after that`))
    tell?.(failure)
  }

  #unknownTool(name: string): Outcome {
    const explained = this.#options.explainMissing(name)
    return failure('unknown_tool', 'unknown_tool', `there is no tool ${JSON.stringify(name)}; ${explained}`)
  }
}

const INPUT_NOT_JSON = failure('invalid_input', 'input_not_json', 'the input is not a JSON object')

const MESSAGE_VOID = failure('not_started', 'message_void', 'the message that asked for it did not end with tool_use')

function denied(reason: string): Outcome {
  return failure('denied', 'not_allowed', reason)
}

function budgetSpent(retries: number): string {
  return `no further attempts: the run has made ${retries}, and they are limited to a tenth of its calls and 3 more`
}
