/**
 * Signals to a whole process group, and a leash: the group ends with the process that started it,
 * however that one ends.
 */
import { execa } from 'execa'

export type Leash = { close(): void }

/**
 * A shell that waits for us to go, and then kills the group. It sees our end by the end of its
 * input, which the system closes even when we are killed and can do nothing any more. A line of
 * input lets the group live. It has a group of its own, so that it survives what ends ours.
 */
const WATCH = 'read -r line || kill -KILL -- "-$1"'

/** @param group  id of the process group */
export function openLeash(group: number): Leash {
  const watcher = execa('/bin/sh', ['-c', WATCH, 'leash', String(group)], {
    detached: true,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
  })
  watcher.unref()
  // Where it could not be started there is no leash; the program runs all the same.
  watcher.stdin.on('error', () => {})
  return { close: () => watcher.stdin.end('done\n') }
}

export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // ESRCH: all of it has ended.
  }
}
