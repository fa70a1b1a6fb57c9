/**
 * The same transport through an HTTPS proxy (the only door to undici, loaded only where HTTPS_PROXY
 * applies). NO_PROXY is honoured here; that loopback is never proxied is decided by the caller.
 */
import { EnvHttpProxyAgent } from 'undici'
import type { Transport } from './http-fetch.ts'
import { HttpResponse } from './http-response.ts'

export function openProxyTransport(proxyUrl: string, noProxy: string | null): Transport {
  // The silence of a slow model is for our own watchdog to judge, which knows pings.
  const patience = { headersTimeout: 0, bodyTimeout: 0 }
  // Empty texts, not undefined: the agent would read the environment in their place.
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: '', httpsProxy: proxyUrl, noProxy: noProxy ?? '', ...patience })
  return {
    fetch: async (url, { method, headers, body, signal }) => {
      const { origin, pathname, search } = new URL(url)
      const answer = await dispatcher.request({
        origin,
        path: pathname + search,
        method: method === 'GET' ? 'GET' : 'POST',
        headers,
        body: method === 'GET' ? null : body,
        signal,
      })
      answer.body.on('error', () => undefined)
      return new HttpResponse({ status: answer.statusCode, headers: answer.headers, url, incoming: answer.body })
    },
    close: () => void dispatcher.destroy().catch(() => undefined),
  }
}
