/**
 * The host: the child process in which module tools run. It takes calls from the channel, puts them
 * on its loop or into threads, and outlives whatever they do. It decides nothing about calls: time-
 * outs, retries and what a crash means are the main process's.
 */
import { pathToFileURL } from 'node:url'
import { builtFile } from './bundle.ts'
import { newCancellation } from './cancellation.ts'
import { openChannel } from './channel.ts'
import { type CallMessage, execute } from './execution.ts'
import { installGuards, keepListeners, RefusedByHost } from './guards.ts'
import { beat, markRunning } from './heartbeat.ts'
import { killGroup } from './leave.ts'
import { loadFile } from './loading.ts'
import { BEAT_EVERY_MS, CALLS_END_MS, DISPOSE_MS, type HostOptions, type ToHost } from './protocol.ts'
import { reportLine, reportMessage } from './report.ts'
import { disposeAll, hasOpened } from './resources.ts'
import { currentCall, markCalls, openRunningCalls, type RunningCall, runAs } from './running-calls.ts'
import { openThreadPool } from './thread-pool.ts'
import { thrownError } from './thrown.ts'
import { atTurnEnd, every, now } from './time.ts'
import { surviveListeners } from './uncaught.ts'

/** What running calls may take to end, once the main process has gone. */
const LEAVE_MS = 400
/** The end of most runs waits for the first look: by then what was said in this tick is on its way. */
const LOOK_AGAIN_MS = 2

// The main process passes exactly this.
const options = JSON.parse(process.argv[2] ?? '{}') as HostOptions
const channel = openChannel()
const calls = openRunningCalls(channel)
const threads = openThreadPool(pathToFileURL(builtFile('host-thread.js')), options, channel, runOnLoop)

channel.onMessage(handle)
channel.onClosed(() => leave(true))
channel.send({ type: 'ready' })
installGuards((error) => {
  const call = currentCall()
  if (call) calls.fail(call, { code: error.code, message: error.message })
}, null)
process.on('uncaughtException', (error) => warn('uncaught exception', error))
process.on('unhandledRejection', (reason) => warn('unhandled rejection', reason))
surviveListeners((thrown) => warn('exception in a listener for uncaught exceptions', thrown))
// The terminal sends these to everybody; the main process decides what becomes of its host.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})
keepListeners()
waitForReader('stdout')
waitForReader('stderr')
markCalls()
/** The main process knows that this one is ready, and looks at its beats from the first one on. */
const watched = new Promise<void>((resolve) => {
  atTurnEnd(() => {
    beat()
    every(BEAT_EVERY_MS, beat, false)
    resolve()
  })
})

function handle(message: ToHost): void {
  switch (message.type) {
    case 'load':
      void load(message.files)
      return
    case 'call':
      if (message.thread) threads.run(message)
      else runOnLoop(message)
      return
    case 'abort':
      if (!calls.abort(message.call, message.reason)) threads.abort(message.call, message.reason, message.graceMs)
      return
    case 'ping':
      channel.send({ type: 'pong', ping: message.ping })
      return
    case 'close':
      leave(false)
      return
  }
}

/** One after the other, so that a call need not wait for all of them. */
async function load(files: readonly string[]): Promise<void> {
  // Since Node 22 a file can be read, compiled and run in the tick of the message: one that loops would go unwatched.
  await watched
  for (const file of files) {
    await loadOne(file)
    // What was said of it leaves first: the next file may block the loop for ever, and would not be named.
    await new Promise<void>(atTurnEnd)
  }
}

async function loadOne(file: string): Promise<void> {
  const loader: RunningCall = { number: 0, tool: null, cancellation: newCancellation(), settled: false }
  try {
    const tools = await runAs(loader, () => loadFile(file))
    channel.send({ type: 'loaded', file, tools: [...tools.values()].map(({ loaded }) => loaded) })
  } catch (thrown) {
    const { loadFault } = await import('./load-fault.ts')
    channel.send({ type: 'load_failed', file, ...(await loadFault(file, thrown)) })
  }
}

function runOnLoop(message: CallMessage): void {
  const call = calls.start(message.call, message.tool)
  markRunning(call.number)
  runAs(call, () =>
    execute({
      message,
      cancellation: call.cancellation,
      options,
      promised: () => {},
      progress: channel.send,
      settle: (settlement) => calls.settle(call, settlement),
    }),
  )
}

async function disposeEverything(): Promise<void> {
  const onLoop = disposeAll(DISPOSE_MS, 0, (disposal) => reportMessage(0, disposal))
  await Promise.all([onLoop, threads.dispose()])
}

/**
 * Makes writes to stdout and stderr wait for the main process, which always reads. Without it `writeSync(1)` and
 * native children fail with EAGAIN once the pipe is full, and what node holds back is lost when this process is
 * killed. Only what opens a stream takes the waiting from it, and opening both takes as long as loading a small tool.
 */
function waitForReader(name: 'stdout' | 'stderr'): void {
  const lazy = Object.getOwnPropertyDescriptor(process, name)
  if (lazy?.get === undefined) return
  const open = lazy.get
  Object.defineProperty(process, name, {
    ...lazy,
    get() {
      Object.defineProperty(process, name, lazy)
      const stream: unknown = Reflect.apply(open, process, [])
      makeBlocking(stream)
      return stream
    },
  })
}

function makeBlocking(stream: unknown): void {
  const handle = property(stream, '_handle')
  const setBlocking = property(handle, 'setBlocking')
  if (typeof setBlocking === 'function') Reflect.apply(setBlocking, handle, [true])
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function warn(kind: string, thrown: unknown): void {
  if (thrown instanceof RefusedByHost) return
  channel.send({
    type: 'warning',
    tool: currentCall()?.tool ?? null,
    message: `${kind}: ${thrownError(thrown).message}`,
  })
}

/**
 * Tools are told, so that they can end what they have started, and put away what their files have set up;
 * then everything goes. A main process that is there does the killing: it also finds children in other
 * groups.
 */
function leave(alone: boolean): void {
  calls.abortAll('the run has ended')
  threads.abortAll('the run has ended')
  const disposes = !alone && (hasOpened() || threads.keeps)
  const latestAt = alone ? now() + LEAVE_MS : disposes ? now() + CALLS_END_MS : Number.POSITIVE_INFINITY
  let leaving = false
  const look = () => {
    if (leaving || (calls.size + threads.size > 0 && now() < latestAt)) return
    leaving = true
    if (alone) killGroup()
    else if (disposes) void disposeEverything().then(() => reportLine('left'))
    else reportLine('left')
  }
  // Kept alive by this: a natural end would wait for threads that are blocked.
  every(LOOK_AGAIN_MS, look, true)
}
