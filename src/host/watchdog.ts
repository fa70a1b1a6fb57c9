/**
 * A thread beside the host's loop. It tells the main process when the loop is blocked, and by which
 * call, and ends the host when the main process has gone. It decides nothing: whether a blocked host
 * is killed is up to the main process.
 */
import { workerData } from 'node:worker_threads'
import { BEAT_EVERY_MS, BLOCKED_AFTER_MS, beats, runningNow } from './heartbeat.ts'
import { killGroup } from './leave.ts'
import { reportLine } from './report.ts'
import { every, now } from './time.ts'

// The host passes exactly this; workerData is untyped.
const { heartbeat, parent } = workerData as { heartbeat: SharedArrayBuffer; parent: number }
const cells = new Int32Array(heartbeat)

let seen = beats(cells)
let changedAt = now()
/** The call that was reported as blocking; null while the loop turns. */
let reported: number | null = null

function watch(): void {
  if (process.ppid !== parent) killGroup()
  const count = beats(cells)
  if (count !== seen) {
    seen = count
    changedAt = now()
    if (reported !== null) reportLine('free')
    reported = null
    return
  }
  // A call that blocks by promises alone is seen between two of them now and then: what was seen holds.
  const call = runningNow(cells) || (reported ?? 0)
  if (now() - changedAt < BLOCKED_AFTER_MS || reported === call) return
  reported = call
  reportLine(`blocked ${call}`)
}

every(BEAT_EVERY_MS, watch, true)
