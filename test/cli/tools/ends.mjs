/** Tools that end, move or disturb the process that they run in. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { exit } from 'node:process'
import { setTimeout as later } from 'node:timers/promises'
import { block, both, inThread, onLoop, sleep } from './both.mjs'

/** What a crash takes along is everything on the loop, so it does not return before it is hit. */
function hitSelf(signal) {
  spawnSync('kill', [`-${signal}`, String(process.pid)])
  block(60_000)
}

export default [
  ...both('exit_0', () => process.exit(0)),
  ...both('exit_imported', () => exit(0)),
  ...both('exit_caught', () => {
    try {
      process.exit(0)
    } catch {
      return 'went on'
    }
  }),
  onLoop('exit_in_timer', async () => {
    setTimeout(() => process.exit(0), 5)
    await sleep(60_000)
  }),
  onLoop('exit_in_promise', async () => {
    void later(5).then(() => process.exit(0))
    await sleep(60_000)
  }),
  ...both('exit_code', () => {
    process.exitCode = 3
    return 'set'
  }),
  ...both('abort', () => process.abort()),
  ...both('really_exit', () => process.reallyExit(0)),
  ...both('kill_parent', () => process.kill(process.ppid)),
  ...both('kill_parent_hard', () => process.kill(process.ppid, 'SIGKILL')),
  ...both('kill_self', () => process.kill(process.pid, 'SIGKILL')),
  ...both('kill_group', () => process.kill(0)),
  ...both('segfault', () => process.kill(process.pid, 'SIGSEGV')),
  ...both('change_folder', () => process.chdir('/')),

  onLoop('crash', async () => hitSelf('SEGV')),
  inThread('crash_in_thread', () => hitSelf('SEGV')),
  onLoop('kill_9', async () => hitSelf('KILL')),
  inThread('kill_9_in_thread', () => hitSelf('KILL')),
  onLoop('terminate', async () => hitSelf('TERM')),
  onLoop('crash_writing', async () => hitSelf('SEGV'), { effect: 'write' }),
  ...both('disconnect', () => process.disconnect()),
  onLoop('close_channel', async () => {
    closeSync(3)
    await sleep(60_000)
  }),
  inThread('close_all', () => {
    for (let descriptor = 0; descriptor < 64; descriptor += 1) {
      try {
        closeSync(descriptor)
      } catch {
        // Not open.
      }
    }
    block(60_000)
  }),
  onLoop('deafen', async () => {
    process.removeAllListeners()
    await sleep(60_000)
  }),
  onLoop('exhaust', async () => {
    const kept = []
    for (;;) kept.push(new Array(1_000_000).fill(kept.length))
  }),
  onLoop('recurse', async function recurse() {
    return (function deeper() {
      return deeper() + 1
    })()
  }),
  onLoop('interrupt', async () => {
    process.emit('SIGINT')
    execFileSync('kill', ['-INT', String(process.pid)])
    execFileSync('kill', ['-HUP', String(process.pid)])
    return 'still here'
  }),
]
