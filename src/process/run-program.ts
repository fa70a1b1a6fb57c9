/**
 * One program, from its start to the end of its whole process group. What it leaves behind in its group
 * ends with it; what has left the group is named.
 */
import type { Clock } from '../contract/clock.ts'
import { within } from '../contract/clock.ts'
import type { KeptOutput } from '../contract/kept-output.ts'
import { openKeptOutput } from '../contract/kept-output.ts'
import type { ProcessGroups } from './groups.ts'
import { signalGroup } from './groups.ts'
import { pipeHolders } from './pipe-holders.ts'
import type { GroupProcess, ProcessEnd } from './start-group.ts'

/** Between asking a program to end and making it. */
const GRACE_MS = 5_000
/** For what is still in the pipes once the program has ended: only a daemon keeps them open longer. */
const DRAIN_MS = 1_000

export type ProgramOptions = {
  groups: ProcessGroups
  clock: Clock
  /** Asks the program to end (SIGTERM), and makes it 5 s later. */
  signal: AbortSignal
  /** Default: our own. */
  cwd?: string
  /** The whole environment. Default: our own. */
  environment?: Readonly<Record<string, string>>
  /** What it reads; null: nothing. */
  input: string | null
  /** Kept of each stream: head and tail. */
  maxKeptBytes: number
  /** It runs from now on. */
  started?: () => void
}

export type ProgramRun =
  | { type: 'fault'; code: string; message: string }
  | {
      type: 'ended'
      end: ProcessEnd
      stdout: KeptOutput
      stderr: KeptOutput
      /** Pids of processes that have left the group and still hold its output; null: of one that was not found. */
      survivors: (number | null)[]
    }

/** Resolves when the program has ended and nothing of its group is left. */
export async function runProgram(command: readonly string[], options: ProgramOptions): Promise<ProgramRun> {
  const { groups, cwd, environment, input, maxKeptBytes } = options
  const start = await groups.start(command, {
    stdin: input === null ? 'ignore' : 'pipe',
    ...(cwd !== undefined && { cwd }),
    ...(environment !== undefined && { environment }),
  })
  if (start.type === 'fault') return start
  const program = start.process
  options.started?.()
  const stdout = openKeptOutput(maxKeptBytes)
  const stderr = openKeptOutput(maxKeptBytes)
  program.stdout?.on('data', stdout.add)
  program.stderr?.on('data', stderr.add)
  program.stdin?.end(input ?? '')
  try {
    const { end, drained } = await untilEnd(program, options)
    return { type: 'ended', end, stdout, stderr, survivors: drained ? [] : survivors(program) }
  } finally {
    groups.release(program.pid)
    for (const stream of [program.stdin, program.stdout, program.stderr]) stream?.destroy()
  }
}

function survivors({ pipes }: GroupProcess): (number | null)[] {
  const found = pipeHolders(pipes)
  return found.length > 0 ? found : [null]
}

async function untilEnd(
  { pid, ended, closed }: GroupProcess,
  { clock, signal }: ProgramOptions,
): Promise<{ end: ProcessEnd; drained: boolean }> {
  let cancelKill = () => {}
  const onAbort = () => {
    signalGroup(pid, 'SIGTERM')
    cancelKill = clock.timer(GRACE_MS, () => signalGroup(pid, 'SIGKILL'))
  }
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  try {
    const end = await ended
    // Those that were asked to end keep their grace; those that were merely left behind get none.
    if (signal.aborted) await within(GRACE_MS, closed, clock)
    signalGroup(pid, 'SIGKILL')
    return { end, drained: await within(DRAIN_MS, closed, clock) }
  } finally {
    cancelKill()
    signal.removeEventListener('abort', onAbort)
  }
}

/** `"wc" ended with exit code 1; it said: ...` */
export function failureText(program: string, { code, signal }: ProcessEnd, stderrTail: string): string {
  const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`
  const said = stderrTail.trim()
  return `"${program}" ${how}${said === '' ? '' : `; it said:\n${said}`}`
}
