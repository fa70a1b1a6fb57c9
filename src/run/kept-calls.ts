/**
 * Reads of a dropped message that have started. The message asked again may hold the same call, the
 * same tool with the same input; it then takes the execution over.
 */
import type { JsonObject } from '../contract/json.ts'
import { canonicalJson } from '../contract/json.ts'
import type { Call } from '../schedule/call.ts'

export class KeptCalls {
  readonly #calls = new Map<string, Call[]>()

  add(call: Call): void {
    const key = callKey(call.name, call.input)
    const same = this.#calls.get(key)
    if (same === undefined) this.#calls.set(key, [call])
    else same.push(call)
  }

  /** The oldest call of this kind, which is no longer kept then. */
  take(name: string, input: JsonObject): Call | undefined {
    return this.#calls.size === 0 ? undefined : this.#calls.get(callKey(name, input))?.shift()
  }
}

/** Equal for calls that ask for the same. */
export function callKey(name: string, input: JsonObject): string {
  return `${name} ${canonicalJson(input)}`
}
