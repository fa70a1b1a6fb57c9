/**
 * One attempt while its tool runs, as the tool's source sees it. The signal is made when it is asked
 * for. Who watches the attempt's time (timeout.ts) is told of its starts and stops.
 */
import type { AttemptContext } from '../contract/tool.ts'
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
  #over = false
  #controller: AbortController | null = null
  #aborted: Error | null = null

  constructor(call: PolicedCall) {
    this.call = call
    this.callId = call.callId
    this.attempt = call.attempt
    this.idempotencyKey = call.idempotencyKey
    // Sources take these apart: `const { signal, started } = context`.
    this.started = this.started.bind(this)
    this.held = this.held.bind(this)
    this.startedAnew = this.startedAnew.bind(this)
    this.progress = this.progress.bind(this)
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#aborted !== null) this.#controller.abort(this.#aborted)
    return this.#controller.signal
  }

  abort(reason: Error): void {
    if (this.#aborted !== null) return
    this.#aborted = reason
    this.#controller?.abort(reason)
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
