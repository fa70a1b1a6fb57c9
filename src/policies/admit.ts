/**
 * Lets attempts in, in one step: one starts at the instant when its breaker admits it, a token is
 * there and every slot that it needs is free, and holds none of them while it waits for another. What
 * falls free is handed to the next waiter in the same tick, never freed and taken again, so that
 * nobody can slip in between. Critical calls go before normal ones, those before optional ones.
 *
 * An outcome is told before its slot is handed on, and recorded before that: nobody is let in on old
 * news, and who reads the events never sees more calls than slots.
 */
import type { Clock } from '../contract/clock.ts'
import type { EventBody } from '../contract/event.ts'
import type { PolicyInForce } from '../contract/policy.ts'
import type { Tool } from '../contract/tool.ts'
import { Gate } from './gate.ts'
import type { PolicedCall, Settle, Step } from './policied.ts'
import { canceledOutcome } from './policied.ts'
import type { AttemptStep } from './running-attempt.ts'
import { RunningAttempt } from './running-attempt.ts'
import type { Slots } from './slots.ts'
import type { Start } from './waiting-line.ts'
import { Waiter } from './waiting-line.ts'

type ChangeEvent = Extract<EventBody, { type: 'policy_change' }>

export class Admission {
  readonly #slots: Slots
  readonly #clock: Clock
  readonly #changed: (event: ChangeEvent) => void
  /** Those at which somebody waits. */
  readonly #waiting = new Set<Gate>()
  #place = 0
  #handing = false

  /** @param changed  told when a breaker has changed */
  constructor(slots: Slots, clock: Clock, changed: (event: ChangeEvent) => void) {
    this.#slots = slots
    this.#clock = clock
    this.#changed = changed
  }

  /** The gate of one tool: all calls of the run go through the same one. */
  around(tool: Tool, policy: PolicyInForce, next: AttemptStep): Step {
    const gate = new Gate(tool, policy, this.#slots, this.#clock, (state, failures) =>
      this.#changed({ type: 'policy_change', tool: tool.name, policy: 'breaker', state, failures }),
    )
    const start: Start = (call, settle) => this.#start(gate, call, settle, next)
    return (call, settle) => {
      const { reason } = call.cancellation
      const verdict = gate.line.isEmpty ? gate.verdict(this.#clock.now()) : 'slots'
      if (reason !== null) settle(canceledOutcome(reason, call.hasStarted))
      else if (verdict === 'open') settle(gate.refusal())
      else if (verdict === 'free') start(call, settle)
      else this.#wait(gate, call, settle, start)
    }
  }

  #start(gate: Gate, call: PolicedCall, settle: Settle, next: AttemptStep): void {
    const held = gate.enter(this.#clock.now())
    call.admitted()
    const attempt = new RunningAttempt(call)
    next(attempt, (outcome) => {
      attempt.end()
      gate.record(outcome, held, this.#clock.now())
      settle(outcome)
      this.#slots.release(held.need)
      this.#handOver()
    })
  }

  #wait(gate: Gate, call: PolicedCall, settle: Settle, start: Start): void {
    const { line } = gate
    const waiter = new Waiter(this.#place++, call, settle, start, line.waited(this.#clock.now()))
    waiter.forget = call.cancellation.onCancel(() => {
      line.leave(waiter)
      if (line.isEmpty) this.#forget(gate)
      waiter.end()
    })
    line.push(waiter)
    this.#waiting.add(gate)
    if (this.#look(gate) === 'free') this.#handOver()
  }

  /** Lets in who may start now, by priority, then by who came first. */
  #handOver(): void {
    // What starts or ends in here may come back to this: the loop below goes on with it.
    if (this.#handing) return
    this.#handing = true
    for (let gate = this.#next(); gate !== null; gate = this.#next())
      gate.line.shift()?.admit(gate.line.waited(this.#clock.now()))
    this.#handing = false
  }

  #next(): Gate | null {
    let best: Gate | null = null
    for (const gate of this.#waiting) {
      if (this.#look(gate) === 'free' && (best === null || gate.comesBefore(best))) best = gate
    }
    return best
  }

  /** What the first at this gate waits for; an open breaker sends them all away. */
  #look(gate: Gate): ReturnType<Gate['verdict']> {
    const now = this.#clock.now()
    const verdict = gate.line.isEmpty ? 'slots' : gate.verdict(now)
    if (verdict === 'open') {
      this.#forget(gate)
      for (let waiter = gate.line.shift(); waiter !== undefined; waiter = gate.line.shift()) {
        waiter.refuse(gate.refusal())
      }
    } else if (gate.line.isEmpty) this.#forget(gate)
    else {
      gate.line.blocked(verdict, now)
      if (verdict === 'rate_limit') gate.wakeForToken(now, () => this.#handOver())
    }
    return verdict
  }

  #forget(gate: Gate): void {
    this.#waiting.delete(gate)
    gate.sleep()
  }
}
