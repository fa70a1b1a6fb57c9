/**
 * What an answer with another status than 2xx means: its kind by the status, whether it may be
 * asked again, and what the server itself says of it, be the body JSON, HTML or empty.
 */

import { isJsonObject } from '../contract/json.ts'
import type { FaultKind, ModelFault } from '../contract/model.ts'
import type { ServerFacts } from './fault.ts'
import { fault, nonsenseFault, ofRequest } from './fault.ts'
import type { HttpResponse } from './http-response.ts'
import { retryAfterMs } from './retry-after.ts'

export type Refusal = {
  status: number
  header: (name: string) => string | null
  /** The body, as far as it could be read. */
  text: string
}

/** Of an answer that is no success. Resolves when its body has been read. */
export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const { status, headers } = response
  return { status, header: (name) => headers.get(name), text: await response.text() }
}

/** Of the server's own words; the rest is seldom read. */
const MAX_QUOTED_LENGTH = 300

/** @param nowMs  the wall clock */
export function statusFault(facts: ServerFacts, { status, header, text }: Refusal, nowMs: number): ModelFault {
  const said = readBody(text)
  const requestId = header('request-id') ?? said.requestId
  if (status < 400) return redirectFault(facts, status, header('location'), requestId)
  const kind = kindOfStatus(status)
  const code = said.type ?? TYPES[status] ?? `http_${status}`
  const told = said.message === '' ? '' : `: ${said.message}`
  const asked = header('x-should-retry')
  return fault(kind, code, `${facts.title} answered ${status} ${code}${told}${ofRequest(requestId)}`, {
    hint: hintOf(facts, status),
    retryable: asked === 'true' || (asked !== 'false' && kind === 'unavailable'),
    retryAfterMs: retryAfterMs(header, nowMs),
    status,
    requestId,
  })
}

/** A success that is no event stream: a page of a portal, a server of another kind. */
export function wrongTypeFault(facts: ServerFacts, { status, headers }: HttpResponse, text: string): ModelFault {
  const type = headers.get('content-type')?.split(';')[0] ?? 'no content type'
  const { message, requestId } = readBody(text)
  const told = message === '' ? 'and an empty body' : `(${message})`
  const fault = nonsenseFault(facts, 'no_event_stream', `${type} instead of an event stream ${told}`)
  return { ...fault, status, requestId: headers.get('request-id') ?? requestId }
}

function kindOfStatus(status: number): FaultKind {
  if (status === 401 || status === 402 || status === 403) return 'account'
  return status >= 500 || status === 408 || status === 409 || status === 429 ? 'unavailable' : 'rejected'
}

/** The API's words, for bodies that do not say them. */
const TYPES: { [status: number]: string } = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

function redirectFault(facts: ServerFacts, status: number, to: string | null, requestId: string | null): ModelFault {
  const where = to === null ? '' : ` to ${to.slice(0, MAX_QUOTED_LENGTH)}`
  return fault('rejected', 'redirect', `${facts.title} answered ${status}, a redirect${where}, which is not followed`, {
    hint: 'name the right server with --base-url',
    status,
    requestId,
  })
}

function hintOf(facts: ServerFacts, status: number): string | null {
  if (status === 401) {
    if (facts.credentials === 'api_key') return 'check ANTHROPIC_API_KEY'
    return facts.credentials === 'auth_token'
      ? 'check ANTHROPIC_AUTH_TOKEN'
      : 'export ANTHROPIC_API_KEY with a key of this server'
  }
  if (status === 402 && facts.anthropic)
    return 'see your plan and credit at https://console.anthropic.com/settings/billing'
  if (status === 404) {
    return facts.anthropic
      ? `"${facts.model}" may not be a model of yours; name another with --model`
      : `is "${facts.model}" a model of this server (--model), and --base-url right?`
  }
  return status === 413 ? 'send less: fewer or smaller files' : null
}

type Said = { type: string | null; message: string; requestId: string | null }

function readBody(text: string): Said {
  const body = parse(text)
  if (!isJsonObject(body)) return { type: null, message: plainText(text), requestId: null }
  const error = isJsonObject(body['error']) ? body['error'] : body
  // Other servers: `{ "error": "text" }`, `{ "message": "text" }`, `{ "detail": "text" }`.
  const message = [error['message'], error['error'], error['detail']].find((value) => typeof value === 'string')
  return {
    type: isJsonObject(body['error']) && typeof error['type'] === 'string' ? error['type'] : null,
    message: message === undefined ? plainText(text) : shorten(String(message)),
    requestId: typeof body['request_id'] === 'string' ? body['request_id'] : null,
  }
}

/** A page's words without its tags: its title where it has one. */
function plainText(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim()
  if (title !== undefined && title !== '') return shorten(title)
  const start = text.slice(0, 4096)
  return shorten(start.replace(/<(script|style)\b[\s\S]*?(<\/\1>|$)/gi, ' ').replace(/<[^>]*(>|$)/g, ' '))
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_QUOTED_LENGTH ? `${line.slice(0, MAX_QUOTED_LENGTH)}...` : line
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
