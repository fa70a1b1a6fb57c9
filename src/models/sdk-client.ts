/**
 * The SDK (its only door): it says where requests go and with which headers, and sends those that are to make spans.
 * What it would do on its own is switched off: retries, logging to stdout, credentials and settings from the
 * environment or from files. Its resources are loaded for spans alone: they bring readers and parsers, walk all
 * messages of every request for tags of helpers that we do not have, and warn of old models with console.warn.
 */
import { BaseAnthropic } from '@anthropic-ai/sdk/client'
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages'
import type { Credentials } from '../contract/config.ts'
import type { JsonObject } from '../contract/json.ts'
import type { ModelTracing } from '../contract/model.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Transport } from './http-fetch.ts'
import { isHttpResponse } from './http-response.ts'
import type { MessagesClient, RequestHead, Sent } from './messages-client.ts'

export type SdkClientOptions = {
  baseUrl: string
  /** null: no Authorization is sent. */
  credentials: Credentials | null
  /** For the head of an answer; the server is told of it. */
  timeoutMs: number
  transport: Transport
  notify: Notify
  /** null: requests make no spans. */
  tracing: ModelTracing | null
}

export interface SdkClient {
  /** Of the requests for messages. Rejects where there is no sense in the address. */
  messageHead(): Promise<RequestHead>
  /** Sends through the SDK, which makes a span of each request. */
  traced(): MessagesClient
}

class QuietClient extends BaseAnthropic {
  /** The key was decided by our own configuration; no profile and no token file may add one. */
  protected override _shouldResolveDefaultCredentials(): boolean {
    return false
  }
}

/** Carries an error of the network past the SDK, which takes whatever speaks of time or abort for a timeout of its own. */
class TransportError extends Error {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    super('no answer')
    this.thrown = thrown
  }
}

export function openSdkClient({
  baseUrl,
  credentials,
  timeoutMs,
  transport,
  notify,
  tracing,
}: SdkClientOptions): SdkClient {
  const authorization = credentials === null ? null : `Bearer ${credentials.value}`
  const debug = (text: string) => notify('debug', text)
  const client = new QuietClient({
    baseURL: baseUrl,
    // null, not undefined: undefined sends the SDK to the environment.
    apiKey: credentials?.kind === 'api_key' ? credentials.value : null,
    authToken: credentials?.kind === 'auth_token' ? credentials.value : null,
    webhookKey: null,
    defaultHeaders: { Authorization: authorization },
    maxRetries: 0,
    timeout: Math.max(1, Math.ceil(timeoutMs)),
    logLevel: 'info',
    logger: { error: debug, warn: debug, info: debug, debug },
    openTelemetry: spanOptions(tracing),
    fetch: async (url, init) => {
      const request = {
        method: 'POST',
        headers: ownHeaders(init?.headers, authorization),
        body: String(init?.body ?? ''),
        signal: init?.signal ?? new AbortController().signal,
      }
      const response = await transport.fetch(String(url), request).catch((thrown: unknown) => {
        throw new TransportError(thrown)
      })
      // `as`: it has what the SDK reads of a Response, and no web stream.
      return response as unknown as Response
    },
  })

  return {
    messageHead: async () => {
      // The content type is what the SDK says of bodies that it makes itself.
      const headers = { 'content-type': 'application/json' }
      const { req, url } = await client.buildRequest({ method: 'post', path: '/v1/messages', headers, stream: true })
      return { url, headers: ownHeaders(req.headers, authorization) }
    },
    traced: () => traced(client),
  }
}

function traced(client: QuietClient): MessagesClient {
  const loading = import('@anthropic-ai/sdk/resources/messages').then(({ Messages }) => new Messages(client))
  loading.catch(() => undefined) // told by the first request
  // `as`: what request-body.ts has built; the client takes it apart no further than we did.
  const params = (body: JsonObject) => body as unknown as MessageCreateParamsStreaming
  return {
    send: async (body, signal) => {
      try {
        const response: unknown = await (await loading).create(params(body), { signal }).asResponse()
        return isHttpResponse(response)
          ? { type: 'response', response }
          : { type: 'error', thrown: new TypeError('the client returned a foreign response') }
      } catch (thrown) {
        return refusalOf(thrown) ?? { type: 'error', thrown: networkErrorOf(thrown) }
      }
    },
  }
}

/** The model's server is told of no trace: it is nobody's whom the trace concerns. */
function spanOptions(tracing: ModelTracing | null): ClientSettings['openTelemetry'] {
  if (tracing === null) return false
  const { tracerProvider, content } = tracing
  return {
    // `as`: made where OpenTelemetry is at home, and known here by the client's types only.
    tracerProvider: tracerProvider as TracerProvider,
    propagation: false,
    traces: {
      enabled: true,
      contentMode: content ? 'content' : 'metadata_only',
      maxContentBytes: MAX_SPAN_CONTENT_BYTES,
    },
  }
}

type ClientSettings = NonNullable<ConstructorParameters<typeof BaseAnthropic>[0]>
type TracerProvider = NonNullable<Exclude<ClientSettings['openTelemetry'], false | undefined>['tracerProvider']>

/** Of the conversation, which is in the span of each request anew. */
const MAX_SPAN_CONTENT_BYTES = 256 * 1024

/**
 * ANTHROPIC_CUSTOM_HEADERS is read by the SDK, whatever its options say; nothing of it is sent.
 * @param headers  as the SDK has built them
 */
function ownHeaders(headers: unknown, authorization: string | null): Record<string, string> {
  // `as`: by now they are Headers; a constructor of them here would load undici.
  const built = [...((headers ?? []) as Iterable<[string, string]>)]
  const own = Object.fromEntries(built.filter(([name]) => OWN_HEADER.test(name)))
  return authorization === null ? own : { ...own, authorization }
}

const OWN_HEADER = /^(accept|content-type|user-agent|anthropic-version|x-stainless-.*)$/

function networkErrorOf(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause instanceof TransportError ? thrown.cause.thrown : thrown
}

function refusalOf(thrown: unknown): Sent | null {
  if (!(thrown instanceof BaseAnthropic.APIError) || thrown.status === undefined) return null
  const { status, headers, error, message } = thrown
  const header = (name: string) => headers?.get(name) ?? null
  // The SDK keeps a body that is no JSON only in its message, behind the status.
  const text = error === undefined ? message.replace(`${status} `, '') : JSON.stringify(error)
  return { type: 'refusal', refusal: { status, header, text: text === 'status code (no body)' ? '' : text } }
}
