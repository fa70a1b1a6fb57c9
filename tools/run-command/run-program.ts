/**
 * One program, from its start to the end of its whole process group. A group of its own, so that
 * what the program starts ends with it, and so that a signal never reaches us.
 */
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { execa } from 'execa'
import { permanentError } from '../errors/permanent-error.ts'
import { openKeptOutput } from './kept-output.ts'
import { openLeash, signalGroup } from './process-group.ts'

/** Between asking a program to end and making it. */
const GRACE_MS = 5000
/** For what is still in the pipes once the program has ended: only a daemon keeps them open longer. */
const DRAIN_MS = 1000
/** Of stderr, in the error of a program that failed. */
const MAX_QUOTED_BYTES = 4 * 1024

export type ProgramResult = { exit_code: number; stdout: string; stderr: string }

/** @throws when it cannot be started, ends with another code than 0 or by a signal, or is aborted */
export async function runProgram(command: readonly string[], signal: AbortSignal): Promise<ProgramResult> {
  signal.throwIfAborted()
  const [program = '', ...args] = command
  if (command.some((part) => part.includes('\0'))) throw permanentError('an argument holds a NUL character')
  if (program === '') throw permanentError('the name of the program is empty')

  const stdout = openKeptOutput()
  const stderr = openKeptOutput()
  const leash = openLeash()
  try {
    // We settle by the program's own end, not by execa's, which waits for whoever holds the pipes.
    const child = execa(program, args, { detached: true, stdin: 'ignore', buffer: false, reject: false })
    if (child.pid === undefined) throw notStarted(program, (await child).cause)
    leash.hold(child.pid)
    child.stdout.on('data', stdout.add)
    child.stderr.on('data', stderr.add)
    const ended = await untilEnd(child, child.pid, signal)
    signal.throwIfAborted()
    if (ended.code !== 0) throw failed(program, ended, stderr.tail(MAX_QUOTED_BYTES).trim())
    return { exit_code: 0, stdout: stdout.text(), stderr: stderr.text() }
  } finally {
    leash.close()
  }
}

type Child = { once: ChildProcess['once']; stdout: Readable; stderr: Readable }
type Ended = { code: number | null; signal: NodeJS.Signals | null }

/** Resolves when the program has ended and nothing of its group is left. */
async function untilEnd(child: Child, group: number, signal: AbortSignal): Promise<Ended> {
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let killing: NodeJS.Timeout | undefined
  const onAbort = () => {
    signalGroup(group, 'SIGTERM')
    killing = setTimeout(() => signalGroup(group, 'SIGKILL'), GRACE_MS)
  }
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const ended = await new Promise<Ended>((resolve) => {
      child.once('exit', (code, endedBy) => resolve({ code, signal: endedBy }))
    })
    // Those that were asked to end keep their grace; those that were merely left behind get none.
    if (signal.aborted) await Promise.race([closed, after(GRACE_MS)])
    signalGroup(group, 'SIGKILL')
    await Promise.race([closed, after(DRAIN_MS)])
    return ended
  } finally {
    clearTimeout(killing)
    signal.removeEventListener('abort', onAbort)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** Keeps no process alive. */
function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}

function failed(program: string, { code, signal }: Ended, said: string): Error {
  const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`
  return new Error(`"${program}" ${how}${said === '' ? '' : `; it said:\n${said}`}`)
}

function notStarted(program: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code === 'ENOENT') return permanentError(`"${program}" was not found`, { cause })
  if (code === 'EACCES') return permanentError(`"${program}" is not executable`, { cause })
  return permanentError(`"${program}" could not be started: ${code ?? String(cause)}`, { cause })
}
