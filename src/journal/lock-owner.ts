/**
 * Who holds a lock, and whether that process is still there. A pid alone does not tell: it is given
 * to another process one day, so the time of its start goes with it, and where it can be looked up.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { isJsonObject } from '../contract/json.ts'
import { childProcess } from '../contract/late-builtins.ts'

export type LockOwner = {
  pid: number
  /** As the system tells it; null where it tells nothing. */
  started: string | null
  /** The machine, its container, and when it came up. */
  machine: string
  boot: string
  /** Of this one lock: what was read once can be recognised. */
  nonce: string
}

/** It has ended, and only waits for its parent to take note. */
const ENDED = 'ended'

export function newOwner(): LockOwner {
  const { pid } = process
  return { pid, started: startedAt(pid), machine: machineName(), boot: bootId(), nonce: randomUUID() }
}

/** @returns null where it is none of ours, or not whole */
export function parseOwner(text: string): LockOwner | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (!isJsonObject(value)) return null
  const { pid, started, machine, boot, nonce } = value
  if (typeof pid !== 'number' || typeof machine !== 'string' || typeof boot !== 'string') return null
  // It becomes part of a file's name.
  if (typeof nonce !== 'string' || !/^[0-9a-f-]{36}$/.test(nonce)) return null
  return { pid, started: typeof started === 'string' ? started : null, machine, boot, nonce }
}

/** `unknown`: on another machine, whose processes cannot be seen from here. */
export function ownerState({ pid, started, machine, boot }: LockOwner): 'alive' | 'dead' | 'unknown' {
  if (machine !== machineName()) return 'unknown'
  if (boot !== bootId() || !isThere(pid)) return 'dead'
  const now = startedAt(pid)
  if (now === ENDED) return 'dead'
  return now === null || started === null || started === now ? 'alive' : 'dead'
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** @returns null where it cannot be known */
function startedAt(pid: number): string | null {
  if (process.platform !== 'linux') return startedByPs(pid)
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program stands in parentheses and may hold anything.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? ENDED : (fields[19] ?? null)
  } catch {
    return null
  }
}

function startedByPs(pid: number): string | null {
  try {
    const shown = childProcess().execFileSync('/bin/ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [state = '', ...started] = shown.trim().split(/\s+/)
    if (state.startsWith('Z')) return ENDED
    return started.length === 0 ? null : started.join(' ')
  } catch {
    return null
  }
}

function machineName(): string {
  return `${hostname()} ${linkOr('/proc/self/ns/pid')}`.trim()
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}

/** Pids begin anew with the machine. Elsewhere the time of the start has the date in it. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
  } catch {
    return ''
  }
}
