/**
 * One forked host: starts it, carries messages in batches, and tells when it is blocked or gone. It
 * leads a process group of its own, so that what tools leave behind goes with it, and a Ctrl-C at the
 * terminal reaches only us. What the end of a host means for its calls is host-calls.ts's matter.
 */
import type { Readable } from 'node:stream'
import type { Clock } from '../contract/clock.ts'
import { childProcess } from '../contract/late-builtins.ts'
import { CALLS_END_MS, DISPOSE_MS, type FromHost, type HostOptions, REPORT_FD, type ToHost } from '../host/protocol.ts'
import { atExit } from '../process/at-exit.ts'
import { openLeash } from '../process/leash.ts'
import { killTree } from '../process/process-tree.ts'
import { reportReader } from './host-reports.ts'
import type { WatchHandlers } from './host-watch.ts'
import { openHostWatch } from './host-watch.ts'

/** Larger ticks are sent in parts, so that the host works on one while the next is made. */
const MAX_BATCH = 100
/** What a host may take to leave when it is asked to. */
const CLOSE_MS = 500
/** It keeps these times itself, unless it is blocked; what it then says of them may come late on a busy machine. */
const CLOSE_DISPOSING_MS = CALLS_END_MS + DISPOSE_MS + 200
/** After its end: for output that is still in the pipes, which a daemon of a tool may hold open. */
const DRAIN_MS = 50

export type HostHandlers = WatchHandlers & {
  message(message: FromHost): void
  /** The call runs in a thread now; a blocked loop does not concern it. */
  begun(call: number): void
  /** It has put away what it had, and has nothing more to do. */
  left(): void
  /** Once, after the last message. @param how  `SIGSEGV`, `exit code 7` */
  ended(how: string): void
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
  const child = childProcess().fork(settings.script, [JSON.stringify(settings.options)], {
    execArgv: [],
    env: settings.environment,
    serialization: 'json',
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', watch.descriptor],
  })
  // `stdio` has a pipe at this place, and pipes of children are read only here.
  const report = child.stdio[REPORT_FD] as Readable | null
  const pipes = [child.stdout, child.stderr, report]
  let batch: ToHost[] = []
  let how: string | null = null
  const ended = new Promise<void>((resolve) => {
    const finish = (reason: string) => {
      if (how !== null) return
      how = reason
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
        handlers.ended(reason)
        resolve()
      }
      const cancel = clock.timer(DRAIN_MS, leave)
      child.once('close', leave)
    }
    child.once('exit', (code, signal) => finish(signal ?? `exit code ${code}`))
    child.once('error', (error) => finish(error.message))
    // Deaf from now on: a tool has closed the channel.
    child.once('disconnect', kill)
  })

  // It leaves by itself when we are gone, unless a tool blocks it: then these end it, before it has run anything.
  const forgetExit = atExit(kill)
  leash.open()
  if (child.pid !== undefined) leash.hold(child.pid)

  function flush(): void {
    const messages = batch
    batch = []
    if (messages.length > 0 && child.connected) child.send(messages, () => {})
  }
  function left(): void {
    handlers.left()
    kill()
  }
  function kill(): void {
    if (child.pid !== undefined) killTree(child.pid)
  }
  for (const output of [child.stdout, child.stderr]) output?.on('data', settings.toolOutput)
  report?.setEncoding('utf8').on('data', reportReader({ ...handlers, left }))
  for (const pipe of pipes) pipe?.on('error', () => {})
  child.on('message', (messages: FromHost[]) => {
    for (const message of messages) handlers.message(message)
  })

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
