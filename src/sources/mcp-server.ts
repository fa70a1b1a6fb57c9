/**
 * One server of a run and the calls that it has in hand: what becomes of them when it crashes, and
 * that it is started again, once, by the next call. Every call resolves with one outcome; none rejects.
 *
 * A call that crashes it alone has failed for good. Of several, those that may run again do so one at a time,
 * and the crash of the guilty one is the one that is known already: it does not count again.
 */
import type { Clock } from '../contract/clock.ts'
import type { JsonObject } from '../contract/json.ts'
import type { FailedOutcome, Outcome } from '../contract/outcome.ts'
import { failure, permanentFailure } from '../contract/outcome.ts'
import type { AttemptContext, Effect } from '../contract/tool.ts'
import { isCanceled, orAborted, reasonText } from './call-signal.ts'
import type { McpEntry } from './mcp-entry.ts'
import { faultOutcome, isSessionGone, type McpFault } from './mcp-fault.ts'
import { type LinkDeps, linkServer, type ServerLink, StartFault, startFault } from './mcp-link.ts'
import { type ListedTools, listTools } from './mcp-list.ts'
import { resultOutcome } from './mcp-result.ts'
import { openTrial } from './mcp-trial.ts'

/** From the start of a server to its list of tools. */
const START_LIMIT_MS = 30_000
/** Starts of one server in a run, beside the first. */
const MAX_RESTARTS = 1

export type McpCall = { tool: string; effect: Effect; input: JsonObject; context: AttemptContext }

export interface McpServer {
  readonly name: string
  /** To be called once. @throws StartFault */
  start(): Promise<ListedTools>
  run(call: McpCall): Promise<Outcome>
  /** Resolves when nothing of it is left. */
  close(now: boolean): Promise<void>
}

type InHand = {
  effect: Effect
  signal: AbortSignal
  settle: (outcome: Outcome | Promise<Outcome>) => void
  /** Not before others of this server have run, one of which may have crashed it. */
  tryAgain: () => void
}

const CANCELED = failure('canceled', 'canceled', 'was canceled, or ended with its server')

export function openMcpServer(entry: McpEntry, deps: LinkDeps): McpServer {
  const { name } = entry
  const { clock, notify } = deps
  const inHand = new Set<InHand>()
  /** Those of sessions that the server has ended as well: they have something to close. */
  const links: ServerLink[] = []
  const closing = new AbortController()
  const trial = openTrial()
  let current: ServerLink | null = null
  let linking: Promise<ServerLink | FailedOutcome> | null = null
  let losses = 0
  let how = ''

  async function link(signal: AbortSignal): Promise<ServerLink> {
    const fresh = await linkServer(entry, deps, signal)
    links.push(fresh)
    if (closing.signal.aborted) {
      await fresh.close(true)
      throw new StartFault('the run has ended')
    }
    return fresh
  }

  function adopt(fresh: ServerLink): ServerLink {
    current = fresh
    void fresh.ended.then((end) => lost(fresh, `${end.how}${end.said}`))
    return fresh
  }

  async function start(signal: AbortSignal): Promise<ListedTools> {
    const fresh = await link(signal)
    try {
      const listed = await listTools(fresh.connection, signal)
      adopt(fresh)
      return listed
    } catch (error) {
      await fresh.close(true)
      throw await startFault(fresh, error, signal)
    }
  }

  /** Of all that want to call it at once, the first starts it. */
  function linkAgain(): Promise<ServerLink | FailedOutcome> {
    if (closing.signal.aborted) return Promise.resolve(CANCELED)
    if (losses > MAX_RESTARTS) return Promise.resolve(gone())
    linking ??= inTime(link, closing.signal, clock)
      .then(adopt)
      .catch((error: unknown) => {
        losses = MAX_RESTARTS + 1
        how = error instanceof StartFault ? error.message : String(error)
        notify('warning', `MCP server "${name}" did not start again: ${how}`)
        return gone()
      })
      .finally(() => {
        linking = null
      })
    return linking
  }

  function gone(): FailedOutcome {
    return permanentFailure('server_crashed', `the server "${name}" is not started again; it ended twice, last: ${how}`)
  }

  /**
   * @param isKnown  it has been counted
   * @returns        false where the next one has taken its place already
   */
  function forget(link: ServerLink, reason: string, isKnown = false): boolean {
    if (current !== link) return false
    current = null
    if (!isKnown) losses += 1
    how = reason
    if (closing.signal.aborted) return true
    const next = losses > MAX_RESTARTS ? 'it is not started again' : 'the next call starts it again'
    notify('warning', `MCP server "${name}" ended; ${next}: ${reason}`)
    return true
  }

  function lost(link: ServerLink, reason: string): void {
    const isClosing = closing.signal.aborted
    const isAlone = inHand.size === 1
    const isGuilty = isAlone && trial.over !== null
    if (!forget(link, reason, isGuilty)) return
    for (const { effect, signal, settle, tryAgain } of [...inHand]) {
      if (effect !== 'write' && (signal.aborted || isClosing)) settle(CANCELED)
      else if (isAlone && !isClosing) settle(crashed(reason))
      else if (effect === 'write') settle(interrupted(reason))
      else tryAgain()
    }
    if (isGuilty) trial.found()
  }

  async function run(call: McpCall, isAgain = false): Promise<Outcome> {
    const { signal } = call.context
    if (!isAgain && trial.over !== null) await orAborted(trial.over, signal, undefined)
    if (signal.aborted || closing.signal.aborted) return CANCELED
    const to = current ?? (await orAborted(linkAgain(), signal, CANCELED))
    if ('status' in to) return to
    return signal.aborted ? CANCELED : send(call, to, isAgain)
  }

  function send(call: McpCall, to: ServerLink, isAgain: boolean): Promise<Outcome> {
    const { tool, effect, input, context } = call
    const { signal } = context
    return new Promise((resolve) => {
      const given: InHand = {
        effect,
        signal,
        settle: (outcome) => {
          if (!inHand.delete(given)) return
          signal.removeEventListener('abort', onAbort)
          resolve(outcome)
        },
        tryAgain: () => {
          context.held()
          const outcome = trial.add(() => run(call, true))
          given.settle(orAborted(outcome, signal, CANCELED))
        },
      }
      inHand.add(given)
      const request = new AbortController()
      const how = {
        signal: request.signal,
        progress: () => context.progress(),
        trace: deps.trace?.headers(context.idempotencyKey) ?? null,
      }
      const sent = to.connection.callTool(tool, input, how)
      if (isAgain) context.startedAnew()
      else context.started()
      const onAbort = () => {
        // What it has begun is worth more finished: its answer is awaited as long as whoever asked waits.
        if (effect === 'write' && isCanceled(signal)) sent.cancel(reasonText(signal.reason))
        else {
          request.abort(reasonText(signal.reason))
          given.settle(CANCELED)
        }
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const failed = (fault: McpFault) => {
        // The end of its process follows, and says more.
        if (fault.type === 'closed' && to.hasProcess) return
        if (!isAgain && !signal.aborted && !to.hasProcess && isSessionGone(fault)) {
          if (!inHand.has(given)) return
          forget(to, 'it has ended the session')
          given.settle(run(call, true))
        } else if (signal.aborted && fault.type === 'answered') given.settle(CANCELED)
        else given.settle(faultOutcome(fault, effect))
      }
      sent.result.then(
        (result) => given.settle(resultOutcome(result)),
        (error: unknown) => failed(to.faultOf(error)),
      )
    })
  }

  return {
    name,
    start: () => inTime(start, closing.signal, clock),
    run: (call) => run(call),
    async close(now) {
      closing.abort(new StartFault('the run has ended'))
      await Promise.all([linking, ...links.map((one) => one.close(now))])
      for (const { effect, settle } of [...inHand])
        settle(effect === 'write' ? interrupted('the run has ended') : CANCELED)
    },
  }
}

/** @param closing  gives up at once */
async function inTime<T>(begin: (signal: AbortSignal) => Promise<T>, closing: AbortSignal, clock: Clock): Promise<T> {
  const limit = new AbortController()
  const onClosing = () => limit.abort(closing.reason)
  const stop = clock.timer(START_LIMIT_MS, () =>
    limit.abort(new StartFault(`it was not ready within ${START_LIMIT_MS / 1000} s`)),
  )
  closing.addEventListener('abort', onClosing, { once: true })
  try {
    return await begin(limit.signal)
  } finally {
    stop()
    closing.removeEventListener('abort', onClosing)
  }
}

function crashed(how: string): Outcome {
  return permanentFailure('server_crashed', `the server ended in the call: ${how}`)
}

function interrupted(how: string): Outcome {
  return failure(
    'interrupted',
    'server_lost',
    `may have happened: the server that it shared with other calls ended: ${how}`,
  )
}
