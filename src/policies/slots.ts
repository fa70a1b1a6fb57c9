/**
 * How many calls run at once: in the run, of a kind, of a tool. A call takes all that it needs in
 * one step or waits holding none. A slot that falls free is handed to the next waiter, never freed
 * and taken again, so nobody can slip in between; an aborted waiter leaves at once.
 */
import type { Priority, SlotKind } from '../contract/tool.ts'

export type SlotNeed = {
  kind: SlotKind
  /** Those of one pool share the limit of their kind: each MCP server is a pool of its own. */
  pool: string
  /** The tool's name, for its own limit. */
  tool: string
  /** Of the tool; null: no limit of its own. */
  maxConcurrency: number | null
  priority: Priority
}

export type SlotLimits = { run: number; kinds: Readonly<Record<SlotKind, number>> }

type Waiter = { need: SlotNeed; place: number; gone: boolean; admit: () => void }
/** Waiters with the same needs: only the first can be next, so the others need no look. */
type Line = { waiters: Waiter[]; head: number }

const RANK: Readonly<Record<Priority, number>> = { critical: 0, normal: 1, optional: 2 }

export class Slots {
  readonly #limits: SlotLimits
  readonly #taken = new Map<string, number>()
  readonly #lines = new Map<string, Line>()
  #running = 0
  #place = 0

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  get running(): number {
    return this.#running
  }

  /** Takes the slots at once where they are free and nobody waits for the same; else false. */
  tryTake(need: SlotNeed): boolean {
    if (this.#first(this.#lines.get(lineKey(need))) !== undefined || !this.#isFree(need)) return false
    this.#take(need)
    return true
  }

  /**
   * Waits for the slots.
   * @returns true when they are taken, false when `signal` was aborted first
   */
  take(need: SlotNeed, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    if (this.tryTake(need)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const onAbort = () => {
        waiter.gone = true
        resolve(false)
      }
      const admit = () => {
        signal.removeEventListener('abort', onAbort)
        resolve(true)
      }
      const waiter: Waiter = { need, place: this.#place++, gone: false, admit }
      signal.addEventListener('abort', onAbort, { once: true })
      const key = lineKey(need)
      const line = this.#lines.get(key)
      if (line === undefined) this.#lines.set(key, { waiters: [waiter], head: 0 })
      else line.waiters.push(waiter)
    })
  }

  /** Gives back what `need` took, and hands it on. */
  release(need: SlotNeed): void {
    this.#running -= 1
    this.#add(`pool ${need.pool}`, -1)
    if (need.maxConcurrency !== null) this.#add(`tool ${need.tool}`, -1)
    this.#handOver()
  }

  #handOver(): void {
    for (;;) {
      const next = this.#next()
      if (next === undefined) return
      this.#take(next.need)
      next.admit()
    }
  }

  /** The waiter that may start now: by priority, then by who came first. */
  #next(): Waiter | undefined {
    let best: { waiter: Waiter; line: Line } | undefined
    for (const [key, line] of this.#lines) {
      const waiter = this.#first(line)
      if (waiter === undefined) this.#lines.delete(key)
      else if (this.#isFree(waiter.need) && (best === undefined || comesBefore(waiter, best.waiter))) {
        best = { waiter, line }
      }
    }
    if (best === undefined) return undefined
    best.line.head += 1
    return best.waiter
  }

  #first(line: Line | undefined): Waiter | undefined {
    if (line === undefined) return undefined
    while (line.waiters[line.head]?.gone) line.head += 1
    // What was passed is dropped now and then, in one go: a shift for each would be quadratic.
    if (line.head > 1_000 && line.head * 2 > line.waiters.length) {
      line.waiters = line.waiters.slice(line.head)
      line.head = 0
    }
    return line.waiters[line.head]
  }

  #isFree({ kind, pool, tool, maxConcurrency }: SlotNeed): boolean {
    return (
      this.#running < this.#limits.run &&
      (this.#taken.get(`pool ${pool}`) ?? 0) < this.#limits.kinds[kind] &&
      (maxConcurrency === null || (this.#taken.get(`tool ${tool}`) ?? 0) < maxConcurrency)
    )
  }

  #take({ pool, tool, maxConcurrency }: SlotNeed): void {
    this.#running += 1
    this.#add(`pool ${pool}`, 1)
    if (maxConcurrency !== null) this.#add(`tool ${tool}`, 1)
  }

  #add(key: string, change: number): void {
    this.#taken.set(key, (this.#taken.get(key) ?? 0) + change)
  }
}

function comesBefore(a: Waiter, b: Waiter): boolean {
  return RANK[a.need.priority] - RANK[b.need.priority] < 0 || (a.need.priority === b.need.priority && a.place < b.place)
}

function lineKey({ pool, tool, maxConcurrency, priority }: SlotNeed): string {
  return `${priority} ${pool} ${maxConcurrency === null ? '' : tool}`
}
