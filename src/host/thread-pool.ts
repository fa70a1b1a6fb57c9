/**
 * The worker threads of the host: made on demand, used again when idle, never more than `maxThreads`
 * with plain functions in them. A function that returned a promise gives its place back at once; its
 * thread stays with that promise and takes no other call before it has ended. An aborted call's
 * thread is terminated when it does not answer, that is, when it is blocked, and its grace is over: a
 * plain function always blocks its thread, also when it is about to end.
 */
import type { MessagePort, Worker } from 'node:worker_threads'
import { workerThreads } from '../contract/late-builtins.ts'
import type { Channel } from './channel.ts'
import { type CallMessage, failed, permanent, type Settlement } from './execution.ts'
import { stringify } from './own-json.ts'
import { type HostOptions, THREAD_TERMINATED } from './protocol.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'
import { after } from './time.ts'

/** A thread that has not said within this time that it aborted the signal is blocked. */
const ACKNOWLEDGE_MS = 100
/** What a call that is not blocked may take after its signal. */
const GRACE_MS = 5000

type Seat = {
  worker: Worker
  port: MessagePort
  message: CallMessage | null
  detached: boolean
  ended: boolean
  disarm: () => void
}

export interface ThreadPool {
  run(message: CallMessage): void
  /** @returns false where no thread has this call */
  abort(call: number, reason: string, graceMs: number): boolean
  abortAll(reason: string): void
  /** Whether tools have set up something in threads that they want to put away. */
  readonly keeps: boolean
  /** Lets them; threads that have a call are left alone, as they may be blocked. */
  dispose(): Promise<void>
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
  /** The seats that have a call, by its number. */
  const busy = new Map<number, Seat>()
  const idle: Seat[] = []
  /** Those with something to put away in the end. */
  const keepers = new Set<Seat>()
  const asynchronous = new Set<string>()
  const waiting = new Map<number, CallMessage>()
  let taken = 0

  function post(seat: Seat, message: ToThread): void {
    seat.port.postMessage(message)
  }
  function assign(seat: Seat, message: CallMessage): void {
    seat.message = message
    busy.set(message.call, seat)
    post(seat, message)
  }
  function next(): void {
    for (const message of waiting.values()) {
      const seat = idle.pop() ?? (taken < options.maxThreads ? newSeat() : null)
      if (!seat) return
      waiting.delete(message.call)
      assign(seat, message)
    }
  }
  function newSeat(): Seat {
    taken += 1
    const { MessageChannel, receiveMessageOnPort, Worker } = workerThreads()
    const { port1: port, port2 } = new MessageChannel()
    const data: ThreadData = { options, port: port2 }
    const worker = new Worker(script, { workerData: data, transferList: [port2], execArgv: [] })
    const seat: Seat = { worker, port, message: null, detached: false, ended: false, disarm: () => {} }
    port.on('message', (message: FromThread) => heard(seat, message))
    worker.on('error', ({ message }) =>
      left(seat, (call) => failed(call, { code: 'thread_crashed', message: `its thread ended: ${message}` })),
    )
    // As the exit code of a command: an end of the tool's own choice.
    worker.on('exit', (code) => {
      // What it said before may be on its way.
      for (let last = receiveMessageOnPort(port); last; last = receiveMessageOnPort(port)) heard(seat, last.message)
      left(seat, (call) => permanent(call, { code: 'process_exit', message: `called process.exit(${code})` }))
    })
    return seat
  }
  function heard(seat: Seat, message: FromThread): void {
    if (seat.ended) return
    switch (message.type) {
      case 'ended':
        free(seat)
        return
      case 'asynchronous':
        detach(seat)
        return
      case 'kept':
        keepers.add(seat)
        return
      case 'disposed':
        return
      case 'acknowledged':
        if (seat.message?.call !== message.call) return
        seat.disarm()
        seat.disarm = after(GRACE_MS, () => terminate(seat))
        return
      default:
        channel.send(message)
    }
  }
  function free(seat: Seat): void {
    seat.disarm()
    empty(seat)
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
    if (!asynchronous.has(key)) moveToLoop(key, message)
    next()
  }
  function moveToLoop(key: string, { file, tool }: CallMessage): void {
    asynchronous.add(key)
    channel.send({ type: 'asynchronous', file, tool })
    for (const other of waiting.values()) {
      if (keyOf(other) !== key) continue
      waiting.delete(other.call)
      onLoop(other)
    }
  }
  function left(seat: Seat, settlement: (call: number) => Settlement): void {
    if (seat.ended) return
    if (seat.message) channel.send(settlement(seat.message.call))
    remove(seat)
  }
  /** A thread inside a system call ends only with that call, so nothing here waits for it. */
  function terminate(seat: Seat): void {
    if (seat.ended) return
    if (seat.message) channel.send(canceled(seat.message.call, THREAD_TERMINATED, 'its thread was terminated'))
    remove(seat)
    void seat.worker.terminate()
  }
  function remove(seat: Seat): void {
    seat.disarm()
    seat.ended = true
    empty(seat)
    keepers.delete(seat)
    if (idle.includes(seat)) idle.splice(idle.indexOf(seat), 1)
    if (!seat.detached) taken -= 1
    next()
  }
  function empty(seat: Seat): void {
    if (seat.message) busy.delete(seat.message.call)
    seat.message = null
  }
  function abort(call: number, reason: string, graceMs: number): boolean {
    if (waiting.delete(call)) {
      channel.send(canceled(call, 'canceled', reason))
      return true
    }
    const seat = busy.get(call)
    if (!seat) return false
    seat.disarm()
    seat.disarm = after(Math.max(graceMs, ACKNOWLEDGE_MS), () => terminate(seat))
    post(seat, { type: 'abort', call, reason })
    return true
  }

  function disposed(seat: Seat): Promise<void> {
    return new Promise((resolve) => {
      seat.port.on('message', ({ type }: FromThread) => type === 'disposed' && resolve())
      seat.worker.on('exit', () => resolve())
      post(seat, { type: 'dispose' })
    })
  }

  return {
    run(message) {
      if (asynchronous.has(keyOf(message))) {
        onLoop(message)
        return
      }
      waiting.set(message.call, message)
      next()
    },
    abort,
    abortAll(reason) {
      for (const call of [...waiting.keys(), ...busy.keys()]) abort(call, reason, 0)
    },
    get keeps() {
      return keepers.size > 0
    },
    async dispose() {
      await Promise.all([...keepers].filter(({ message }) => message === null).map(disposed))
    },
    get size() {
      return waiting.size + busy.size
    },
  }
}

function canceled(call: number, code: string, message: string) {
  return { type: 'threw' as const, call, status: 'canceled' as const, error: { code, message } }
}

function keyOf({ file, tool }: CallMessage): string {
  return stringify([file, tool])
}
