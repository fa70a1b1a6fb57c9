/**
 * A tool call on its way to its outcome, and the message that asks for it.
 */
import type { CancelReason } from '../contract/cancel-reason.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Outcome } from '../contract/outcome.ts'
import type { Tool } from '../contract/tool.ts'
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
}

export type Call = CallRequest & {
  /** Resolves when the call has ended. */
  done: Promise<Outcome>
  /** null until it is done. */
  outcome: Outcome | null
  hasStarted: boolean
  cancel(reason: CancelReason): void
}

/** What the calls of one message wait for: how the message ends. */
export class MessageGate {
  #state: MessageState = 'streaming'
  #waiting: (() => void)[] = []

  get state(): MessageState {
    return this.#state
  }

  end(state: 'asked' | 'void'): void {
    if (this.#state !== 'streaming') return
    this.#state = state
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when the message has ended or `signal` is aborted, whichever comes first. */
  ended(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'streaming' || signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }
}
