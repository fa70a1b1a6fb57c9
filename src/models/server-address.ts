/**
 * Which server is asked, how it is called in messages, and the way there: straight, or through a proxy.
 */
import { isAnthropicUrl } from '../contract/anthropic-server.ts'
import type { ModelConfig } from '../contract/config.ts'
import type { ModelFault } from '../contract/model.ts'
import type { ServerFacts } from './fault.ts'
import type { Transport } from './http-fetch.ts'
import { openHttpTransport } from './http-fetch.ts'

const ANTHROPIC_URL = 'https://api.anthropic.com'

/** People paste base URLs with the version that the client adds by itself. */
export function baseUrlOf({ baseUrl }: ModelConfig): string {
  return (baseUrl ?? ANTHROPIC_URL).replace(/\/+$/, '').replace(/\/v1$/, '')
}

export function serverFacts({ name, credentials }: ModelConfig, baseUrl: string): ServerFacts {
  const { origin, host } = parseUrl(baseUrl)
  const anthropic = isAnthropicUrl(baseUrl)
  return {
    title: anthropic ? 'the API' : `the server at ${origin}`,
    host,
    anthropic,
    model: name,
    credentials: credentials?.kind ?? null,
  }
}

export function openTransport({ proxyUrl, noProxy }: ModelConfig, baseUrl: string): Transport {
  const { secure, loopback } = parseUrl(baseUrl)
  if (proxyUrl === null || !secure || loopback) return openHttpTransport(secure)
  const opening = import('./proxy-fetch.ts').then(({ openProxyTransport }) => openProxyTransport(proxyUrl, noProxy))
  // A proxy that cannot be opened is told by the first request.
  opening.catch(() => undefined)
  return {
    fetch: async (url, request) => (await opening).fetch(url, request),
    close: () => void opening.then((transport) => transport.close()).catch(() => undefined),
  }
}

/** Never throws: an address that is none is told by the first request, as a fault. */
function parseUrl(text: string): { origin: string; host: string; secure: boolean; loopback: boolean } {
  if (!URL.canParse(text)) return { origin: `"${text}"`, host: `"${text}"`, secure: false, loopback: false }
  const { origin, host, hostname, protocol } = new URL(text)
  const loopback = hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname)
  return { origin, host, secure: protocol === 'https:', loopback: loopback || hostname.endsWith('.localhost') }
}

/** Servers quote what they were sent; the key must not come back in a message. */
export function withoutKey(told: ModelFault, { credentials }: ModelConfig): ModelFault {
  if (credentials === null) return told
  return { ...told, message: told.message.replaceAll(credentials.value, '[key]') }
}
