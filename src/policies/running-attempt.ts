/**
 * One attempt while its tool runs, as the tool's source sees it. Who watches the attempt's time
 * (timeout.ts) is told of its starts and stops.
 */
import type { AttemptContext } from '../contract/tool.ts'
import { Cancellation } from './cancellation.ts'
import type { PolicedCall, Settle } from './policied.ts'

/** The clock of an attempt; see AttemptContext for the meaning of each. */
export interface AttemptWatch {
  started(): void
  held(): void
  startedAnew(): void
  progress(): void
}

/** A step that runs an attempt which has been let in. */
export type AttemptStep = (attempt: RunningAttempt, settle: Settle) => void

export class RunningAttempt implements AttemptContext {
  readonly call: PolicedCall
  readonly callId: string
  readonly attempt: number
  readonly idempotencyKey: string
  watch: AttemptWatch | null = null
  readonly #abort = new Cancellation<Error>()
  #over = false

  constructor(call: PolicedCall) {
    this.call = call
    this.callId = call.callId
    this.attempt = call.attempt
    this.idempotencyKey = call.idempotencyKey
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get abortReason(): Error | null {
    return this.#abort.reason
  }

  onAbort(listener: () => void): () => void {
    return this.#abort.onCancel(listener)
  }

  abort(reason: Error): void {
    if (this.#abort.reason === null) this.#abort.cancel(reason)
  }

  started(): void {
    if (this.#over) return
    this.call.started()
    this.watch?.started()
  }

  /** It has its outcome. A source may go on telling of an attempt that was given up: nobody listens. */
  end(): void {
    this.#over = true
    this.watch?.held()
    this.watch = null
  }

  held(): void {
    this.watch?.held()
  }

  startedAnew(): void {
    this.watch?.startedAnew()
  }

  progress(): void {
    this.watch?.progress()
  }
}
