/**
 * Starts a program as the leader of a process group of its own, without a shell: a signal to the group
 * reaches all that the program starts, and a Ctrl-C at the terminal reaches only us. The only door to
 * execa. It waits for nothing but the start.
 */
import type { Readable, Writable } from 'node:stream'
import { execa } from 'execa'
import { thrownMessage } from '../contract/error.ts'
import { outputPipes } from './pipe-holders.ts'

export type StartOptions = {
  /** Default: our own. */
  cwd?: string
  /** The whole environment. Default: our own. */
  environment?: Readonly<Record<string, string>>
  stdin: 'ignore' | 'pipe'
  /** Default: a pipe for each. */
  output?: 'pipe' | 'ignore'
}

export type ProcessEnd = { code: number | null; signal: NodeJS.Signals | null }

export interface GroupProcess {
  /** Of the process, and of its group. */
  readonly pid: number
  readonly stdin: Writable | null
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Its own ends of them (pipe-holders.ts). */
  readonly pipes: readonly string[]
  /** By the process's own end: whoever else holds its pipes is not waited for. */
  readonly ended: Promise<ProcessEnd>
  /** When its pipes are closed too. */
  readonly closed: Promise<void>
}

export type Start = { type: 'started'; process: GroupProcess } | { type: 'fault'; code: string; message: string }

/** @param spawned  told in the very tick in which it runs: whoever has to watch it must not come late */
export async function startGroup(
  command: readonly string[],
  options: StartOptions,
  spawned: (process: GroupProcess) => void = () => {},
): Promise<Start> {
  const [program = '', ...args] = command
  if (program === '') return startFault('bad_command', 'the name of the program is empty')
  if (command.some((part) => part.includes('\0'))) return startFault('bad_command', 'an argument holds a NUL character')
  const { cwd, environment, stdin, output = 'pipe' } = options
  const child = execa(program, args, {
    detached: true,
    stdin,
    stdout: output,
    stderr: output,
    // execa would keep all of it, and settle when the last holder of a pipe lets go.
    buffer: false,
    reject: false,
    ...(cwd !== undefined && { cwd }),
    ...(environment !== undefined && { env: environment, extendEnv: false }),
  })
  if (child.pid === undefined) return notStarted(program, (await child).cause)
  // A reader that leaves early is the program's choice; its exit code tells the rest.
  child.stdin?.on('error', () => {})
  const process: GroupProcess = {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    // In the very tick: it may end in the next one.
    pipes: output === 'pipe' ? outputPipes(child.pid, [child.stdout, child.stderr]) : [],
    ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal }))),
    closed: new Promise((resolve) => child.once('close', () => resolve())),
  }
  spawned(process)
  return { type: 'started', process }
}

function notStarted(program: string, cause: unknown): Start {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
  if (code === 'ENOENT') return startFault(code, `"${program}" was not found`)
  if (code === 'EACCES') return startFault(code, `"${program}" is not executable`)
  return startFault(code, `"${program}" could not be started: ${code === 'unknown' ? thrownMessage(cause) : code}`)
}

function startFault(code: string, message: string): Start {
  return { type: 'fault', code, message }
}
