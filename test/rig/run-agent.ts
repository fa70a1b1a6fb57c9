/**
 * Runs the built command as a user would: a real process, real pipes, an environment of its own in a
 * folder of its own. `runAgent` waits for its end; `startAgent` hands out the strings: signals, slow
 * readers, readers that leave. Both clean up after the test, survivors included.
 */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AgentEvent } from '../../src/contract/event.ts'
import { agentEventSchema } from '../../src/contract/event.ts'
import type { Transcript } from '../../src/contract/transcript.ts'
import { transcriptSchema } from '../../src/contract/transcript.ts'
import type { Capture } from './capture.ts'
import { openCapture } from './capture.ts'
import type { Terminal } from './command-line.ts'
import { atTerminal, withoutStdin } from './command-line.ts'
import { NODE } from './node.ts'
import { demandSchema, eventFaults, schemaFaults } from './printed-schemas.ts'
import { sharedCaches } from './shared-caches.ts'
import { killSurvivors, MARKER } from './survivors.ts'

export const AGENT = join(import.meta.dirname, '..', '..', 'bin', 'agent.js')
/** The key that may turn up nowhere. */
export const CANARY_KEY = 'sk-ant-canary-7f3a9d21c4e8b650'

export type AgentOptions = {
  /** Over the clean environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>
  /** Default: an empty folder below `dir`. */
  cwd?: string
  /**
   * - `null` (default): /dev/null
   * - `closed`: there is no file descriptor 0
   * - `open`: a pipe that stays open and silent; the test may write to `stdin`
   * - text or bytes: a pipe that holds these and ends
   */
  stdin?: 'null' | 'closed' | 'open' | { text: string | Buffer }
  /** `hold`: not read until `readStdout()`. A file: opened for writing, as `> file` does. */
  stdout?: 'read' | 'hold' | { file: string }
  /**
   * Runs it at a terminal of its own. `stdout` is then all that the terminal shows, `stdin.write` types
   * (Ctrl-C: \x03), and `kill('SIGKILL')` closes the terminal, which hangs up; `pid` is the terminal's.
   */
  terminal?: Terminal
  /** A folder that was made before, for what is shared by several runs. Default: a new one. */
  dir?: string
  /** Path of another Node. Default: see node.ts. */
  node?: string
  /** Arguments of node itself. */
  nodeArguments?: readonly string[]
  /** Another program in the command's place: for tests of this rig, and to compare with. */
  script?: string
  /** After this the run is killed and the test fails. Default 25 s. */
  giveUpAfterMs?: number
}

export type AgentResult = {
  args: readonly string[]
  stdout: string
  stderr: string
  /** null where a signal ended it. */
  code: number | null
  signal: NodeJS.Signals | null
  pid: number
  /** Value of MARKER in the environment of everything that the run started. */
  marker: string
  /** Holds `home/`, `work/` (the default cwd) and `tmp/`. */
  dir: string
  /** Whether stdout went to us and was read to its end. */
  wholeStdout: boolean
  /** The transcript on stdout, checked against its schema, and against the one that is printed. */
  json(): Transcript
  /** The events on stdout, checked as the transcript is. */
  jsonLines(): AgentEvent[]
}

export interface AgentHandle {
  readonly pid: number
  readonly dir: string
  readonly cwd: string
  readonly marker: string
  readonly stdin: ChildProcess['stdin']
  readonly stdout: Capture
  readonly stderr: Capture
  kill(signal: NodeJS.Signals): void
  /** Starts reading what was held. */
  readStdout(): void
  /** The reader leaves, as `head -1` does. */
  closeStdout(): void
  readonly ended: Promise<AgentResult>
}

/** A folder with `home/`, `work/` and `tmp/`; removed after the test. */
export function makeRunFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'agent-test-'))
  for (const name of ['home', 'work', 'tmp']) mkdirSync(join(dir, name))
  afterTest(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}

export function runAgent(args: readonly string[], options: AgentOptions = {}): Promise<AgentResult> {
  return startAgent(args, options).ended
}

export function startAgent(args: readonly string[], options: AgentOptions = {}): AgentHandle {
  const dir = options.dir ?? makeRunFolder()
  const cwd = options.cwd ?? join(dir, 'work')
  const marker = randomUUID()
  const command = [options.node ?? NODE, ...(options.nodeArguments ?? []), options.script ?? AGENT, ...args]
  const [program = '', ...rest] = commandLine(command, options)
  const outputFile = typeof options.stdout === 'object' ? openSync(options.stdout.file, 'w') : null
  const child = spawn(program, rest, {
    cwd,
    env: environment(dir, marker, { ...(options.terminal && { TERM: 'xterm-256color' }), ...options.env }),
    stdio: [
      (options.stdin ?? 'null') === 'null' && !options.terminal ? 'ignore' : 'pipe',
      outputFile ?? 'pipe',
      'pipe',
    ],
  })
  if (outputFile !== null) closeSync(outputFile)
  const stdout = openCapture(child.stdout)
  const stderr = openCapture(child.stderr)
  if (options.stdout !== 'hold') stdout.read()
  stderr.read()
  child.stdin?.on('error', () => {}) // a command that does not read its input breaks the pipe: not our matter
  if (typeof options.stdin === 'object') child.stdin?.end(options.stdin.text)

  const result = (code: number | null, signal: NodeJS.Signals | null): AgentResult => ({
    args,
    stdout: stdout.text(),
    stderr: stderr.text(),
    code,
    signal,
    pid: child.pid ?? 0,
    marker,
    dir,
    wholeStdout: child.stdout !== null && stdout.ended() && !options.terminal,
    json: () => {
      const document: unknown = JSON.parse(stdout.text())
      demandSchema(schemaFaults('transcript', document))
      return transcriptSchema.parse(document)
    },
    jsonLines: () =>
      parseLines(stdout.text()).map((line) => {
        demandSchema(eventFaults(line))
        return agentEventSchema.parse(line)
      }),
  })
  const ended = new Promise<AgentResult>((resolve, reject) => {
    const giveUp = setTimeout(() => {
      child.kill('SIGKILL')
      reject(
        new Error(
          `agent ${args.join(' ')} did not end\nstdout: ${stdout.text().slice(-2000)}\nstderr: ${stderr.text().slice(-2000)}`,
        ),
      )
    }, options.giveUpAfterMs ?? 25_000)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearTimeout(giveUp)
      // What was written is still in the pipes. A survivor may hold them open: that is the auditor's to say.
      const rest = Promise.all([stdout.whenEnded(1000), stderr.whenEnded(1000)])
      rest.then(() => resolve(result(code, signal)), reject)
    })
  })
  ended.catch(() => {}) // where nobody awaits it, cleaning up is all there is to do
  afterTest(async () => {
    child.kill('SIGKILL')
    await killSurvivors(marker)
  })
  return {
    pid: child.pid ?? 0,
    dir,
    cwd,
    marker,
    stdin: child.stdin,
    stdout,
    stderr,
    kill: (signal) => void child.kill(signal),
    readStdout: () => stdout.read(),
    closeStdout: () => void child.stdout?.destroy(),
    ended,
  }
}

function commandLine(command: readonly string[], { stdin, terminal }: AgentOptions): readonly string[] {
  if (terminal !== undefined) return atTerminal(command, terminal)
  return stdin === 'closed' ? withoutStdin(command) : command
}

function environment(dir: string, marker: string, over: Record<string, string | undefined>): Record<string, string> {
  const clean: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: join(dir, 'home'),
    XDG_CONFIG_HOME: join(dir, 'home', '.config'),
    XDG_CACHE_HOME: existsSync(join(dir, 'home', '.cache')) ? undefined : sharedCaches(),
    TMPDIR: join(dir, 'tmp'),
    LANG: 'C.UTF-8',
    ANTHROPIC_API_KEY: CANARY_KEY,
    [MARKER]: marker,
    ...over,
  }
  const entries = Object.entries(clean).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  return Object.fromEntries(entries)
}

export function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

/** Outside of a test (in a bench, a hook) there is nobody to clean up for but the caller. */
function afterTest(clean: () => void | Promise<void>): void {
  try {
    onTestFinished(clean)
  } catch {
    return
  }
}
