/**
 * One execution of a tool, on the loop or in a thread: finds the tool, checks the input, runs it, and
 * puts the end into words that can travel. Nothing that a tool throws or returns leaves it as an
 * exception.
 */
import type { CallError } from '../contract/outcome.ts'
import type { Cancellation } from './cancellation.ts'
import { jsonText } from './json-text.ts'
import { loadFile } from './loading.ts'
import { type FromHost, type HostOptions, MAX_OUTPUT_BYTES, type ToHost } from './protocol.ts'
import { thrownError } from './thrown.ts'

export type CallMessage = Extract<ToHost, { type: 'call' }>
export type Settlement = Extract<FromHost, { type: 'returned' | 'threw' }>

/** Told when a tool has returned a promise, before it is awaited. */
export type OnPromise = () => void

export async function execute(
  message: CallMessage,
  cancellation: Cancellation,
  options: HostOptions,
  onPromise: OnPromise,
): Promise<Settlement> {
  const { call, attempt, idempotencyKey } = message
  try {
    const tool = (await loadFile(message.file)).get(message.tool)
    if (!tool) return failed(call, { code: 'tool_missing', message: `"${message.tool}" is not in its file any more` })
    const checked = await tool.check(message.input)
    if (!checked.fits) {
      return {
        type: 'threw',
        call,
        status: 'invalid_input',
        error: { code: 'invalid_input', message: checked.message },
      }
    }
    if (cancellation.aborted) return threw(call, cancellation.reason, true)
    const { offline, settings } = options
    let value = tool.execute(checked.value, {
      get signal() {
        return cancellation.signal
      },
      idempotencyKey,
      attempt,
      offline,
      settings,
    })
    if (isThenable(value)) {
      onPromise()
      value = await value
    }
    return returned(call, value)
  } catch (thrown) {
    return threw(call, thrown, cancellation.aborted)
  }
}

function returned(call: number, value: unknown): Settlement {
  const { text, bytes, truncated } = jsonText(value, MAX_OUTPUT_BYTES)
  return { type: 'returned', call, value: text, output_bytes: bytes, truncated }
}

function threw(call: number, thrown: unknown, aborted: boolean): Settlement {
  return { type: 'threw', call, status: aborted ? 'canceled' : 'failed', error: thrownError(thrown) }
}

export function failed(call: number, error: CallError): Settlement {
  return { type: 'threw', call, status: 'failed', error }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
}
