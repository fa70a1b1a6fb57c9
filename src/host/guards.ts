/**
 * Keeps a tool from ending or moving the process that it shares with others: `process.exit` and its
 * like fail the call that makes them, at once, and stop its code by a throw. A tool that wants to
 * end the host finds a way (a native crash): then the main process starts another.
 */
import { syncBuiltinESMExports } from 'node:module'

/** What a refused function throws; nobody needs to be told of it a second time. */
export class RefusedByHost extends Error {
  override readonly name = 'RefusedByHost'
  readonly retryable = false
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/**
 * @param refuse      settles the call that is running; the throw follows
 * @param mayExit     in a worker thread, where `process.exit` ends the thread only: whether the code that runs now
 *                    may do that; null: the process is everybody's
 */
export function installGuards(refuse: (error: RefusedByHost) => void, mayExit: (() => boolean) | null): void {
  function refused(code: string, message: string): never {
    const error = new RefusedByHost(code, message)
    refuse(error)
    throw error
  }
  const exit = (name: string) => (code?: unknown) => refused('process_exit', `called process.${name}(${code ?? ''})`)
  if (mayExit !== null) {
    const exitThread = process.exit
    process.exit = (code) => (mayExit() ? exitThread : exit('exit'))(code)
  } else {
    Object.assign(process, { exit: exit('exit'), reallyExit: exit('reallyExit'), abort: exit('abort') })
    process.chdir = (directory) =>
      refused('process_chdir', `called process.chdir(${JSON.stringify(directory)}): the folder belongs to all tools`)
    process.disconnect = () => refused('process_disconnect', "called process.disconnect: the channel is agent's own")
  }
  const kill = process.kill.bind(process)
  process.kill = (target, signal) => {
    if (signal !== 0 && isOurs(target)) refused('process_kill', `called process.kill(${target}), which is agent's own`)
    return kill(target, signal)
  }
  // `import { exit } from 'node:process'` sees the replaced functions only after this.
  syncBuiltinESMExports()
}

/** The host, its parent, and their groups; 0 and -1 stand for groups that hold them. */
function isOurs(target: unknown): boolean {
  const id = Number(target)
  return !Number.isFinite(id) || id === 0 || id === -1 || [process.pid, process.ppid].includes(Math.abs(id))
}

/** Keeps the listeners that are there now: a tool's `process.removeAllListeners` would leave the host deaf. */
export function keepListeners(): void {
  const kept = process
    .eventNames()
    .flatMap((event) => process.rawListeners(event).map((heard) => [event, heard] as const))
  const removeAll = process.removeAllListeners.bind(process)
  process.removeAllListeners = (event) => {
    // Without arguments, and not with `undefined`, it means all events.
    if (event === undefined) removeAll()
    else removeAll(event)
    for (const [name, heard] of kept) {
      if (event !== undefined && name !== event) continue
      // What was listening for this event may listen for it again.
      Reflect.apply(process.on, process, [name, heard])
    }
    return process
  }
}
