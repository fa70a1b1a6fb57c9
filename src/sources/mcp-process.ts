/**
 * The process of a server that speaks over its stdin and stdout: messages in and out, one a line; its
 * stderr; and its end, in three steps where there is time. What its end means is mcp-server.ts's matter.
 */
import { existsSync } from 'node:fs'
import type { Clock } from '../contract/clock.ts'
import { within } from '../contract/clock.ts'
import type { JsonObject } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import { openKeptOutput } from '../contract/kept-output.ts'
import type { Notify } from '../contract/reporter.ts'
import type { ProcessGroups } from '../process/groups.ts'
import { signalGroup } from '../process/groups.ts'
import { killTree } from '../process/process-tree.ts'
import type { GroupProcess, ProcessEnd } from '../process/start-group.ts'
import { openLines } from './lines.ts'
import type { StdioEntry } from './mcp-entry.ts'

/** Of one message. No result in earnest comes near it; what comes in must not fill our memory. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024
/** Kept of stderr; its end is said where the server ends. */
const MAX_STDERR_BYTES = 8 * 1024
const MAX_SAID_BYTES = 1024
/** After its end: for what is still in the pipes, which a process that it left behind may hold open. */
const DRAIN_MS = 500
/** After the end of its input, and after SIGTERM. */
const LEAVE_MS = 200
const TERM_MS = 100

export interface MessagePipe {
  /** Nothing is read before. @param closed  once; no message comes after it */
  listen(handlers: { message: (message: JsonObject) => void; closed: () => void }): void
  send(message: object): void
}

export interface ServerProcess extends MessagePipe {
  /** Resolves after the last message with how it ended: `exit code 3`, `SIGSEGV`. */
  readonly ended: Promise<string>
  /** `; it said: ...`, the last lines of its stderr; empty where it said nothing. */
  said(): string
  kill(): void
  /** Resolves when it has ended; `now`: it is killed. */
  close(now: boolean): Promise<void>
}

export type ProcessDeps = {
  name: string
  groups: ProcessGroups
  clock: Clock
  notify: Notify
  /** Of every server; the entry's own stand over it. */
  baseEnvironment: Readonly<Record<string, string>>
}

/** @returns the process, or why it could not be started */
export async function startServerProcess(entry: StdioEntry, deps: ProcessDeps): Promise<ServerProcess | string> {
  // The system says of it what it says of a program that is not there.
  if (entry.cwd !== null && !existsSync(entry.cwd)) return `its folder "${entry.cwd}" does not exist`
  const start = await deps.groups.start(entry.command, {
    stdin: 'pipe',
    environment: { ...deps.baseEnvironment, ...entry.environment },
    ...(entry.cwd !== null && { cwd: entry.cwd }),
  })
  return start.type === 'fault' ? start.message : watch(start.process, deps)
}

function watch(server: GroupProcess, { name, groups, clock, notify }: ProcessDeps): ServerProcess {
  const { pid, stdin, stdout, stderr } = server
  const kept = openKeptOutput(MAX_STDERR_BYTES)
  let fault: string | null = null
  let over = false
  let close = () => {}
  let batch = ''
  const flush = () => {
    if (batch !== '' && !over && stdin?.writable) stdin.write(batch)
    batch = ''
  }
  const kill = () => {
    if (!over) killTree(pid)
  }
  const stderrLines = openLines(MAX_STDERR_BYTES, (line) => notify('debug', `${name}: ${line}`))
  const showStderr = (chunk: Buffer) => {
    // An endless line is not shown; its end is kept all the same.
    if (!stderrLines.push(chunk)) stderr?.removeListener('data', showStderr)
  }
  stderr?.on('data', kept.add).on('data', showStderr)
  for (const stream of [stdout, stderr]) stream?.on('error', () => {})

  async function end(): Promise<string> {
    const how = await server.ended
    signalGroup(pid, 'SIGKILL')
    await within(DRAIN_MS, server.closed, clock)
    over = true
    groups.release(pid)
    for (const stream of [stdin, stdout, stderr]) stream?.destroy()
    close()
    return fault ?? endText(how)
  }
  const ended = end()

  return {
    ended,
    kill,
    said: () => {
      const text = kept.tail(MAX_SAID_BYTES).trim()
      return text === '' ? '' : `; it said: ${text}`
    },
    send(message) {
      if (over || !stdin?.writable) return
      // Those of one tick go out in one piece: each write costs as much as the rest of a call.
      if (batch === '') queueMicrotask(flush)
      batch += `${JSON.stringify(message)}\n`
    },
    listen({ message, closed }) {
      close = closed
      if (over) return closed()
      const garbage = garbageTeller(name, notify)
      const lines = openLines(MAX_MESSAGE_BYTES, (line) => {
        const parsed = parseMessage(line)
        if (parsed === null) garbage(line)
        else message(parsed)
      })
      const stop = (reason: string) => {
        fault ??= reason
        stdout?.removeAllListeners('data')
        kill()
      }
      stdout?.on('data', (chunk: Buffer) => {
        if (!lines.push(chunk)) stop(`it sent a message of more than ${MAX_MESSAGE_BYTES / 1024 / 1024} MiB`)
      })
      // Deaf and dumb from now on, though it may live.
      stdout?.on('end', async () => {
        if (!(await within(DRAIN_MS, server.ended, clock))) stop('it closed its stdout')
      })
    },
    async close(now) {
      if (now) kill()
      else {
        flush()
        stdin?.end()
        if (!(await within(LEAVE_MS, server.ended, clock))) signalGroup(pid, 'SIGTERM')
        if (!(await within(TERM_MS, server.ended, clock))) kill()
      }
      await ended
    },
  }
}

function endText({ code, signal }: ProcessEnd): string {
  return signal ?? `exit code ${code}`
}

function parseMessage(line: string): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(line)
    return isJsonObject(parsed) && parsed['jsonrpc'] === '2.0' ? parsed : null
  } catch {
    return null
  }
}

/** Servers print to stdout by mistake; the first time their author may want to know. */
function garbageTeller(name: string, notify: Notify): (line: string) => void {
  let told = false
  return (line) => {
    if (line.trim() === '') return
    const shown = line.length > 200 ? `${line.slice(0, 200)}...` : line
    if (!told)
      notify('warning', `MCP server "${name}" writes to stdout what is no message; it is passed over: ${shown}`)
    else notify('debug', `${name}: no message: ${shown}`)
    told = true
  }
}
