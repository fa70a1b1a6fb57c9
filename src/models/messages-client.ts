/**
 * Sends requests with the SDK (its only door). The SDK builds address, headers and body; what it
 * would do on its own is switched off: retries, logging to stdout, credentials and settings from
 * the environment or from files. `post` instead of `messages.create`: the resource would load the
 * SDK's readers and parsers, walk all messages of every request for tags of helpers that we do not
 * have, and warn of old models with console.warn. Only requests that are to make spans go through it: it
 * is what starts them.
 */
import { BaseAnthropic } from '@anthropic-ai/sdk/client'
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages'
import type { Credentials } from '../contract/config.ts'
import type { JsonObject } from '../contract/json.ts'
import type { ModelTracing } from '../contract/model.ts'
import type { Notify } from '../contract/reporter.ts'
import type { Transport } from './http-fetch.ts'
import type { HttpResponse } from './http-response.ts'
import { isHttpResponse } from './http-response.ts'
import { openRequestBytes } from './request-bytes.ts'
import type { Refusal } from './status-fault.ts'

export type Sent =
  | { type: 'response'; response: HttpResponse }
  | { type: 'refusal'; refusal: Refusal }
  | { type: 'error'; thrown: unknown }

export interface MessagesClient {
  /** Resolves when the head of an answer is there; never rejects. */
  send(body: JsonObject, signal: AbortSignal): Promise<Sent>
}

export type ClientOptions = {
  baseUrl: string
  /** null: no Authorization is sent. */
  credentials: Credentials | null
  /** After the headers it is for the reader of the body to be patient. */
  timeoutMs: number
  transport: Transport
  notify: Notify
  /** null: requests make no spans. */
  tracing: ModelTracing | null
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

export function openMessagesClient({
  baseUrl,
  credentials,
  timeoutMs,
  transport,
  notify,
  tracing,
}: ClientOptions): MessagesClient {
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
        // `as`: by now they are Headers; a constructor of them here would load undici.
        headers: ownHeaders((init?.headers ?? []) as Iterable<[string, string]>, authorization),
        body: bodyOf(init?.body),
        signal: init?.signal ?? new AbortController().signal,
      }
      const response = await transport.fetch(String(url), request).catch((thrown: unknown) => {
        throw new TransportError(thrown)
      })
      // `as`: it has what the SDK reads of a Response, and no web stream.
      return response as unknown as Response
    },
  })

  const post = tracing === null ? untraced(client) : traced(client)
  return {
    send: async (body, signal) => {
      try {
        const response: unknown = await post(body, signal)
        return isHttpResponse(response)
          ? { type: 'response', response }
          : { type: 'error', thrown: new TypeError('the client returned a foreign response') }
      } catch (thrown) {
        return refusalOf(thrown) ?? { type: 'error', thrown: networkErrorOf(thrown) }
      }
    },
  }
}

type Post = (body: JsonObject, signal: AbortSignal) => Promise<unknown>

function untraced(client: QuietClient): Post {
  const bytes = openRequestBytes()
  return (body, signal) =>
    client.post('/v1/messages', { body: bytes(body), headers: JSON_BODY, signal, stream: true }).asResponse()
}

/** What the client says of bodies that it makes itself. */
const JSON_BODY = { 'content-type': 'application/json' }

function bodyOf(body: unknown): string | Uint8Array {
  return body instanceof Uint8Array ? body : String(body ?? '')
}

function traced(client: QuietClient): Post {
  const loading = import('@anthropic-ai/sdk/resources/messages').then(({ Messages }) => new Messages(client))
  loading.catch(() => undefined) // told by the first request
  // `as`: what request-body.ts has built; the client takes it apart no further than we did.
  const params = (body: JsonObject) => body as unknown as MessageCreateParamsStreaming
  return async (body, signal) => (await loading).create(params(body), { signal }).asResponse()
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

/** ANTHROPIC_CUSTOM_HEADERS is read by the SDK, whatever its options say; nothing of it is sent. */
function* ownHeaders(headers: Iterable<[string, string]>, authorization: string | null): Iterable<[string, string]> {
  for (const [name, value] of headers) if (OWN_HEADER.test(name)) yield [name, value]
  if (authorization !== null) yield ['authorization', authorization]
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
