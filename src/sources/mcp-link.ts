/**
 * One life of a server: from its start, or the first request to its URL, to its end. It starts nothing
 * again; that is mcp-server.ts's matter.
 */
import { thrownMessage } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import type { ConnectionHandlers, McpConnection } from './mcp-client.ts'
import type { HttpEntry, McpEntry, StdioEntry } from './mcp-entry.ts'
import type { McpFault } from './mcp-fault.ts'
import { faultHint, faultText } from './mcp-fault.ts'
import { type ProcessDeps, startServerProcess } from './mcp-process.ts'

/** For the end of a session over HTTP; the end of the run waits for it. */
const TERMINATE_MS = 100

export interface ServerLink {
  readonly connection: McpConnection
  /** Whether its end is the end of a process, which says what becomes of its calls. */
  readonly hasProcess: boolean
  /** Resolves with how it ended and what it said last; never for one that is reached over HTTP. */
  readonly ended: Promise<{ how: string; said: string }>
  faultOf(error: unknown): McpFault
  /** `now` leaves no time for good-byes. */
  close(now: boolean): Promise<void>
}

export type LinkDeps = ProcessDeps & {
  /** The client, which is loaded while servers start. */
  client: Promise<typeof import('./mcp-client.ts')>
  /** null: the run is not traced. */
  trace: TraceContext | null
}

/** Why a server did not start. */
export class StartFault extends Error {
  readonly hint: string | null
  constructor(message: string, hint: string | null = null) {
    super(message)
    this.hint = hint
  }
}

/**
 * @param signal  gives up, with a StartFault as its reason
 * @throws        StartFault; nothing of the server is left then
 */
export function linkServer({ target }: McpEntry, deps: LinkDeps, signal: AbortSignal): Promise<ServerLink> {
  return target.type === 'stdio' ? linkProcess(target, deps, signal) : linkHttp(target, deps, signal)
}

async function linkProcess(entry: StdioEntry, deps: LinkDeps, signal: AbortSignal): Promise<ServerLink> {
  const server = await startServerProcess(entry, deps)
  if (typeof server === 'string') throw new StartFault(server)
  const ended = server.ended.then((how) => ({ how, said: server.said() }))
  // Loading the client may outlast a server that leaves at once.
  const giveUp = () => server.kill()
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  const { connectPipe, faultOf } = await deps.client
  try {
    const connection = await connectPipe(server, handlers(deps), signal)
    return { connection, hasProcess: true, ended, faultOf, close: (now) => server.close(now) }
  } catch (error) {
    server.kill()
    throw await startFault({ ended, hasProcess: true, faultOf }, error, signal)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

async function linkHttp(entry: HttpEntry, deps: LinkDeps, signal: AbortSignal): Promise<ServerLink> {
  const { connectHttp, faultOf } = await deps.client
  const ended = new Promise<never>(() => {})
  try {
    const connection = await connectHttp(withTrace(entry, deps), handlers(deps), signal)
    const close = async (now: boolean) => {
      if (!now) await inTime(connection.terminate(), deps)
      await connection.close()
    }
    return { connection, hasProcess: false, ended, faultOf, close }
  } catch (error) {
    throw await startFault({ ended, hasProcess: false, faultOf }, error, signal)
  }
}

/** Of the run: requests of calls say more in themselves. What the user has set for the server stands over it. */
function withTrace(entry: HttpEntry, { trace }: LinkDeps): HttpEntry {
  return trace === null ? entry : { ...entry, headers: { ...trace.headers(null), ...entry.headers } }
}

/**
 * Why it did not start, in words: by its own last ones, where it has a process, which has to be ended.
 * @param error  what its connection rejected with
 */
export async function startFault(
  link: Pick<ServerLink, 'ended' | 'hasProcess' | 'faultOf'>,
  error: unknown,
  signal: AbortSignal,
): Promise<StartFault> {
  const fault = link.faultOf(error)
  const { how, said } = link.hasProcess ? await link.ended : { how: '', said: '' }
  if (signal.aborted) return new StartFault(`${thrownMessage(signal.reason)}${said}`)
  const reason = fault.type === 'closed' && link.hasProcess ? `it ended: ${how}` : faultText(fault)
  return new StartFault(`${reason}${said}`, faultHint(fault))
}

function handlers({ name, notify }: { name: string; notify: Notify }): ConnectionHandlers {
  return {
    toolsChanged: () =>
      notify('info', `MCP server "${name}" has changed its tools; this run keeps those it began with`),
    told: (text) => notify('debug', `${name}: ${text}`),
  }
}

function inTime(done: Promise<void>, { clock }: LinkDeps): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.timer(TERMINATE_MS, resolve)
    done.then(() => {
      cancel()
      resolve()
    })
  })
}
