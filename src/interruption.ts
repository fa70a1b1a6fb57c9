/**
 * What ends a run from outside: signals, and the reader of stdout leaving. The first one asks, the
 * second one insists. It decides nothing about the process; main.ts does.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Clock } from './contract/clock.ts'
import { AgentError } from './contract/error.ts'

export interface Interruption {
  /** Aborted by the first interruption, with an AgentError that has the exit code. */
  readonly signal: AbortSignal
  interrupt(error: AgentError): void
  /** What ends everything at once. One callback at a time: the latest knows most. */
  onInsist(callback: () => void): void
  /** Of the promise, or rejects as soon as there is an interruption. */
  orInterrupted<T>(promise: Promise<T>): Promise<T>
}

export type SignalName = 'SIGINT' | 'SIGTERM' | 'SIGHUP'
const EXIT_NAMES = { SIGINT: 'sigint', SIGTERM: 'sigterm', SIGHUP: 'sighup' } as const

/**
 * npm and npx pass on the Ctrl-C that the terminal has sent to us as well: the same signal again
 * within this time is the same signal.
 */
const ECHO_MS = 25

/**
 * @param listen  calls back at every signal that is ours to react to
 * @param insist  called at the second signal with what the first one meant, after what `onInsist` was given
 */
export function openInterruption(
  clock: Clock,
  listen: (callback: (name: SignalName) => void) => void,
  insist: (first: AgentError) => void,
): Interruption {
  const controller = new AbortController()
  const { signal } = controller
  let endEverything = () => {}
  let first: { error: AgentError; name: SignalName; at: number } | null = null
  listen((name) => {
    if (first === null) {
      first = {
        error: new AgentError('interrupted', `interrupted by ${name}`, { exit: EXIT_NAMES[name] }),
        name,
        at: clock.now(),
      }
      controller.abort(first.error)
      return
    }
    if (name === first.name && clock.now() - first.at < ECHO_MS) return
    endEverything()
    insist(first.error)
  })
  return {
    signal,
    interrupt: (error) => controller.abort(error),
    onInsist: (callback) => {
      endEverything = callback
    },
    orInterrupted: (promise) => {
      promise.catch(() => undefined) // nobody awaits it any more once the signal was first
      return new Promise((resolve, reject) => {
        const onAbort = () => reject(signal.reason)
        if (signal.aborted) return onAbort()
        signal.addEventListener('abort', onAbort, { once: true })
        promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
      })
    },
  }
}

/**
 * Whether the parent ignores SIGHUP, and so meant us to (`trap '' HUP`). Node sets all signals to
 * their defaults when it starts, so what we inherited can only be guessed. To be asked at the start:
 * when the signal comes, the parent may have gone.
 */
export function isHangupIgnored(parentId: number): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${parentId}/status`, 'latin1'))?.[1]
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n
  } catch {
    return false // no /proc here
  }
}

/** Whether nohup started us: it leaves no trace but the name that shells put into `_`. */
export function isNohup(environment: { readonly _?: string | undefined }): boolean {
  return environment._ !== undefined && basename(environment._) === 'nohup'
}
