/**
 * The host's end of the IPC channel. What is said in one tick goes out as one message: a thousand
 * timers that fire together cost one write, not a thousand. It waits for the tick's end by
 * `setImmediate`, since microtasks run between two timers of one tick.
 */
import type { FromHost, ToHost } from './protocol.ts'
import { atTurnEnd } from './time.ts'

/** Larger ticks are sent in parts, so that the other side works on one while the next is made. */
const MAX_BATCH = 100

export interface Channel {
  send(message: FromHost): void
  onMessage(handle: (message: ToHost) => void): void
  onClosed(handle: () => void): void
}

export function openChannel(): Channel {
  const write = process.send?.bind(process)
  // A tool that finds `process.send` would speak in our name.
  delete process.send
  let batch: FromHost[] = []
  const flush = () => {
    if (batch.length === 0) return
    const messages = batch
    batch = []
    write?.(messages, undefined, undefined, () => {
      // The main process has gone; `disconnect` says so.
    })
  }
  return {
    send(message) {
      const waiting = batch.push(message)
      if (waiting === 1) atTurnEnd(flush)
      if (waiting >= MAX_BATCH) flush()
    },
    onMessage(handle) {
      process.on('message', (messages: ToHost[]) => {
        // Threads first: a call on the loop may block it before it comes to them.
        for (const message of messages) if (isForThread(message)) handle(message)
        for (const message of messages) if (!isForThread(message)) handle(message)
      })
    },
    onClosed(handle) {
      process.on('disconnect', handle)
    },
  }
}

function isForThread(message: ToHost): boolean {
  return message.type === 'call' && message.thread
}
