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

export function openPings(options: { clock: Clock; send: (message: ToHost) => void; noAnswer: () => void }): Pings {
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
      unanswered.set(last, clock.timer(PING_MS, noAnswer))
    })
  }
  function answered(upTo: number): void {
    for (const [number, cancel] of unanswered) {
      if (number > upTo) return
      cancel()
      unanswered.delete(number)
    }
  }
  return { ask, answered, forget: () => answered(last) }
}
