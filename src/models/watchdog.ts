/**
 * Ends an attempt that has died without saying so. Any byte counts as life (pings too), but a
 * message that only ever pings meets the second limit. It knows nothing of sockets: it bites, and
 * whoever opened it cuts the connection.
 */
import type { Clock } from '../contract/clock.ts'

export type WatchdogLimits = { idleTimeoutMs: number; messageTimeoutMs: number }

export interface Watchdog {
  /** Something arrived. */
  alive(): void
  close(): void
}

/** @param bite  called at most once, never after `close()`; `after` is the limit that was met, in ms */
export function openWatchdog(
  clock: Clock,
  { idleTimeoutMs, messageTimeoutMs }: WatchdogLimits,
  bite: (limit: 'idle' | 'message', afterMs: number) => void,
): Watchdog {
  let aliveAt = clock.now()
  let cancelIdle = clock.timer(idleTimeoutMs, checkIdle)
  const cancelMessage = clock.timer(messageTimeoutMs, () => {
    close()
    bite('message', messageTimeoutMs)
  })

  // One timer that looks back, instead of one set anew for each of thousands of chunks.
  function checkIdle() {
    const leftMs = aliveAt + idleTimeoutMs - clock.now()
    if (leftMs > 0) {
      cancelIdle = clock.timer(leftMs, checkIdle)
      return
    }
    close()
    bite('idle', idleTimeoutMs)
  }

  function close() {
    cancelIdle()
    cancelMessage()
  }

  return {
    alive: () => {
      aliveAt = clock.now()
    },
    close,
  }
}
