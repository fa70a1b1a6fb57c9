/**
 * The Messages API as a Model, of Anthropic's own server or of another that speaks the same. It
 * wires client, transport and attempt together; what an attempt does is in attempt.ts.
 */
import type { Credentials, ModelConfig } from '../contract/config.ts'
import type { Model, ModelFault } from '../contract/model.ts'
import { withAnswerFallback } from './answer-fallback.ts'
import { attemptMessage } from './attempt.ts'
import { fault } from './fault.ts'
import { openMessagesClient } from './messages-client.ts'
import type { ModelDeps } from './open-model.ts'
import { maxOutputTokens } from './output-limits.ts'
import { requestBody } from './request-body.ts'
import { openSdkClient } from './sdk-client.ts'
import { baseUrlOf, openTransport, serverFacts, withoutKey } from './server-address.ts'

/** Loaded together: apart, what both of them need would cost every run a file more. */
export { reachServer } from './reach.ts'

export function openAnthropic(config: ModelConfig, { clock, notify, tracing }: ModelDeps): Model {
  const baseUrl = baseUrlOf(config)
  const facts = serverFacts(config, baseUrl)
  const transport = openTransport(config, baseUrl)
  const sdk = openSdkClient({
    baseUrl,
    credentials: config.credentials,
    // Behind our own watchdog, which tells the two kinds of silence apart.
    timeoutMs: config.messageTimeoutMs + 60_000,
    transport,
    notify,
    tracing,
  })
  const client = tracing === null ? openMessagesClient(sdk.messageHead(), { transport, clock, notify }) : sdk.traced()

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
