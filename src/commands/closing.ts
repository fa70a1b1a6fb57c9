/**
 * Closes what a command has opened, within a time that the user does not notice: whatever tools left
 * behind (a timer, a socket, a call that hangs), the process is gone soon after the answer.
 */
import type { Clock } from '../contract/clock.ts'
import { sleep } from '../contract/clock.ts'
import type { CloseOptions } from '../contract/source.ts'
import { CALLS_END_MS, DISPOSE_MS } from '../host/protocol.ts'

/** What tools may take to leave once it is over; then they are ended. */
const CLOSE_MS = 400
const CLOSE_NOW_MS = 150

export type Closable = {
  /** Tools have something to put away: it has time of its own, also where nothing else has any. */
  readonly disposes: boolean
  close(options: CloseOptions): Promise<void>
}

/** @param now  there is nothing else to wait for */
export async function closeInTime(opened: Closable, now: boolean, clock: Clock): Promise<void> {
  const ms = (now ? CLOSE_NOW_MS : CLOSE_MS) + (opened.disposes ? CALLS_END_MS + DISPOSE_MS : 0)
  if (await closeWithin(opened.close({ now, dispose: true }), clock, ms)) return
  await closeWithin(opened.close({ now: true }), clock, CLOSE_NOW_MS)
}

/** @returns whether it was closed in time */
export async function closeWithin(closed: Promise<void>, clock: Clock, ms: number): Promise<boolean> {
  const done = new AbortController()
  closed.finally(() => done.abort()).catch(() => undefined)
  const timedOut = await sleep(clock, ms, done.signal)
  if (!timedOut) await closed
  return !timedOut
}
