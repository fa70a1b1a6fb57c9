/**
 * Loaded into a command before all else: kills it with SIGKILL, or what KILL_WITH names, right before or behind the nth write to its journal
 * (`KILL_AT=n:before`, counted from 0), or the first that holds an event of a type (`KILL_AT=call_admitted:after`), as
 * a power cut between two instructions would.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [at, when] = (process.env.KILL_AT ?? '').split(':')
const { writeSync, readlinkSync } = fs
let writes = 0

function isJournal(descriptor) {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).endsWith('.jsonl')
  } catch {
    return false
  }
}

function isIt(bytes) {
  return /^\d+$/.test(at) ? writes === Number(at) : Buffer.from(bytes).includes(`"type":"${at}"`)
}

function dieIf(now, bytes) {
  if (when === now && isIt(bytes)) process.kill(process.pid, process.env.KILL_WITH ?? 'SIGKILL')
}

fs.writeSync = (descriptor, bytes, ...rest) => {
  if (!isJournal(descriptor)) return writeSync(descriptor, bytes, ...rest)
  dieIf('before', bytes)
  const written = writeSync(descriptor, bytes, ...rest)
  dieIf('after', bytes)
  writes += 1
  return written
}
syncBuiltinESMExports()
