/**
 * The calls that shared a server which crashed, while nobody knows whose fault it was: they run again one
 * after the other, and nothing else runs beside them, until the guilty one has been found. It knows
 * neither servers nor what a crash is.
 */
import type { Outcome } from '../contract/outcome.ts'

export interface Trial {
  /** null: nobody is tried; else resolves when others may run. Never rejects. */
  readonly over: Promise<void> | null
  /** @param run  never rejects @returns what it ends with, when its turn has come */
  add(run: () => Promise<Outcome>): Promise<Outcome>
  /** The guilty one has been found: the others need not wait for one another. */
  found(): void
}

export function openTrial(): Trial {
  const waiting: (() => Promise<unknown>)[] = []
  let over: Promise<void> | null = null

  async function tryAll(): Promise<void> {
    for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await run()
    over = null
  }

  return {
    get over() {
      return over
    },
    add(run) {
      return new Promise((resolve) => {
        waiting.push(() => run().then(resolve))
        // Begins when all that shared the server are in line.
        over ??= Promise.resolve().then(tryAll)
      })
    },
    found() {
      for (const run of waiting.splice(0)) void run()
    },
  }
}
