/**
 * One attempt at one message: sends, reads, and settles exactly once, whichever comes first of the
 * message, a fault, the watchdog and the caller's signal. After it has settled no part is told and
 * a failed connection is gone; after a whole message the connection stays for the next turn.
 */
import type { Readable } from 'node:stream'
import type { Clock } from '../contract/clock.ts'
import { unreachable } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import type { ModelFault, ModelPart, ModelReply } from '../contract/model.ts'
import { ABORTED_FAULT, ABORTED_REPLY } from '../contract/model.ts'
import type { ServerFacts } from './fault.ts'
import { cutFault, errorEventFault, networkFault, nonsenseFault, stalledFault } from './fault.ts'
import type { HttpResponse } from './http-response.ts'
import { openMessageStream } from './message-stream.ts'
import type { MessagesClient } from './messages-client.ts'
import type { BodyEnd } from './read-body.ts'
import { readBody } from './read-body.ts'
import { statusFault, wrongTypeFault } from './status-fault.ts'
import type { WatchdogLimits } from './watchdog.ts'
import { openWatchdog } from './watchdog.ts'

export type AttemptOptions = {
  client: MessagesClient
  facts: ServerFacts
  clock: Clock
  limits: WatchdogLimits
  body: JsonObject
  onPart: (part: ModelPart) => void
  signal: AbortSignal
}

/** Rejects only with what is no fault but a bug: of ours, or of the listener for parts. */
export function attemptMessage(options: AttemptOptions): Promise<ModelReply> {
  const { client, facts, clock, limits, body, onPart, signal } = options
  if (signal.aborted) return Promise.resolve(ABORTED_REPLY)
  const connection = new AbortController()
  // One event can hold several parts, and the listener may abort at the first of them.
  const message = openMessageStream((part) => {
    if (!settled) onPart(part)
  })
  let stopReading = () => {}
  let incoming: Readable | null = null
  let settled = false

  return new Promise((resolve, reject) => {
    const watchdog = openWatchdog(clock, limits, (limit, afterMs) => fail(stalledFault(limit, afterMs)))
    const onAbort = () => fail(ABORTED_FAULT)
    signal.addEventListener('abort', onAbort, { once: true })
    exchange().catch(stumble)

    async function exchange(): Promise<void> {
      const sent = await client.send(body, connection.signal)
      if (settled) return
      watchdog.alive()
      if (sent.type === 'refusal') return fail(statusFault(facts, sent.refusal, clock.wall()))
      if (sent.type === 'error') {
        const fault = networkFault(facts, sent.thrown)
        if (fault === null) throw sent.thrown
        return fail(fault)
      }
      const { response } = sent
      incoming = response.incoming
      if (!isEventStream(response)) return fail(wrongTypeFault(facts, response, await response.text()))
      stopReading = readBody(response.incoming, message, {
        onAlive: watchdog.alive,
        onEnd: endOf(response),
        onBug: stumble,
      })
    }

    function endOf(response: HttpResponse) {
      const requestId = response.headers.get('request-id')
      return (end: BodyEnd) => {
        switch (end.type) {
          case 'message':
            return settle({ type: 'message', message: end.message })
          case 'error':
            return fail(errorEventFault(facts, { ...end, requestId: end.requestId ?? requestId }))
          case 'malformed':
            return fail({ ...nonsenseFault(facts, 'malformed_stream', end.message), requestId })
          case 'empty':
            return fail({ ...nonsenseFault(facts, 'empty_answer', 'an empty body'), requestId })
          case 'cut':
            return fail({ ...cutFault(facts), requestId })
          default:
            return unreachable(end)
        }
      }
    }

    function fail(fault: ModelFault): void {
      settle({ type: 'fault', fault: { ...fault, usage: message.usage() } })
    }

    function settle(reply: ModelReply): void {
      if (settled) return
      clear()
      resolve(reply)
      if (reply.type === 'fault') cut()
    }

    function stumble(bug: unknown): void {
      if (settled) return
      clear()
      reject(bug)
      cut()
    }

    /** Both: the client stops listening to the signal once it has handed its response out. */
    function cut(): void {
      connection.abort()
      incoming?.destroy()
    }

    function clear(): void {
      settled = true
      stopReading()
      watchdog.close()
      signal.removeEventListener('abort', onAbort)
    }
  })
}

function isEventStream({ headers }: HttpResponse): boolean {
  return /^text\/event-stream\b/i.test(headers.get('content-type') ?? '')
}
