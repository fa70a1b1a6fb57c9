/**
 * The Messages API as a Model, of Anthropic's own server or of another that speaks the same. It
 * wires client, transport and attempt together; what an attempt does is in attempt.ts.
 */
import type { Credentials, ModelConfig } from '../contract/config.ts'
import type { Model, ModelFault } from '../contract/model.ts'
import { withAnswerFallback } from './answer-fallback.ts'
import { attemptMessage } from './attempt.ts'
import type { ServerFacts } from './fault.ts'
import { fault } from './fault.ts'
import type { Transport } from './http-fetch.ts'
import { openHttpTransport } from './http-fetch.ts'
import { openMessagesClient } from './messages-client.ts'
import type { ModelDeps } from './open-model.ts'
import { maxOutputTokens } from './output-limits.ts'
import { requestBody } from './request-body.ts'

const ANTHROPIC_URL = 'https://api.anthropic.com'

export function openAnthropic(config: ModelConfig, { clock, notify, tracing }: ModelDeps): Model {
  const baseUrl = withoutVersion(config.baseUrl ?? ANTHROPIC_URL)
  const facts = serverFacts(config, baseUrl)
  const transport = openTransport(config, baseUrl)
  const client = openMessagesClient({
    baseUrl,
    credentials: config.credentials,
    // Behind our own watchdog, which tells the two kinds of silence apart.
    timeoutMs: config.messageTimeoutMs + 60_000,
    transport,
    notify,
    tracing,
  })

  const attempt: Model['ask'] = (request, onPart, signal) => {
    const body = requestBody(config.name, request)
    const { idleTimeoutMs } = config
    const messageTimeoutMs = Math.min(config.messageTimeoutMs, request.timeLimitMs ?? config.messageTimeoutMs)
    const limits = { idleTimeoutMs, messageTimeoutMs }
    return attemptMessage({ client, facts, clock, limits, body, onPart, signal })
  }
  const ask = withAnswerFallback(attempt, { facts, clock, notify })

  return {
    name: config.name,
    maxOutputTokens: maxOutputTokens(config.name),
    ask: async (request, onPart, signal) => {
      if (config.credentials !== null && !CARRIED_BY_HEADERS.test(config.credentials.value)) {
        return { type: 'fault', fault: badKeyFault(config.credentials) }
      }
      const reply = await ask(request, onPart, signal)
      return reply.type === 'fault' ? { type: 'fault', fault: withoutKey(reply.fault, config) } : reply
    },
    preview: (request) => requestBody(config.name, request),
    close: async () => transport.close(),
  }
}

const CARRIED_BY_HEADERS = /^[\x21-\x7e]+$/

/** Said by us: whoever builds the header would quote the key. */
function badKeyFault({ kind }: Credentials): ModelFault {
  const name = kind === 'api_key' ? 'ANTHROPIC_API_KEY' : 'ANTHROPIC_AUTH_TOKEN'
  return fault('account', 'bad_key', `${name} holds a character that no key has`, { hint: `check ${name}` })
}

/** People paste base URLs with the version that the client adds by itself. */
function withoutVersion(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '').replace(/\/v1$/, '')
}

function serverFacts({ name, credentials }: ModelConfig, baseUrl: string): ServerFacts {
  const { origin, host } = parseUrl(baseUrl)
  const anthropic = origin === ANTHROPIC_URL
  return {
    title: anthropic ? 'the API' : `the server at ${origin}`,
    host,
    anthropic,
    model: name,
    credentials: credentials?.kind ?? null,
  }
}

function openTransport({ proxyUrl, noProxy }: ModelConfig, baseUrl: string): Transport {
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
function withoutKey(told: ModelFault, { credentials }: ModelConfig): ModelFault {
  if (credentials === null) return told
  return { ...told, message: told.message.replaceAll(credentials.value, '[key]') }
}
