/**
 * What can go wrong between us and a server, in a closed list, and the words for it. Which error of
 * the client means which, mcp-client.ts knows.
 */
import { type CallError, failure, type Outcome, permanentFailure } from '../contract/outcome.ts'
import type { Effect } from '../contract/tool.ts'

export type McpFault =
  /** The connection ended, or we closed it. */
  | { type: 'closed' }
  /** An answer, which is an error of the protocol. */
  | { type: 'answered'; code: number; message: string }
  | { type: 'http'; status: number; text: string }
  /** Nothing came back. @see faultText for the codes */
  | { type: 'network'; code: string | null; message: string }
  /** It ended before the answer came. */
  | { type: 'stream_lost' }
  | { type: 'other'; message: string }

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host is not known at the moment',
  EHOSTUNREACH: 'the host cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'the host did not answer',
}
/** Of JSON-RPC: invalid request, method not found, invalid params. */
const BAD_REQUESTS: readonly number[] = [-32600, -32601, -32602]
/** Of the statuses that say that the request was wrong: too slow, too early, too often. */
const TEMPORARY: readonly number[] = [408, 425, 429]
const STATUS: Readonly<Record<number, string>> = {
  401: 'it wants to know who asks',
  403: 'it does not let us in',
  404: 'there is no MCP server at this path',
  405: 'there is no MCP server at this path',
}

export function faultText(fault: McpFault): string {
  switch (fault.type) {
    case 'answered':
      return `it answered with an error: ${fault.message} (${fault.code})`
    case 'http': {
      const said = STATUS[fault.status] ?? firstLine(fault.text)
      return `it answered with status ${fault.status}${said === '' ? '' : `: ${said}`}`
    }
    case 'network':
      return NETWORK[fault.code ?? ''] ?? `the connection failed: ${fault.message}`
    case 'other':
      return firstLine(fault.message)
    default:
      return 'the connection ended before the answer came'
  }
}

/** What can be done about it; null where that is plain or not known. */
export function faultHint(fault: McpFault): string | null {
  if (fault.type !== 'http') return null
  if (fault.status === 401 || fault.status === 403) {
    return 'name it in a file, with "headers": { "Authorization": "Bearer ..." }'
  }
  return fault.status === 404 || fault.status === 405 ? 'the path of most servers ends in /mcp' : null
}

/** Of a call whose request was sent. */
export function faultOutcome(fault: McpFault, effect: Effect): Outcome {
  const { code, message } = callError(fault)
  if (effect === 'write' && mayHaveHappened(fault)) return failure('interrupted', code, `may have happened: ${message}`)
  return isPermanent(fault) ? permanentFailure(code, message) : failure('failed', code, message)
}

/** Whether the same request would meet the same fault again. */
function isPermanent(fault: McpFault): boolean {
  if (fault.type === 'answered') return BAD_REQUESTS.includes(fault.code)
  if (fault.type === 'http') return fault.status >= 400 && fault.status < 500 && !TEMPORARY.includes(fault.status)
  return fault.type === 'other'
}

function callError(fault: McpFault): CallError {
  if (fault.type === 'answered') return { code: 'server_error', message: `${fault.message} (${fault.code})` }
  if (fault.type === 'other') return { code: 'bad_result', message: faultText(fault) }
  return { code: fault.type === 'http' ? 'http_error' : 'server_unreachable', message: faultText(fault) }
}

function mayHaveHappened(fault: McpFault): boolean {
  if (fault.type === 'network') return !Object.hasOwn(NETWORK, fault.code ?? '')
  return fault.type === 'stream_lost' || fault.type === 'closed'
}

/** The session was ended by the server, which took no request of it any more. */
export function isSessionGone(fault: McpFault): boolean {
  if (fault.type !== 'http') return false
  return fault.status === 404 || (fault.status === 400 && /session/i.test(fault.text))
}

function firstLine(text: string): string {
  const line = text.trim().split('\n')[0] ?? ''
  return line.length > 300 ? `${line.slice(0, 300)}...` : line
}
