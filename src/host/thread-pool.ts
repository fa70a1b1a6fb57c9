/**
 * The worker threads of the host: made on demand, used again when idle, never more than `maxThreads`
 * with plain functions in them. A function that returned a promise gives its place back at once; its
 * thread stays with that promise and takes no other call before it has ended. An aborted call's
 * thread is terminated when it does not answer, that is, when it is blocked.
 */
import { Worker } from 'node:worker_threads'
import type { Channel } from './channel.ts'
import { type CallMessage, failed } from './execution.ts'
import type { HostOptions } from './protocol.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'
import { after } from './time.ts'

/** A thread that has not said within this time that it aborted the signal is blocked. */
const ACKNOWLEDGE_MS = 100
/** What a call that is not blocked may take after its signal. */
const GRACE_MS = 5000

type Seat = { worker: Worker; message: CallMessage | null; detached: boolean; ended: boolean; disarm: () => void }

export interface ThreadPool {
  run(message: CallMessage): void
  /** @returns false where no thread has this call */
  abort(call: number, reason: string): boolean
  abortAll(reason: string): void
  readonly size: number
}

/**
 * @param script  file URL of the thread's bundle
 * @param onLoop  takes the calls that wait here and whose tool turned out to be asynchronous
 */
export function openThreadPool(
  script: URL,
  options: HostOptions,
  channel: Channel,
  onLoop: (message: CallMessage) => void,
): ThreadPool {
  const seats = new Set<Seat>()
  const idle: Seat[] = []
  const asynchronous = new Set<string>()
  let waiting: CallMessage[] = []
  let taken = 0

  function post(seat: Seat, message: ToThread): void {
    seat.worker.postMessage(message)
  }
  function assign(seat: Seat, message: CallMessage): void {
    seat.message = message
    post(seat, message)
  }
  function next(): void {
    while (waiting.length > 0) {
      const seat = idle.pop() ?? (taken < options.maxThreads ? newSeat() : null)
      const message = seat && waiting.shift()
      if (!seat || !message) return
      assign(seat, message)
    }
  }
  function newSeat(): Seat {
    taken += 1
    const data: ThreadData = { options }
    const worker = new Worker(script, { workerData: data, execArgv: [] })
    const seat: Seat = { worker, message: null, detached: false, ended: false, disarm: () => {} }
    seats.add(seat)
    worker.on('message', (message: FromThread) => heard(seat, message))
    worker.on('error', (error) => left(seat, `its thread ended: ${error.message}`, 'thread_crashed'))
    worker.on('exit', (code) => left(seat, `called process.exit(${code})`, 'process_exit'))
    return seat
  }
  function heard(seat: Seat, message: FromThread): void {
    switch (message.type) {
      case 'ended':
        free(seat)
        return
      case 'asynchronous':
        detach(seat)
        return
      case 'acknowledged':
        seat.disarm()
        if (seat.message?.call === message.call) seat.disarm = after(GRACE_MS, () => terminate(seat))
        return
      default:
        channel.send(message)
    }
  }
  function free(seat: Seat): void {
    seat.disarm()
    seat.message = null
    if (seat.detached && taken >= options.maxThreads) {
      terminate(seat)
      return
    }
    if (seat.detached) taken += 1
    seat.detached = false
    idle.push(seat)
    next()
  }
  function detach(seat: Seat): void {
    const message = seat.message
    if (!message || seat.detached) return
    seat.detached = true
    taken -= 1
    const key = keyOf(message)
    if (!asynchronous.has(key)) channel.send({ type: 'asynchronous', file: message.file, tool: message.tool })
    asynchronous.add(key)
    const moved = waiting.filter((other) => keyOf(other) === key)
    waiting = waiting.filter((other) => keyOf(other) !== key)
    for (const other of moved) onLoop(other)
    next()
  }
  function left(seat: Seat, reason: string, code: string): void {
    if (seat.ended) return
    if (seat.message) channel.send(failed(seat.message.call, { code, message: reason }))
    remove(seat)
  }
  /** A thread inside a system call ends only with that call, so nothing here waits for it. */
  function terminate(seat: Seat): void {
    if (seat.ended) return
    if (seat.message) channel.send(canceled(seat.message.call, 'its thread was terminated'))
    remove(seat)
    void seat.worker.terminate()
  }
  function remove(seat: Seat): void {
    seat.disarm()
    seat.ended = true
    seats.delete(seat)
    if (idle.includes(seat)) idle.splice(idle.indexOf(seat), 1)
    if (!seat.detached) taken -= 1
    next()
  }
  function abort(call: number, reason: string): boolean {
    if (waiting.some((message) => message.call === call)) {
      waiting = waiting.filter((message) => message.call !== call)
      channel.send(canceled(call, reason))
      return true
    }
    for (const seat of seats) {
      if (seat.message?.call !== call) continue
      seat.disarm = after(ACKNOWLEDGE_MS, () => terminate(seat))
      post(seat, { type: 'abort', call, reason })
      return true
    }
    return false
  }

  return {
    run(message) {
      if (asynchronous.has(keyOf(message))) {
        onLoop(message)
        return
      }
      waiting.push(message)
      next()
    },
    abort,
    abortAll(reason) {
      const calls = [...waiting, ...[...seats].map((seat) => seat.message)]
      for (const message of calls) if (message) abort(message.call, reason)
    },
    get size() {
      return waiting.length + [...seats].filter((seat) => seat.message).length
    },
  }
}

function canceled(call: number, message: string) {
  return { type: 'threw' as const, call, status: 'canceled' as const, error: { code: 'canceled', message } }
}

function keyOf({ file, tool }: CallMessage): string {
  return JSON.stringify([file, tool])
}
