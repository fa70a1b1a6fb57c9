/**
 * The process groups that we have started and that may still live: on a leash, so that they end with
 * us, and known, so that all of them can be ended at once.
 */
import type { Clock } from '../contract/clock.ts'
import { openLeash } from './leash.ts'
import { killTree } from './process-tree.ts'
import type { Start, StartOptions } from './start-group.ts'
import { startGroup } from './start-group.ts'

export interface ProcessGroups {
  start(command: readonly string[], options: StartOptions): Promise<Start>
  /** Nothing of the group is left. */
  release(group: number): void
  /** SIGKILL to all of them, with what they have started in other groups. */
  killAll(): void
  /** Resolves when all of them are gone, or after `ms`. */
  ended(ms: number, clock: Clock): Promise<void>
  /** `killAll`, and the leash is let go. */
  close(): void
}

export function openProcessGroups(): ProcessGroups {
  const leash = openLeash()
  const alive = new Set<number>()
  let closed = false
  const leaders = new Set<Promise<unknown>>()

  function killAll(): void {
    for (const group of alive) killTree(group)
  }

  return {
    start(command, options) {
      if (closed) return Promise.resolve({ type: 'fault', code: 'closed', message: 'the run has ended' })
      leash.open()
      return startGroup(command, options, ({ pid, ended }) => {
        leash.hold(pid)
        alive.add(pid)
        leaders.add(ended)
        ended.finally(() => leaders.delete(ended))
      })
    },
    release(group) {
      if (alive.delete(group)) leash.release(group)
    },
    killAll,
    ended(ms, clock) {
      return new Promise((resolve) => {
        const cancel = clock.timer(ms, resolve)
        Promise.all(leaders).then(() => {
          cancel()
          resolve()
        })
      })
    },
    close() {
      closed = true
      killAll()
      leash.close()
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
