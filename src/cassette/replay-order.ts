/**
 * Keeps what depends on order as it was recorded, at any speed. A call that ended after a later
 * request went out (--early-results) does not end before that request, or the model would be told
 * something else; one that failed when its message had ended does not fail before, or --on-error
 * fail-fast would cut the message.
 */
export interface ReplayOrder {
  /** A request goes out. */
  requested(index: number): void
  /** It has its reply, and the run has dealt with it. */
  replied(index: number): void
  /**
   * Resolves as soon as all has happened of the model that had happened by then, since the start of
   * the run; null: it has.
   */
  reached(atMs: number): Promise<void> | null
}

/** @param exchanges  as they were recorded, one after the other */
export function openReplayOrder(exchanges: readonly { at_ms: number; ended_after_ms: number }[]): ReplayOrder {
  const marks = exchanges.flatMap(({ at_ms, ended_after_ms }) => [at_ms, at_ms + ended_after_ms])
  let passed = 0
  let waiting: { count: number; resolve: () => void }[] = []
  const pass = (count: number) => {
    passed = Math.max(passed, count)
    const ready = waiting.filter((one) => one.count <= passed)
    waiting = waiting.filter((one) => one.count > passed)
    for (const { resolve } of ready) resolve()
  }
  return {
    requested: (index) => pass(2 * index + 1),
    replied: (index) => pass(2 * index + 2),
    reached: (atMs) => {
      const count = marks.filter((mark) => mark < atMs).length
      if (count <= passed) return null
      return new Promise((resolve) => waiting.push({ count, resolve }))
    },
  }
}
