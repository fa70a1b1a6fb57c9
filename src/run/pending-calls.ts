/**
 * Calls that were answered as still running: their results are owed to the model. It knows which,
 * and nothing of messages; see run.ts.
 */
import type { Call } from '../schedule/call.ts'

export class PendingCalls {
  #owed: Call[] = []

  add(calls: readonly Call[]): void {
    this.#owed.push(...calls)
  }

  get isEmpty(): boolean {
    return this.#owed.length === 0
  }

  get running(): Call[] {
    return this.#owed.filter(({ outcome }) => outcome === null)
  }

  /** Those that have ended, in the order in which they were asked for; they are no longer owed then. */
  takeEnded(): Call[] {
    const ended = this.#owed.filter(({ outcome }) => outcome !== null)
    this.#owed = this.running
    return ended
  }
}
