/**
 * Asks a host whether its loop still turns, and says so when no answer came.
 */
import type { Clock } from '../contract/clock.ts'
import type { ToHost } from '../host/protocol.ts'

/** Without an answer for this long, a host is blocked for good. */
const PING_MS = 1000

export interface Pings {
  /** One ping for all that ask in one tick. */
  ask(): void
  answered(upTo: number): void
  /** The host has gone: no answer is waited for. */
  forget(): void
}

/** @param noAnswer  returns for how many ms more the answer is waited for; 0: it no longer is */
export function openPings(options: { clock: Clock; send: (message: ToHost) => void; noAnswer: () => number }): Pings {
  const { clock, send, noAnswer } = options
  /** Takes back what follows when no answer comes. */
  const unanswered = new Map<number, () => void>()
  let last = 0
  let due = false
  function ask(): void {
    if (due) return
    due = true
    queueMicrotask(() => {
      due = false
      last += 1
      send({ type: 'ping', ping: last })
      wait(last, PING_MS)
    })
  }
  function wait(ping: number, ms: number): void {
    const cancel = clock.timer(ms, () => {
      unanswered.delete(ping)
      const moreMs = noAnswer()
      if (moreMs > 0) wait(ping, moreMs)
    })
    unanswered.set(ping, cancel)
  }
  function answered(upTo: number): void {
    for (const [number, cancel] of unanswered) {
      if (number > upTo) continue
      cancel()
      unanswered.delete(number)
    }
  }
  return { ask, answered, forget: () => answered(last) }
}
