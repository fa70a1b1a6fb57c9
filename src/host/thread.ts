/**
 * Runs in a worker thread: plain functions, which may block, one at a time. The thread imports the
 * tool's file itself, so a tool that keeps state must be async. `process.exit` ends the thread, but for what
 * a call has left behind: another one may run there by now.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { threadId, workerData } from 'node:worker_threads'
import { type Cancellation, newCancellation } from './cancellation.ts'
import { type CallMessage, execute } from './execution.ts'
import { installGuards, RefusedByHost } from './guards.ts'
import { onKept } from './loading.ts'
import { DISPOSE_MS } from './protocol.ts'
import { reportLine, reportMessage, writeWhole } from './report.ts'
import { disposeAll } from './resources.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'
import { thrownError } from './thrown.ts'
import { surviveListeners } from './uncaught.ts'

// The pool passes exactly this; workerData is untyped.
const data = workerData as ThreadData
const { options, port } = data
// A tool that finds it would speak in our name.
Reflect.deleteProperty(data, 'port')
/** Follows what a call starts, so that a stray error bears its tool's name also after the call has ended. */
const callOf = new AsyncLocalStorage<CallMessage>()
let current: { message: CallMessage; cancellation: Cancellation } | null = null

function tell(message: FromThread): void {
  port.postMessage(message)
}

function run(message: CallMessage): void {
  const cancellation = newCancellation()
  current = { message, cancellation }
  const { call } = message
  reportLine(`begun ${call}`)
  callOf.run(message, () =>
    execute({
      message,
      cancellation,
      options,
      promised: () => tell({ type: 'asynchronous', call }),
      progress: (progress) => reportMessage(call, progress),
      settle: (settlement) => {
        current = null
        reportMessage(call, settlement)
        tell({ type: 'ended', call })
      },
    }),
  )
}

/**
 * Prints at once instead of through the host's loop, bit by bit: that may be blocked, and what has
 * not passed it when the host is killed is lost.
 */
function printAtOnce(stream: NodeJS.WriteStream, descriptor: number): void {
  stream._write = (chunk: string | Uint8Array, encoding, next) => {
    writeWhole(descriptor, typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk)
    next()
  }
  stream._writev = (chunks, next) => {
    for (const { chunk, encoding } of chunks) stream._write(chunk, encoding, () => {})
    next()
  }
}

/** Ids of calls are above zero, and so those of threads below it do not meet them on the report pipe. */
async function dispose(): Promise<void> {
  await disposeAll(DISPOSE_MS, threadId, (disposal) => reportMessage(-threadId, disposal))
  tell({ type: 'disposed' })
}

/** Whether the code that runs now belongs to the call that the thread has in hand. */
function isCurrent(): boolean {
  return current !== null && callOf.getStore() === current.message
}

function warn(kind: string, thrown: unknown): void {
  if (thrown instanceof RefusedByHost) return
  tell({ type: 'warning', tool: callOf.getStore()?.tool ?? null, message: `${kind}: ${thrownError(thrown).message}` })
}

installGuards(({ code, message }) => {
  const tool = callOf.getStore()?.tool ?? null
  if (code === 'process_exit') tell({ type: 'warning', tool, message: `${message} after its end; it was not obeyed` })
}, isCurrent)
onKept(() => tell({ type: 'kept' }))
printAtOnce(process.stdout, 1)
printAtOnce(process.stderr, 2)
process.on('uncaughtException', (error) => warn('uncaught exception', error))
process.on('unhandledRejection', (reason) => warn('unhandled rejection', reason))
surviveListeners((thrown) => warn('exception in a listener for uncaught exceptions', thrown))
port.on('message', (message: ToThread) => {
  if (message.type === 'call') {
    run(message)
    return
  }
  if (message.type === 'dispose') {
    void dispose()
    return
  }
  if (current?.message.call === message.call) current.cancellation.abort(message.reason)
  tell({ type: 'acknowledged', call: message.call })
})
