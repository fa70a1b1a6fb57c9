/**
 * One host: starts it, carries messages in batches, and tells when it is blocked or gone. It leads a
 * process group of its own, so that what tools leave behind goes with it, and a Ctrl-C at the terminal
 * reaches only us. What the end of a host means for its calls is host-calls.ts's matter.
 *
 * Its end of the channel is Node's own. Ours is a pipe that we read ourselves: `fork` would parse what
 * comes, and throw where nobody can catch it once a tool has written something else into the channel.
 */
import type { Duplex, Readable } from 'node:stream'
import type { Clock } from '../contract/clock.ts'
import { childProcess } from '../contract/late-builtins.ts'
import { CALLS_END_MS, CHANNEL_FD, DISPOSE_MS, type HostOptions, REPORT_FD, type ToHost } from '../host/protocol.ts'
import { atExit } from '../process/at-exit.ts'
import { openLeash } from '../process/leash.ts'
import { killTree } from '../process/process-tree.ts'
import { type HostMessage, readBatch } from './host-messages.ts'
import { MAX_REPORT_BYTES, reportReader } from './host-reports.ts'
import type { WatchHandlers } from './host-watch.ts'
import { openHostWatch } from './host-watch.ts'
import { openLines } from './lines.ts'

/** Larger ticks are sent in parts, so that the host works on one while the next is made. */
const MAX_BATCH = 100
/** Of one batch: what its values may take, with every character written as an escape of an escape. */
const MAX_BATCH_BYTES = 400 * 1024 * 1024
/** What a host may take to leave when it is asked to. */
const CLOSE_MS = 500
/** It keeps these times itself, unless it is blocked; what it then says of them may come late on a busy machine. */
const CLOSE_DISPOSING_MS = CALLS_END_MS + DISPOSE_MS + 200
/** After its end: for output that is still in the pipes, which a daemon of a tool may hold open. */
const DRAIN_MS = 50

export type HostHandlers = WatchHandlers & {
  message(message: HostMessage): void
  /** The call runs in a thread now; a blocked loop does not concern it. */
  begun(call: number): void
  /** It has put away what it had, and has nothing more to do. */
  left(): void
  /**
   * Once, after the last message.
   * @param how     `SIGSEGV`, `exit code 7`
   * @param onLoop  the call whose code was the last on its loop; 0: nobody's, or unknown
   */
  ended(how: string, onLoop: number): void
}

export type HostSettingsOfProcess = {
  script: string
  options: HostOptions
  environment: Record<string, string>
  clock: Clock
  toolOutput: (chunk: Buffer) => void
}

export interface HostProcess {
  send(message: ToHost): void
  /** SIGKILL to it and all that it started. */
  kill(): void
  /** Resolves when it has ended. @param disposes  it has something to put away before */
  close(now: boolean, disposes: boolean): Promise<void>
}

export function startHostProcess(settings: HostSettingsOfProcess, handlers: HostHandlers): HostProcess {
  const { clock } = settings
  const leash = openLeash()
  const watch = openHostWatch(clock, handlers)
  const child = childProcess().spawn(process.execPath, [settings.script, JSON.stringify(settings.options)], {
    env: { ...settings.environment, NODE_CHANNEL_FD: String(CHANNEL_FD), NODE_CHANNEL_SERIALIZATION_MODE: 'json' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', watch.descriptor],
  })
  // `stdio` has pipes at these places, which both ends write into.
  const channel = child.stdio[CHANNEL_FD] as Duplex | null
  const report = child.stdio[REPORT_FD] as Readable | null
  const pipes = [child.stdout, child.stderr, channel, report]
  let batch: ToHost[] = []
  /** What a tool did to it, for which we have killed it. */
  let breach: string | null = null
  let how: string | null = null
  const ended = new Promise<void>((resolve) => {
    const finish = (reason: string) => {
      if (how !== null) return
      how = reason
      // Long after somebody wrote where he should not, others' code may have run.
      const onLoop = breach === null ? watch.onLoop() : 0
      kill()
      // Messages that it sent before its end may arrive after `exit`, but not after `close`.
      let left = false
      const leave = () => {
        if (left) return
        left = true
        cancel()
        forgetExit()
        watch.close()
        leash.close()
        for (const pipe of pipes) pipe?.destroy()
        handlers.ended(reason, onLoop)
        resolve()
      }
      const cancel = clock.timer(DRAIN_MS, leave)
      child.once('close', leave)
    }
    child.once('exit', (code, signal) => finish(breach ?? signal ?? `exit code ${code}`))
    child.once('error', (error) => finish(error.message))
    // Deaf from now on: a tool has closed the channel.
    channel?.once('end', () => how === null && kill())
  })

  // It leaves by itself when we are gone, unless a tool blocks it: then these end it, before it has run anything.
  const forgetExit = atExit(kill)
  leash.open()
  if (child.pid !== undefined) leash.hold(child.pid)

  function flush(): void {
    const messages = batch
    batch = []
    if (messages.length > 0 && channel?.writable) channel.write(`${JSON.stringify(messages)}\n`)
  }
  function left(): void {
    handlers.left()
    kill()
  }
  function kill(): void {
    if (child.pid !== undefined) killTree(child.pid)
  }
  for (const output of [child.stdout, child.stderr]) output?.on('data', settings.toolOutput)
  read(report, REPORT_FD, MAX_REPORT_BYTES, reportReader({ ...handlers, left }))
  read(channel, CHANNEL_FD, MAX_BATCH_BYTES, (line) => {
    const messages = readBatch(line)
    for (const message of messages ?? []) handlers.message(message)
    return messages !== null
  })
  for (const pipe of pipes) pipe?.on('error', () => {})

  /** @param take  says whether a host writes such a line; after one that it does not, nothing can be relied on */
  function read(pipe: Readable | null, descriptor: number, maxBytes: number, take: (line: string) => boolean): void {
    const stop = () => {
      if (breach !== null) return
      breach = `a tool wrote to file descriptor ${descriptor}, which is agent's own`
      kill()
    }
    const lines = openLines(maxBytes, (line) => {
      if (breach === null && !take(line)) stop()
    })
    pipe?.on('data', (chunk: Buffer) => {
      if (breach === null && !lines.push(chunk)) stop()
    })
  }

  function send(message: ToHost): void {
    const waiting = batch.push(message)
    // Ahead of microtasks, which wait until the response that brought the calls has been cleared away.
    if (waiting === 1) process.nextTick(flush)
    if (waiting >= MAX_BATCH) flush()
  }

  return {
    send,
    kill,
    close(now, disposes) {
      if (now) kill()
      else send({ type: 'close' })
      const disarm = clock.timer(disposes ? CLOSE_DISPOSING_MS : CLOSE_MS, kill)
      return ended.finally(disarm)
    },
  }
}
