/**
 * Takes the lock of the journal in its argument once it is told to, says how that went, and holds it
 * until its stdin ends.
 */
import { isAgentError } from '../../src/contract/error.ts'
import { lockRun } from '../../src/journal/lock.ts'

const [, , path = ''] = process.argv
process.stdout.write('ready\n')
process.stdin.once('data', () => {
  try {
    lockRun(path)
    process.stdout.write('taken\n')
  } catch (error) {
    process.stdout.write(`${isAgentError(error) ? error.code : String(error)}\n`)
  }
})
