/**
 * What can go wrong between us and the model's service, as typed faults: the network, the stream,
 * our own patience. Answers that are refusals by status are in status-fault.ts. It decides whether
 * the same request may be sent again, never when.
 */

import { thrownMessage } from '../contract/error.ts'
import type { FaultKind, ModelFault } from '../contract/model.ts'
import type { StreamEnd } from './message-stream.ts'

/** How the other side is called in messages, and what was sent to it. */
export type ServerFacts = {
  /** `the API`, or `the server at http://127.0.0.1:8080`. */
  title: string
  host: string
  anthropic: boolean
  model: string
  credentials: 'api_key' | 'auth_token' | null
}

export function fault(kind: FaultKind, code: string, message: string, more: Partial<ModelFault> = {}): ModelFault {
  return {
    kind,
    code,
    message,
    hint: null,
    retryable: kind === 'unavailable',
    retryAfterMs: null,
    status: null,
    requestId: null,
    usage: null,
    ...more,
  }
}

export function stalledFault(limit: 'idle' | 'message', afterMs: number): ModelFault {
  const seconds = Number((afterMs / 1000).toPrecision(3))
  const message = limit === 'idle' ? `the model was silent for ${seconds} s` : `the message took more than ${seconds} s`
  return fault('unavailable', 'stalled', message)
}

export function cutFault(facts: ServerFacts): ModelFault {
  return fault('unavailable', 'stream_cut', `${facts.title} cut the answer off before its end`)
}

export function nonsenseFault(facts: ServerFacts, code: string, what: string): ModelFault {
  return fault('rejected', code, `${facts.title} answered nonsense: ${what}`, { hint: baseUrlHint(facts) })
}

/** Errors that pass: the same request may do better. All others are of the request itself. */
const PASSING_ERRORS = new Set(['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error'])
const ACCOUNT_ERRORS = new Set(['authentication_error', 'billing_error', 'permission_error'])

function kindOfError(code: string): FaultKind {
  if (PASSING_ERRORS.has(code)) return 'unavailable'
  return ACCOUNT_ERRORS.has(code) ? 'account' : 'rejected'
}

/** An `error` event in the middle of a stream. */
export function errorEventFault(facts: ServerFacts, error: Extract<StreamEnd, { type: 'error' }>): ModelFault {
  const { code, requestId } = error
  const told = `${facts.title} broke the answer off with ${code}${error.message === '' ? '' : `: ${error.message}`}`
  return fault(kindOfError(code), code, `${told}${ofRequest(requestId)}`, { requestId })
}

/** ` (request req_011...)`, which is what the service's support asks for. */
export function ofRequest(id: string | null): string {
  return id === null ? '' : ` (request ${id})`
}

/**
 * An error thrown before there was an answer.
 * @returns null where it is none of the network's, but a mistake of ours
 */
export function networkFault(facts: ServerFacts, thrown: unknown): ModelFault | null {
  const { code, message } = rootOf(thrown)
  const { title, host } = facts
  const hint = baseUrlHint(facts)
  if (code === null) {
    // Aborted, but not by us: the client's own timer was first.
    return thrown instanceof Error && thrown.name === 'AbortError'
      ? fault('unavailable', 'timeout', `${title} did not answer in time`, { hint })
      : null
  }
  if (TLS_ERROR.test(code)) {
    return fault('rejected', 'tls_error', `no trusted connection to ${host}: ${message} (${code})`, {
      hint: 'NODE_EXTRA_CA_CERTS=FILE adds an authority of your own',
    })
  }
  if (code.startsWith('HPE_')) return nonsenseFault(facts, 'not_http', `no HTTP (${code})`)
  const proxyStatus = /Proxy response \((\d+)\)/.exec(message)?.[1]
  if (proxyStatus !== undefined) {
    return fault('rejected', 'proxy_refused', `the proxy answered ${proxyStatus} to the connection to ${host}`, {
      hint: 'check HTTPS_PROXY, or put the host into NO_PROXY',
    })
  }
  if (code === 'ERR_INVALID_URL' || code.startsWith('UND_ERR_INVALID')) {
    return fault('rejected', 'bad_url', `${message}: ${host}`, { hint: 'check --base-url and HTTPS_PROXY' })
  }
  if (code.startsWith('ERR_')) return null
  if (code === 'ECONNREFUSED') return fault('unavailable', 'refused', `${host} refused the connection`, { hint })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return fault('unavailable', 'unknown_host', `the host ${host} cannot be found (${code})`, { hint })
  }
  return fault('unavailable', 'network_error', `the connection to ${host} failed: ${message} (${code})`, { hint })
}

const TLS_ERROR =
  /^(ERR_TLS_|ERR_SSL_|CERT_|CRL_|EPROTO$|.*SELF_SIGNED|UNABLE_TO_|INVALID_CA|PATH_LENGTH|HOSTNAME_MISMATCH)/

/** The code and message deepest in the chain of causes that has a code. */
function rootOf(thrown: unknown): { code: string | null; message: string } {
  let found: { code: string | null; message: string } = { code: null, message: thrownMessage(thrown) }
  let error = thrown
  for (let depth = 0; depth < 5 && error instanceof Error; depth += 1) {
    if ('code' in error && typeof error.code === 'string') found = { code: error.code, message: thrownMessage(error) }
    error = error.cause
  }
  return found
}

function baseUrlHint(facts: ServerFacts): string {
  return facts.anthropic
    ? 'check the network, or HTTPS_PROXY where you need a proxy'
    : 'check that the server runs, and that --base-url (or ANTHROPIC_BASE_URL) names it'
}
