/**
 * One execution of a tool, on the loop or in a thread: finds the tool, checks the input, runs it, and
 * puts the end into words that can travel. Nothing that a tool throws or returns leaves it as an
 * exception.
 *
 * It goes on at once where it can, instead of awaiting: each promise costs the hooks of
 * AsyncLocalStorage, and a thousand calls of a cold host took 20 ms longer with `await`.
 */
import type { CallError } from '../contract/outcome.ts'
import type { CheckedInput } from '../schema/checked-input.ts'
import { BadResult } from './bad-result.ts'
import type { Cancellation } from './cancellation.ts'
import { exclusiveKey } from './exclusive-key.ts'
import { type JsonText, jsonText } from './json-text.ts'
import { lazyValue } from './lazy-value.ts'
import { loadedFile, loadFile, type ReadyTool } from './loading.ts'
import { type Progress, progressOf } from './progress.ts'
import { type FromHost, type HostOptions, MAX_OUTPUT_BYTES, type ToHost } from './protocol.ts'
import { thrownError, thrownRetryable } from './thrown.ts'
import { collectAsync, collectSync } from './yielded.ts'

export type CallMessage = Extract<ToHost, { type: 'call' }>
export type Settlement = Extract<FromHost, { type: 'returned' | 'threw' }>

export type Execution = {
  message: CallMessage
  cancellation: Cancellation
  options: HostOptions
  /** Told when the tool has returned a promise. */
  promised: () => void
  /** Told while it runs, as often as progress.ts lets the tool say it. */
  progress: (message: Progress) => void
  /** Told once, how it ended. */
  settle: (settlement: Settlement) => void
}

export function execute(execution: Execution): void {
  const { message, cancellation, settle } = execution
  const { call, file } = message
  const fail = (thrown: unknown) => settle(threw(call, thrown, cancellation.aborted))
  const found = (tools: ReadonlyMap<string, ReadyTool>) => {
    const tool = tools.get(message.tool)
    if (!tool) return settle(permanent(call, { code: 'tool_missing', message: `"${message.tool}" has left its file` }))
    goOn(
      () => tool.check(message.input),
      (checked) => run(execution, tool, checked, fail),
      fail,
    )
  }
  // A file that does not load is not loaded again by this host.
  const notLoaded = (thrown: unknown) =>
    settle(cancellation.aborted ? threw(call, thrown, true) : permanent(call, thrownError(thrown)))
  goOn(() => loadedFile(file) ?? loadFile(file), found, notLoaded)
}

function run(
  { message, cancellation, options, promised, progress, settle }: Execution,
  tool: ReadyTool,
  checked: CheckedInput,
  fail: (thrown: unknown) => void,
): void {
  const { call, attempt, idempotencyKey, traceparent } = message
  if (!checked.fits) {
    settle({ type: 'threw', call, status: 'invalid_input', error: { code: 'invalid_input', message: checked.message } })
    return
  }
  if (cancellation.aborted) {
    fail(cancellation.reason)
    return
  }
  if (message.wants === 'key') {
    goOn(
      () => exclusiveKey(tool, checked.value),
      (key) => settle(returned(call, jsonText(key, MAX_OUTPUT_BYTES))),
      fail,
    )
    return
  }
  const context = {
    get signal() {
      return cancellation.signal
    },
    idempotencyKey,
    attempt,
    ...(traceparent !== undefined && { traceparent }),
    offline: options.offline,
    progress: progressOf(call, progress),
    settings: options.settings,
  }
  const start = () => {
    const value = tool.execute(checked.value, context)
    if (isThenable(value)) promised()
    return value
  }
  const end = (text: JsonText) => settle(returned(call, text))
  const finish = (value: unknown) => {
    const lazy = lazyValue(value)
    if (lazy?.type === 'unread') throw new BadResult(lazy.name)
    if (lazy?.type === 'async') {
      promised()
      collectAsync(lazy.yields, cancellation, MAX_OUTPUT_BYTES).then(end, fail)
    } else end(lazy === null ? jsonText(value, MAX_OUTPUT_BYTES) : collectSync(lazy.yields, MAX_OUTPUT_BYTES))
  }
  const begin = () => goOn(start, finish, fail)
  const ready = tool.resources?.ready() ?? null
  if (ready === null) begin()
  else whenReady(ready, cancellation.signal, begin, fail)
}

/** A call that is aborted while its file is being set up ends at once: its tool has not begun. */
function whenReady(
  ready: Promise<void>,
  signal: AbortSignal,
  begin: () => void,
  fail: (thrown: unknown) => void,
): void {
  let over = false
  const onAbort = () => end(() => fail(signal.reason))
  const end = (next: () => void) => {
    if (over) return
    over = true
    signal.removeEventListener('abort', onAbort)
    next()
  }
  signal.addEventListener('abort', onAbort)
  ready.then(
    () => end(begin),
    (thrown: unknown) => end(() => fail(thrown)),
  )
}

/** `next` with what `make` makes, as soon as it is known; what either throws goes to `fail`. */
function goOn<T>(make: () => T | PromiseLike<T>, next: (value: T) => void, fail: (thrown: unknown) => void): void {
  const goOnWith = (value: T) => {
    try {
      next(value)
    } catch (thrown) {
      fail(thrown)
    }
  }
  try {
    const value = make()
    if (isThenable(value)) Promise.resolve(value).then(goOnWith, fail)
    else goOnWith(value)
  } catch (thrown) {
    fail(thrown)
  }
}

function returned(call: number, { text, bytes, truncated }: JsonText): Settlement {
  return { type: 'returned', call, value: text, output_bytes: bytes, truncated }
}

function threw(call: number, thrown: unknown, aborted: boolean): Settlement {
  const error = thrownError(thrown)
  return aborted
    ? { type: 'threw', call, status: 'canceled', error }
    : { type: 'threw', call, status: 'failed', error, ...thrownRetryable(thrown) }
}

export function failed(call: number, error: CallError): Settlement {
  return { type: 'threw', call, status: 'failed', error }
}

/** A failure that another attempt would only repeat. */
export function permanent(call: number, error: CallError): Settlement {
  return { type: 'threw', call, status: 'failed', error, retryable: false }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
}
