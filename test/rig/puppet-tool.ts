/**
 * A tool that does nothing by itself: it reports each call and ends it when the test says so, so
 * that the test holds the strings and no time passes.
 */
import type { JsonObject, JsonValue } from '../../src/contract/json.ts'
import type { Outcome } from '../../src/contract/outcome.ts'
import { failure } from '../../src/contract/outcome.ts'
import type { AttemptContext, Tool } from '../../src/contract/tool.ts'

export interface PuppetCall {
  readonly input: JsonObject
  readonly callId: string
  readonly attempt: number
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  /** Resolves when `signal` is aborted. */
  readonly aborted: Promise<void>
  return(value: JsonValue): void
  fail(message: string, code?: string): void
  end(outcome: Outcome): void
  /** Breaks the promise of `Tool.run` never to reject. */
  throw(error: unknown): void
  /** Only where `startsByHand`: the tool itself begins to run. */
  start(): void
  /** Another call keeps this one from running. */
  hold(): void
  /** It is begun again, because of another call. */
  startAnew(): void
}

export interface PuppetTool extends Tool {
  /**
   * The next call that no `next` has had yet, in the order in which they began.
   *
   * @param submitted  what set the call off; if that ends without a call, `next` rejects
   */
  next(submitted?: Promise<unknown>): Promise<PuppetCall>
  /** All calls until now. */
  readonly calls: readonly PuppetCall[]
}

export type PuppetOptions = Partial<Omit<Tool, 'run'>> & {
  /** `started()` is called by `call.start()`, not at once. */
  startsByHand?: boolean
  /** Ends as `canceled` when its signal is aborted, as a well-behaved tool does. Default: ignores it. */
  heedsSignal?: boolean
}

export function openPuppet({ startsByHand = false, heedsSignal = false, ...declared }: PuppetOptions = {}): PuppetTool {
  const calls: PuppetCall[] = []
  const waiters: ((call: PuppetCall) => void)[] = []
  let handedOut = 0

  function run(input: JsonObject, context: AttemptContext): Promise<Outcome> {
    if (!startsByHand) context.started()
    return new Promise((resolve, reject) => {
      const call = puppetCall(input, context, resolve, reject)
      if (heedsSignal) void call.aborted.then(() => call.end(failure('canceled', 'canceled', 'the call was cancelled')))
      calls.push(call)
      const waiter = waiters.shift()
      if (waiter === undefined) return
      handedOut += 1
      waiter(call)
    })
  }

  return {
    name: 'puppet',
    description: 'Does what the test says.',
    input_schema: { type: 'object' },
    effect: 'read',
    keywords: [],
    source: 'module',
    destructive: false,
    // One attempt, so that a failure is the end of its call.
    policy: { retry: false },
    slotKind: 'loop',
    ...declared,
    run,
    calls,
    next(submitted) {
      const there = calls[handedOut]
      if (there !== undefined) {
        handedOut += 1
        return Promise.resolve(there)
      }
      return new Promise((resolve, reject) => {
        waiters.push(resolve)
        const missed = () => {
          const at = waiters.indexOf(resolve)
          if (at === -1) return
          waiters.splice(at, 1)
          reject(new Error('what was submitted ended without a call of the puppet'))
        }
        submitted?.then(missed, missed)
      })
    },
  }
}

function puppetCall(
  input: JsonObject,
  context: AttemptContext,
  resolve: (outcome: Outcome) => void,
  reject: (error: unknown) => void,
): PuppetCall {
  const { signal } = context
  return {
    input,
    callId: context.callId,
    attempt: context.attempt,
    idempotencyKey: context.idempotencyKey,
    signal,
    aborted: new Promise((done) => {
      if (signal.aborted) done()
      else signal.addEventListener('abort', () => done(), { once: true })
    }),
    return: (value) => {
      resolve({ status: 'ok', output: value, output_bytes: Buffer.byteLength(JSON.stringify(value)), truncated: false })
    },
    fail: (message, code = 'failed') => resolve(failure('failed', code, message)),
    end: resolve,
    throw: reject,
    start: () => context.started(),
    hold: () => context.held(),
    startAnew: () => context.startedAnew(),
  }
}
