/**
 * Where spans are sent: a collector that speaks OTLP over HTTP, with JSON. The only door to the exporter,
 * which tries again by itself what may get better. It prints nothing, and says afterwards why spans
 * did not arrive.
 */
import { Agent } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'

/** Of one export, further attempts included: the end of the run waits no longer for it. */
const EXPORT_MS = 1_600
/** Batches at once. All of a run that ends are sent at once. */
const MAX_EXPORTS = 1_000

export type CollectorAddress = { url: string; headers: Readonly<Record<string, string>> }

export interface Collector {
  export(...args: Parameters<OTLPTraceExporter['export']>): void
  shutdown(): Promise<void>
  /** Resolves where no connection can be made; nobody needs to wait for the attempts that may follow. */
  readonly unreachable: Promise<void>
  /** Why spans were not taken, the first reason; null: all were, as far as is known. */
  fault(): string | null
  /** Cuts what is still under way. */
  close(): void
}

export function openCollector({ url, headers }: CollectorAddress, userAgent: string): Collector {
  let reason: string | null = null
  let closed = false
  let giveUp = () => {}
  const unreachable = new Promise<void>((resolve) => {
    giveUp = resolve
  })
  const agent = watchedAgent(url, {
    refuses: () => closed,
    failed: (error) => {
      reason ??= reasonOf(error)
      giveUp()
    },
  })
  const exporter = new OTLPTraceExporter({
    url,
    headers: { ...headers },
    timeoutMillis: EXPORT_MS,
    concurrencyLimit: MAX_EXPORTS,
    userAgent,
    httpAgentOptions: () => agent,
  })
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error !== undefined) reason ??= reasonOf(result.error)
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    unreachable,
    fault: () => reason,
    close() {
      closed = true
      agent.destroy()
    },
  }
}

/** The exporter keeps to itself that a connection was refused, until its last attempt has failed. */
function watchedAgent(
  url: string,
  { refuses, failed }: { refuses: () => boolean; failed: (error: Error) => void },
): Agent {
  const agent = new URL(url).protocol === 'https:' ? new SecureAgent() : new Agent()
  const connect = agent.createConnection.bind(agent)
  agent.createConnection = (options, callback) => {
    if (refuses()) throw new Error('the run has ended')
    const socket = connect(options, callback)
    socket?.once('error', failed)
    return socket
  }
  return agent
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  // The exporter's own error has the HTTP status as its code, and the server's words as its message.
  if (typeof code === 'number') return `it answered ${code} ${error.message}`.trim()
  if (error.message.includes('retryable status')) return 'it answered that it is busy (429, 502, 503 or 504)'
  if (error.message === 'Request timed out') return NO_ANSWER
  return typeof code === 'string' && !error.message.includes(code) ? `${code} ${error.message}`.trim() : error.message
}

/** What is said where the time was over first. */
export const NO_ANSWER = 'no answer in time'
