/**
 * Checks inputs, and answers, in a worker thread, one after the other, so that the one that takes too long is known.
 * Its thread is terminated then, and the next check gets a new one. It decides nothing about schemas.
 */
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../contract/clock.ts'
import { thrownMessage } from '../contract/error.ts'
import type { JsonSchema, JsonValue } from '../contract/json.ts'
import { workerThreads } from '../contract/late-builtins.ts'
import { distFolder } from './installation.ts'

/** The schema goes along every time: it is small, and a new thread knows none. */
export type CheckRequest = { of: 'input' | 'answer'; schemaNumber: number; schema: JsonSchema; value: JsonValue }

export type CheckReply =
  | { type: 'ready' }
  /** `fault`: of an answer, one line a reason. */
  | { type: 'checked'; fault: string | null }
  | { type: 'schema_error'; message: string }

export type Verdict =
  | Exclude<CheckReply, { type: 'ready' }>
  | { type: 'too_slow' }
  | { type: 'thread_lost'; message: string }
  | { type: 'canceled' }

export type Check = CheckRequest & { settle: (verdict: Verdict) => void }

export interface CheckLane {
  add(check: Check): void
  /** Takes those of one schema out that have not begun. */
  takeWaiting(schemaNumber: number): Check[]
  remove(check: Check): void
  close(): Promise<void>
}

export const CHECK_LIMIT_MS = 1_000
/** Far more than any honest schema needs; the rest of the process is not to pay for the others. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16 }

export function openCheckLane(clock: Clock): CheckLane {
  const waiting: Check[] = []
  const ending = new Set<Promise<unknown>>()
  let thread: Worker | null = null
  let ready = false
  let current: Check | null = null
  let stopTimer = () => {}
  let closed = false

  function next(): void {
    if (current !== null || waiting.length === 0 || closed) return
    if (thread === null) start()
    if (!ready) return
    current = waiting.shift() ?? null
    if (current === null) return
    const { settle: _, ...request } = current
    thread?.postMessage(request satisfies CheckRequest)
    stopTimer = clock.timer(CHECK_LIMIT_MS, () => {
      dropThread()
      settle({ type: 'too_slow' })
    })
  }

  function start(): void {
    // Without our environment: a schema needs none of it.
    const worker = new (workerThreads().Worker)(join(distFolder(), 'check-thread.js'), {
      env: {},
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
    })
    thread = worker
    worker.on('message', (reply: CheckReply) => {
      if (worker !== thread) return
      if (reply.type === 'ready') {
        ready = true
        next()
      } else settle(reply)
    })
    const lost = (message: string) => {
      if (worker !== thread) return
      dropThread()
      current ??= waiting.shift() ?? null
      settle({ type: 'thread_lost', message })
    }
    worker.on('error', (error) => lost(thrownMessage(error)))
    worker.on('exit', (code) => lost(`exit code ${code}`))
  }

  function dropThread(): void {
    const ended = thread?.terminate()
    thread = null
    ready = false
    if (ended === undefined) return
    ending.add(ended)
    ended.finally(() => ending.delete(ended))
  }

  function settle(verdict: Verdict): void {
    stopTimer()
    const check = current
    current = null
    check?.settle(verdict)
    next()
  }

  return {
    add(check) {
      if (closed) {
        check.settle({ type: 'canceled' })
        return
      }
      waiting.push(check)
      next()
    },
    takeWaiting(schemaNumber) {
      const taken = waiting.filter((check) => check.schemaNumber === schemaNumber)
      for (const check of taken) waiting.splice(waiting.indexOf(check), 1)
      return taken
    },
    remove(check) {
      const at = waiting.indexOf(check)
      if (at !== -1) waiting.splice(at, 1)
    },
    async close() {
      closed = true
      dropThread()
      settle({ type: 'canceled' })
      for (const check of waiting.splice(0)) check.settle({ type: 'canceled' })
      await Promise.all(ending)
    },
  }
}
