/**
 * A `fetch` over node:http and node:https for the model's client. Connections are kept open between
 * turns; redirects are never followed (whoever redirects would get the prompt and the key); TLS is
 * checked by Node's own rules. It knows nothing of messages.
 */
import { Agent, request } from 'node:http'
import { https } from '../contract/late-builtins.ts'
import { HttpResponse } from './http-response.ts'

/** What the client asks for: one request, its body whole in memory. */
export type HttpRequest = {
  method: string
  headers: Readonly<Record<string, string>>
  body: string | Uint8Array
  signal: AbortSignal
}

export interface Transport {
  /** Rejects with the error of the socket, or with the reason of the signal. */
  fetch(url: string, request: HttpRequest): Promise<HttpResponse>
  /** Cuts every connection. */
  close(): void
}

export function openHttpTransport(secure: boolean): Transport {
  const protocol = secure ? https() : { Agent, request }
  const agent = new protocol.Agent({ keepAlive: true, noDelay: true })

  return {
    fetch: (url, { method, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const length = String(Buffer.byteLength(body))
        const request = protocol.request(url, { agent, method, headers: { ...headers, 'content-length': length } })
        const abort = () => request.destroy(abortError(signal))
        signal.addEventListener('abort', abort, { once: true })
        request.on('close', () => signal.removeEventListener('abort', abort))
        request.on('error', reject)
        request.on('response', (incoming) => {
          // An error of the body belongs to its reader; without one it must not end the process.
          incoming.on('error', () => undefined)
          resolve(new HttpResponse({ status: incoming.statusCode ?? 0, headers: incoming.headers, url, incoming }))
        })
        request.end(body)
      }),
    close: () => agent.destroy(),
  }
}

function abortError(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason })
}
