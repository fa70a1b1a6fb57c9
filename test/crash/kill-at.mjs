/**
 * Loaded into a command before all else: kills it with SIGKILL right before or behind the nth record
 * of its journal (`KILL_AT=n:before`), as a power cut between two instructions would.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [at, when] = (process.env.KILL_AT ?? '').split(':')
const { writeSync, readlinkSync } = fs
let records = 0

function isJournal(descriptor) {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).endsWith('.jsonl')
  } catch {
    return false
  }
}

function dieIf(now) {
  if (when === now && records === Number(at)) process.kill(process.pid, 'SIGKILL')
}

fs.writeSync = (descriptor, ...rest) => {
  if (!isJournal(descriptor)) return writeSync(descriptor, ...rest)
  dieIf('before')
  const written = writeSync(descriptor, ...rest)
  dieIf('after')
  records += 1
  return written
}
syncBuiltinESMExports()
