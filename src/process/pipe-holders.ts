/**
 * Finds who still holds the output pipes of a program that has ended: a daemon that has left its group
 * and cannot be ended with it. From /proc; where there is none (macOS) nobody is found.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import type { Readable } from 'node:stream'

/**
 * The program's own ends of its stdout and stderr, to be asked for right after its start: ours are
 * other sockets, with other numbers.
 *
 * @param ours  our ends, for a program that has ended by then
 */
export function outputPipes(pid: number, ours: readonly (Readable | null)[]): string[] {
  return ours.flatMap((own, at) => linkOf(`/proc/${pid}/fd/${at + 1}`) ?? otherEnd(own) ?? [])
}

/** Linux numbers both ends of a pair of sockets as it makes them: ours, then the program's. */
function otherEnd(own: Readable | null): string | null {
  const handle: unknown = own && Reflect.get(own, '_handle')
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null
  const [, number] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/self/fd/${descriptor}`) ?? '') ?? []
  return number === undefined ? null : `socket:[${Number(number) + 1}]`
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
