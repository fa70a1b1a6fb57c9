/**
 * What the host's loop and its worker threads say to each other. How a call ended goes past the loop,
 * through report.ts; here is only what the pool needs to know.
 *
 * It goes over a port of their own: `parentPort` is every file's that is loaded in the thread, and one that
 * is made to be a worker as well posts to it.
 */
import type { MessagePort } from 'node:worker_threads'
import type { CallMessage } from './execution.ts'
import type { HostOptions } from './protocol.ts'

export type ToThread = CallMessage | { type: 'abort'; call: number; reason: string } | { type: 'dispose' }

export type FromThread =
  /** The call has been reported; the thread is free. */
  | { type: 'ended'; call: number }
  /** The function returned a promise, which is awaited; nothing blocks the thread any more. */
  | { type: 'asynchronous'; call: number }
  /** The signal has been aborted: the thread is not blocked. */
  | { type: 'acknowledged'; call: number }
  /** A file has set up something here that it wants to put away. */
  | { type: 'kept' }
  | { type: 'disposed' }
  | { type: 'warning'; tool: string | null; message: string }

export type ThreadData = { options: HostOptions; port: MessagePort }
