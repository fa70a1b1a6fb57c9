/**
 * What stands before the attempts of one tool: its breaker, its rate limit and the slots. It says
 * what the next one would wait for, and what it took of each. Who waits is admit.ts.
 */
import type { Clock } from '../contract/clock.ts'
import type { Outcome } from '../contract/outcome.ts'
import { failure } from '../contract/outcome.ts'
import type { PolicyInForce } from '../contract/policy.ts'
import type { Priority, Tool } from '../contract/tool.ts'
import type { BreakerState } from './breaker.ts'
import { CircuitBreaker, healthOf } from './breaker.ts'
import { TokenBucket } from './rate-limit.ts'
import type { SlotNeed, Slots } from './slots.ts'
import type { Cause } from './waiting-line.ts'
import { WaitingLine } from './waiting-line.ts'

const RANK: Readonly<Record<Priority, number>> = { critical: 0, normal: 1, optional: 2 }
/** A timer may fire a little early; the next look is not at once then. */
const MIN_WAKE_MS = 1

export type Held = { need: SlotNeed; probe: boolean }

export class Gate {
  readonly line = new WaitingLine()
  readonly #tool: Tool
  readonly #policy: PolicyInForce
  readonly #slots: Slots
  readonly #clock: Clock
  readonly #breaker: CircuitBreaker | null
  readonly #bucket: TokenBucket | null
  #need: SlotNeed
  #cancelWake: (() => void) | null = null

  constructor(
    tool: Tool,
    policy: PolicyInForce,
    slots: Slots,
    clock: Clock,
    breakerChanged: (state: BreakerState, failures: number) => void,
  ) {
    this.#tool = tool
    this.#policy = policy
    this.#slots = slots
    this.#clock = clock
    this.#breaker = policy.breaker === null ? null : new CircuitBreaker(policy.breaker, breakerChanged)
    this.#bucket = policy.rate_limit === null ? null : new TokenBucket(policy.rate_limit, clock.now())
    this.#need = needOf(tool, policy)
  }

  /** What the next attempt waits for; `open`: it is not let in at all. */
  verdict(now: number): Cause | 'free' | 'open' {
    const permits = this.#breaker?.permits(now) ?? 'yes'
    if (permits === 'no') return 'open'
    if (permits === 'wait') return 'breaker'
    if (this.#bucket !== null && !this.#bucket.has(now)) return 'rate_limit'
    return this.#slots.isFree(this.#slotNeed()) ? 'free' : 'slots'
  }

  /** Takes what `verdict` found free. */
  enter(now: number): Held {
    const need = this.#slotNeed()
    this.#slots.take(need)
    this.#bucket?.take(now)
    return { need, probe: this.#breaker?.enter() ?? false }
  }

  record(outcome: Outcome, { need, probe }: Held, now: number): void {
    const declared = need.kind === 'loop' || need.kind === 'thread'
    this.#breaker?.record(healthOf(outcome, declared), probe, now)
  }

  refusal(): Outcome {
    const { name } = this.#tool
    const failures = this.#policy.breaker?.failures ?? 0
    const leftMs = Math.max(0, (this.#breaker?.opensAt ?? 0) - this.#clock.now())
    const message = `"${name}" has failed ${failures} times in a row and is left alone; it may be tried again in ${Math.ceil(leftMs / 1_000)} s`
    return failure('circuit_open', 'circuit_open', message)
  }

  comesBefore(other: Gate): boolean {
    const rank = RANK[this.#policy.priority] - RANK[other.#policy.priority]
    return rank < 0 || (rank === 0 && (this.line.first?.place ?? 0) < (other.line.first?.place ?? 0))
  }

  wakeForToken(now: number, wake: () => void): void {
    if (this.#cancelWake !== null || this.#bucket === null) return
    this.#cancelWake = this.#clock.timer(Math.max(MIN_WAKE_MS, this.#bucket.msUntilNext(now)), () => {
      this.#cancelWake = null
      wake()
    })
  }

  sleep(): void {
    this.#cancelWake?.()
    this.#cancelWake = null
  }

  /** A plain function that turns out to return promises changes its kind. */
  #slotNeed(): SlotNeed {
    if (this.#need.kind !== this.#tool.slotKind) this.#need = needOf(this.#tool, this.#policy)
    return this.#need
  }
}

function needOf({ slotKind, source, name }: Tool, { max_concurrency }: PolicyInForce): SlotNeed {
  return {
    kind: slotKind,
    pool: slotKind === 'mcp' ? source : slotKind,
    tool: name,
    maxConcurrency: max_concurrency,
  }
}
