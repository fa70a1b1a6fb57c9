/**
 * The model of a recording: each request is answered as it was when it was recorded, parts, faults and
 * pace included. It needs no key and no network. A request that is not the recorded one is never
 * answered: it stops the run and says where it differs.
 */
import type { Exchange, Recording, ReplayedExchange } from '../contract/cassette.ts'
import type { Clock } from '../contract/clock.ts'
import { sleep } from '../contract/clock.ts'
import { AgentError } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Model, ModelPart, ModelReply, ModelRequest } from '../contract/model.ts'
import { ABORTED_REPLY } from '../contract/model.ts'
import type { Redactor } from '../contract/redact.ts'
import { redactJson } from '../contract/redact.ts'
import { requestBody } from './request-body.ts'
import { requestDifference } from './request-difference.ts'

export type ReplayDeps = {
  clock: Clock
  /** 0: at once; 1: as it was recorded; N: so many times as fast. */
  speed: number
  /** What was recorded was redacted, so both sides are compared redacted. */
  redact: Redactor
  /** The model that was asked for by name; null: whichever was recorded. */
  named: string | null
  /** Ends the run. */
  stop: (error: AgentError) => void
  /** Told of each request that is the recorded one, before it is answered. */
  onRequest: (index: number) => void
  /** Told when whoever asked has dealt with the reply. */
  onReply: (index: number) => void
}

/** How much longer than when it was recorded an abort is waited for. */
const ABORT_GRACE_MS = 1_000

export function replayModel(recording: Recording, deps: ReplayDeps): Model {
  const { model, exchanges } = recording
  let next = 0
  return {
    name: model,
    maxOutputTokens: recording.maxOutputTokens,
    ask: async (request, onPart, signal) => {
      if (signal.aborted) return ABORTED_REPLY
      const index = next++
      const exchange = exchanges[index]
      const error = mismatch(index, exchange, request, model, deps)
      if (error !== null || exchange === undefined) {
        if (error !== null) deps.stop(error)
        return ABORTED_REPLY
      }
      deps.onRequest(index)
      const reply = await play(exchange, onPart, signal, deps)
      deps.clock.timer(0, () => deps.onReply(index))
      if (reply.type === 'message') return reply
      if (reply.fault.kind === 'aborted' && !signal.aborted)
        deps.stop(recordingEnds(`request ${index + 1} was answered`))
      // The next exchange shows that it was asked again.
      const retryAfterMs =
        index + 1 < exchanges.length ? paced(reply.fault.retryAfterMs, deps) : reply.fault.retryAfterMs
      return { type: 'fault', fault: { ...reply.fault, retryAfterMs } }
    },
    preview: (request) => requestBody(model, request),
    close: () => Promise.resolve(),
  }
}

function mismatch(
  index: number,
  exchange: ReplayedExchange | undefined,
  request: ModelRequest,
  model: string,
  { redact, named }: ReplayDeps,
): AgentError | null {
  if (exchange === undefined) return recordingEnds(`request ${index + 1}`)
  // Redacting keeps the shape: an object stays one.
  const clean = (body: JsonObject) => redactJson(body, redact) as JsonObject
  const asked = clean(requestBody(named ?? model, request))
  const difference = requestDifference(clean(exchange.request), asked, exchange.compared)
  if (difference === null) return null
  return new AgentError('replay-mismatch', `request ${index + 1} is not the recorded one: ${difference}`, {
    exit: 'rejected',
    hint: 'record it anew with --record',
  })
}

/** @param what  did not come to be while it was recorded */
function recordingEnds(what: string): AgentError {
  return new AgentError('replay-mismatch', `the recording ends before ${what}`, {
    exit: 'rejected',
    hint: 'record it anew with --record',
  })
}

/** One macrotask before the parts and one behind them, at any speed: what they set off settles in between. */
async function play(
  { parts, ended_after_ms, reply }: Exchange,
  onPart: (part: ModelPart) => void,
  signal: AbortSignal,
  deps: ReplayDeps,
): Promise<ModelReply> {
  const { clock } = deps
  const askedAt = clock.now()
  const left = (afterMs: number) => Math.max(0, askedAt + (paced(afterMs, deps) ?? 0) - clock.now())
  if (!(await sleep(clock, left(parts[0]?.after_ms ?? 0), signal))) return ABORTED_REPLY
  for (const { after_ms, part } of parts) {
    const ms = left(after_ms)
    if (ms > 0 && !(await sleep(clock, ms, signal))) return ABORTED_REPLY
    onPart(part)
  }
  if (reply.type === 'fault' && reply.fault.kind === 'aborted') {
    // The run aborted it, and has its reasons again, at its own pace.
    await sleep(clock, ended_after_ms + ABORT_GRACE_MS, signal)
    return reply
  }
  return (await sleep(clock, left(ended_after_ms), signal)) ? reply : ABORTED_REPLY
}

function paced<T extends number | null>(ms: T, { speed }: ReplayDeps): T | number {
  if (ms === null) return ms
  return speed === 0 ? 0 : ms / speed
}
