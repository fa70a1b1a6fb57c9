/**
 * Whether a call, or one attempt of it, is to end, and why. Every wait of a call listens to it. An AbortSignal
 * is made of it only for whoever asks: most calls need none, and one costs more than the rest of a call.
 */
import type { CancelReason } from '../contract/cancel-reason.ts'

export class Cancellation<Reason extends Error = CancelReason> {
  #reason: Reason | null = null
  /** Most calls never have more than one at a time. */
  #listener: (() => void) | null = null
  #others: Set<() => void> | null = null
  #controller: AbortController | null = null

  get reason(): Reason | null {
    return this.#reason
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#reason !== null) this.#controller.abort(this.#reason)
    return this.#controller.signal
  }

  /** The first reason counts. Listeners hear of it in this very tick. */
  cancel(reason: Reason): void {
    this.mark(reason)
    this.tell()
  }

  /**
   * Half of `cancel`, for where several calls end together: all are marked before the first is told,
   * or what one gives back would let the next one start.
   */
  mark(reason: Reason): void {
    this.#reason ??= reason
  }

  tell(): void {
    const [listener, others] = [this.#listener, this.#others]
    this.#listener = null
    this.#others = null
    listener?.()
    if (others !== null) for (const other of others) other()
    if (this.#reason !== null) this.#controller?.abort(this.#reason)
  }

  /** @returns takes the listener back; one that is added after the end is never called */
  onCancel(listener: () => void): () => void {
    if (this.#reason !== null) return () => {}
    if (this.#listener === null) this.#listener = listener
    else {
      this.#others ??= new Set()
      this.#others.add(listener)
    }
    return () => {
      if (this.#listener === listener) this.#listener = null
      else this.#others?.delete(listener)
    }
  }
}
