/**
 * How many calls run at once: in the run, of a kind, of a tool. It only counts; who waits for a slot,
 * and who is next, is admit.ts.
 */
import type { SlotKind } from '../contract/tool.ts'

export type SlotNeed = {
  kind: SlotKind
  /** Those of one pool share the limit of their kind: each MCP server is a pool of its own. */
  pool: string
  /** The tool's name, for its own limit. */
  tool: string
  /** Of the tool; null: no limit of its own. */
  maxConcurrency: number | null
}

export type SlotLimits = { run: number; kinds: Readonly<Record<SlotKind, number>> }

export class Slots {
  readonly #limits: SlotLimits
  readonly #pools = new Map<string, number>()
  readonly #tools = new Map<string, number>()
  #running = 0

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  get running(): number {
    return this.#running
  }

  isFree({ kind, pool, tool, maxConcurrency }: SlotNeed): boolean {
    return (
      this.#running < this.#limits.run &&
      (this.#pools.get(pool) ?? 0) < this.#limits.kinds[kind] &&
      (maxConcurrency === null || (this.#tools.get(tool) ?? 0) < maxConcurrency)
    )
  }

  take(need: SlotNeed): void {
    this.#add(need, 1)
  }

  /** Gives back what `take` took with this very need. */
  release(need: SlotNeed): void {
    this.#add(need, -1)
  }

  #add({ pool, tool, maxConcurrency }: SlotNeed, change: number): void {
    this.#running += change
    this.#pools.set(pool, (this.#pools.get(pool) ?? 0) + change)
    if (maxConcurrency !== null) this.#tools.set(tool, (this.#tools.get(tool) ?? 0) + change)
  }
}
