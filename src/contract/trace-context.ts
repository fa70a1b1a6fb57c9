/**
 * The place of a run in a trace: the ids of its spans, and how they are handed to what the run starts.
 * A call's span id is made of the run's and the call's key, so that whoever starts a tool and whoever
 * reports its span agree without asking each other. It records nothing; see reporters/spans.ts.
 *
 * @see https://www.w3.org/TR/trace-context/
 */
import { createHash, randomBytes } from 'node:crypto'

/** As headers name them; `tracestate` only where one came in. */
export type TraceHeaders = { traceparent: string; tracestate?: string }

/** The span of somebody else that the run belongs to. */
export type TraceParent = { traceId: string; spanId: string; sampled: boolean; state: string | null }

export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string
  /** Of the run, 16 hex digits. A run that goes on in another process has another one there. */
  readonly spanId: string
  readonly parent: TraceParent | null
  /**
   * Of a call.
   * @param key  the same for all attempts: run id + `/` + the id under which it began
   */
  spanIdOf(key: string): string
  /** @param key  of a call; null: the run itself is the parent */
  headers(key: string | null): TraceHeaders
  /** The same as variables of a process. */
  variables(key: string | null): Record<string, string>
}

export function beginTrace(parent: TraceParent | null): TraceContext {
  const traceId = parent?.traceId ?? randomId(16)
  const spanId = randomId(8)
  const flags = (parent?.sampled ?? true) ? '01' : '00'

  function spanIdOf(key: string): string {
    const id = createHash('sha256').update(`${traceId} ${spanId} ${key}`).digest('hex').slice(0, 16)
    return isZero(id) ? `${id.slice(0, -1)}1` : id
  }

  function headers(key: string | null): TraceHeaders {
    const traceparent = `00-${traceId}-${key === null ? spanId : spanIdOf(key)}-${flags}`
    const state = parent?.state ?? null
    return state === null ? { traceparent } : { traceparent, tracestate: state }
  }

  return {
    traceId,
    spanId,
    parent,
    spanIdOf,
    headers,
    variables(key) {
      const { traceparent, tracestate } = headers(key)
      return { TRACEPARENT: traceparent, ...(tracestate !== undefined && { TRACESTATE: tracestate }) }
    },
  }
}

/** @returns null for what is none: the specification says to begin a trace of one's own then */
export function parseTraceParent(traceparent: string, tracestate: string): TraceParent | null {
  const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(traceparent.trim())
  if (match === null) return null
  const [, version, traceId = '', spanId = '', flags = '', more] = match
  // Later versions may say more behind the flags; this one does not.
  if (version === 'ff' || (version === '00' && more !== undefined) || isZero(traceId) || isZero(spanId)) return null
  const state = tracestate.trim()
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state: state === '' ? null : state }
}

function randomId(bytes: number): string {
  const id = randomBytes(bytes).toString('hex')
  return isZero(id) ? randomId(bytes) : id
}

function isZero(id: string): boolean {
  return /^0+$/.test(id)
}
