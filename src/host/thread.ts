/**
 * Runs in a worker thread: plain functions, which may block, one at a time. The thread imports the
 * tool's file itself, so a tool that keeps state must be async. `process.exit` ends the thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { type Cancellation, newCancellation } from './cancellation.ts'
import { type CallMessage, execute } from './execution.ts'
import { installGuards, RefusedByHost } from './guards.ts'
import { reportLine, reportMessage } from './report.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'
import { thrownError } from './thrown.ts'

// The pool passes exactly this; workerData is untyped.
const { options } = workerData as ThreadData
let current: { message: CallMessage; cancellation: Cancellation } | null = null

function tell(message: FromThread): void {
  parentPort?.postMessage(message)
}

function run(message: CallMessage): void {
  const cancellation = newCancellation()
  current = { message, cancellation }
  const { call } = message
  reportLine(`begun ${call}`)
  execute({
    message,
    cancellation,
    options,
    promised: () => tell({ type: 'asynchronous', call }),
    settle: (settlement) => {
      current = null
      reportMessage(call, settlement)
      tell({ type: 'ended', call })
    },
  })
}

function warn(kind: string, thrown: unknown): void {
  if (thrown instanceof RefusedByHost) return
  tell({ type: 'warning', tool: current?.message.tool ?? null, message: `${kind}: ${thrownError(thrown).message}` })
}

installGuards(() => {}, true)
process.on('uncaughtException', (error) => warn('uncaught exception', error))
process.on('unhandledRejection', (reason) => warn('unhandled rejection', reason))
parentPort?.on('message', (message: ToThread) => {
  if (message.type === 'call') {
    run(message)
    return
  }
  if (current?.message.call === message.call) current.cancellation.abort(message.reason)
  tell({ type: 'acknowledged', call: message.call })
})
