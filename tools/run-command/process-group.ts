/**
 * Signals to a whole process group, and a leash: the group ends with the process that started it,
 * however that one ends.
 */
import { execa } from 'execa'

export type Leash = {
  /** From now on the group ends with us. */
  hold(group: number): void
  /** Lets the group live. */
  close(): void
}

/**
 * A shell that waits for us to go, and then kills the group. It sees our end by the end of its
 * input, which the system closes even when we are killed and can do nothing any more. The first
 * line of input names the group, a second one ends the watch. `-s KILL --` is the one spelling
 * that every shell takes.
 */
const WATCH = 'read -r group && read -r line || kill -s KILL -- "-$group"'

/** Opened before the program starts: starting a shell takes a while, and nobody would watch meanwhile. */
export function openLeash(): Leash {
  const watcher = execa('/bin/sh', ['-c', WATCH], {
    // A group of its own, so that it survives what ends ours.
    detached: true,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    reject: false,
  })
  watcher.unref()
  // Where it could not be started there is no leash; the program runs all the same.
  watcher.stdin.on('error', () => {})
  return {
    hold: (group) => {
      watcher.stdin.write(`${group}\n`)
    },
    close: () => {
      watcher.stdin.end('done\n')
    },
  }
}

export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // ESRCH: all of it has ended.
  }
}
