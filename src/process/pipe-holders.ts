/**
 * Finds who still holds the output pipes of a program that has ended: a daemon that has left its group
 * and cannot be ended with it. From /proc; where there is none (macOS) nobody is found.
 */
import { readdirSync, readlinkSync } from 'node:fs'

/**
 * The program's own ends of its stdout and stderr, to be asked for right after its start: ours are
 * other sockets, with other numbers.
 */
export function outputPipes(pid: number): string[] {
  return [1, 2].flatMap((fd) => linkOf(`/proc/${pid}/fd/${fd}`) ?? [])
}

/** @returns pids */
export function pipeHolders(pipes: readonly string[]): number[] {
  if (pipes.length === 0) return []
  return entriesOf('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) => entriesOf(`/proc/${pid}/fd`).some((fd) => pipes.includes(linkOf(`/proc/${pid}/fd/${fd}`) ?? '')))
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null // gone, or another user's
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
