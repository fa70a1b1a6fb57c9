/**
 * Answers that are no message: statuses, redirects, pages of a proxy, and connections that end
 * without an answer.
 */
import type { JsonObject } from '../../src/contract/json.ts'
import type { Reply, Script } from './message-script.ts'
import type { WireStep } from './wire.ts'
import { bytesStep } from './wire.ts'

export type HttpReplies = {
  /** An error as the API spells it: type and message by the status unless given. */
  status(status: number, options?: { type?: string; message?: string; headers?: Record<string, string> }): Reply
  /** Any answer. A body that is an object is sent as JSON. */
  http(status: number, options?: { body?: string | Buffer | JsonObject; headers?: Record<string, string> }): Reply
  html(status: number): Reply
  redirect(location: string, status?: number): Reply
  /** The connection is reset (RST) before any byte of an answer. */
  reset(): Reply
  /** The connection is closed before any byte of an answer. */
  hangUp(): Reply
  /** No answer, for ever. */
  silence(): Reply
}

const ERROR_TYPES = new Map([
  [400, 'invalid_request_error'],
  [401, 'authentication_error'],
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [408, 'timeout_error'],
  [409, 'conflict_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
])

const PAGE = '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>'

function answer(status: number, headers: Record<string, string>, body: string | Buffer): Reply {
  return { script: () => script({ status, headers, body: body.length === 0 ? [] : [bytesStep(body)] }) }
}

function withoutAnswer(ending: WireStep): Reply {
  return { script: () => script({ before: [ending] }) }
}

function script(parts: Partial<Script>): Script {
  return { before: [], status: 200, headers: {}, body: [], stopReason: null, content: [], ...parts }
}

export const httpReplies: HttpReplies = {
  status(status, options = {}) {
    const type = options.type ?? ERROR_TYPES.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error')
    const error = { type, message: options.message ?? `a scripted ${status}` }
    const headers = { 'content-type': 'application/json', ...options.headers }
    return {
      script: ({ requestId }) => {
        const body = JSON.stringify({ type: 'error', error, request_id: requestId })
        return script({ status, headers, body: [bytesStep(body)] })
      },
    }
  },
  http(status, { body = '', headers = {} } = {}) {
    if (typeof body === 'string' || Buffer.isBuffer(body)) return answer(status, headers, body)
    return answer(status, { 'content-type': 'application/json', ...headers }, JSON.stringify(body))
  },
  html: (status) => answer(status, { 'content-type': 'text/html; charset=utf-8' }, PAGE),
  redirect: (location, status = 307) => answer(status, { location, 'content-type': 'text/plain' }, 'moved'),
  reset: () => withoutAnswer({ type: 'ending', ending: 'reset' }),
  hangUp: () => withoutAnswer({ type: 'ending', ending: 'cut' }),
  silence: () => withoutAnswer({ type: 'ending', ending: 'stall' }),
}
