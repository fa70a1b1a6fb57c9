/**
 * A tool call on its way to its outcome, and the message that asks for it.
 */

import type { CancelReason } from '../contract/cancel-reason.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Tool } from '../contract/tool.ts'
import type { Cancellation } from '../policies/cancellation.ts'
import type { MessageState } from './admission.ts'

export type CallRequest = {
  /** The tool_use id. Changes when the call of a message that was asked again takes this one over. */
  id: string
  turn: number
  name: string
  tool: Tool | undefined
  input: JsonObject
  /** Not null: what the model wrote was no JSON object; the call cannot run. */
  rawInput: string | null
  /** The number of its next attempt, of a call that goes on after a crash. Default: 1. */
  attempt?: number
}

export interface Call extends Omit<CallRequest, 'attempt'> {
  /** Resolves when the call has ended. */
  readonly done: Promise<Outcome>
  /** null until it is done. */
  readonly outcome: Outcome | null
  readonly hasStarted: boolean
  readonly cancellation: Cancellation
  /** For several at once: cancelCalls. */
  cancel(reason: CancelReason): void
}

/** Ends several, none of which starts because another has ended. */
export function cancelCalls(calls: Iterable<Call>, reason: CancelReason): void {
  const all = [...calls]
  for (const { cancellation } of all) cancellation.mark(reason)
  for (const { cancellation } of all) cancellation.tell()
}

/** What the calls of one message wait for: how the message ends. */
export class MessageGate {
  #state: MessageState = 'streaming'
  readonly #waiting = new Set<() => void>()

  get state(): MessageState {
    return this.#state
  }

  /** Who waits is told in this very tick, in the model's order. */
  end(state: 'asked' | 'void'): void {
    if (this.#state !== 'streaming') return
    this.#state = state
    for (const tell of this.#waiting) tell()
    this.#waiting.clear()
  }

  /** Tells when the message has ended or the call is canceled, whichever comes first. */
  whenEnded(cancellation: Cancellation, told: () => void): void {
    if (this.#state !== 'streaming' || cancellation.reason !== null) {
      told()
      return
    }
    const tell = () => {
      forget()
      this.#waiting.delete(tell)
      told()
    }
    const forget = cancellation.onCancel(tell)
    this.#waiting.add(tell)
  }
}
