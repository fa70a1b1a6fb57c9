/**
 * Sends requests for messages, and hands out the head of each answer. Where they go and what their headers are it is
 * told once, since that is the same for every request of a run: the SDK's own way to the socket (sdk-client.ts) builds
 * both anew, for retries, refreshed tokens and middleware that we do not have, and takes a sixth of a short turn.
 */
import type { Clock } from '../contract/clock.ts'
import type { JsonObject } from '../contract/json.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Transport } from './http-fetch.ts'
import type { HttpResponse } from './http-response.ts'
import { openRequestBytes } from './request-bytes.ts'
import type { Refusal } from './status-fault.ts'
import { readRefusal } from './status-fault.ts'

export type Sent =
  | { type: 'response'; response: HttpResponse }
  | { type: 'refusal'; refusal: Refusal }
  | { type: 'error'; thrown: unknown }

export interface MessagesClient {
  /** Resolves when the head of an answer is there, of a refusal its body too; never rejects. */
  send(body: JsonObject, signal: AbortSignal): Promise<Sent>
}

/** What all requests of a run have in common. */
export type RequestHead = { url: string; headers: Readonly<Record<string, string>> }

/** @param head  rejects where there is no sense in the address; told by the first request */
export function openMessagesClient(
  head: Promise<RequestHead>,
  { transport, clock, notify }: { transport: Transport; clock: Clock; notify: Notify },
): MessagesClient {
  const bytes = openRequestBytes()
  head.catch(() => undefined)
  return {
    send: async (body, signal) => {
      try {
        const { url, headers } = await head
        const sentAt = clock.now()
        const response = await transport.fetch(url, { method: 'POST', headers, body: bytes(body), signal })
        notify('debug', `POST ${url} was answered ${response.status} after ${Math.round(clock.now() - sentAt)} ms`)
        if (response.ok) return { type: 'response', response }
        return { type: 'refusal', refusal: await readRefusal(response) }
      } catch (thrown) {
        return { type: 'error', thrown }
      }
    },
  }
}
