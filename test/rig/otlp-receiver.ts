/**
 * A collector on loopback: takes OTLP over HTTP, decodes what arrives and keeps it as spans. It can refuse,
 * be busy, or take everything and never answer.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as z from 'zod'

type Value = string | number | boolean | Value[]

export type ReceivedSpan = {
  name: string
  traceId: string
  spanId: string
  parentSpanId: string | null
  traceState: string | null
  kind: 'internal' | 'client'
  /** Milliseconds since 1970. */
  startMs: number
  endMs: number
  attributes: Record<string, Value>
  events: { name: string; atMs: number; attributes: Record<string, Value> }[]
  status: 'unset' | 'ok' | 'error'
  message: string | null
  scope: string
  resource: Record<string, Value>
}

export interface OtlpReceiver extends AsyncDisposable {
  /** As for --otel: without a path. */
  readonly url: string
  readonly requests: readonly { path: string; headers: IncomingHttpHeaders; text: string }[]
  readonly spans: readonly ReceivedSpan[]
  /** The one span of this name. */
  span(name: string): ReceivedSpan
  close(): Promise<void>
}

/** @param answer  `silent`: never; else the status */
export async function openOtlpReceiver(answer: number | 'silent' = 200): Promise<OtlpReceiver> {
  const requests: { path: string; headers: IncomingHttpHeaders; text: string }[] = []
  const known: ReceivedSpan[] = []
  let read = 0
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('error', () => {}) // a sender that gives up is its own matter
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      requests.push({ path: incoming.url ?? '', headers: incoming.headers, text })
      if (answer === 'silent') return
      response.writeHead(answer, { 'content-type': 'application/json' }).end('{}')
    })
  })
  /** What was taken, decoded when it is looked at: the sender waits for no test. */
  const spans = () => {
    if (answer === 200) known.push(...requests.slice(read).flatMap(({ text }) => decoded(text)))
    read = requests.length
    return known
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has an AddressInfo, never a path.
  const { port } = server.address() as AddressInfo
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get spans() {
      return [...spans()]
    },
    span(name) {
      const [found, ...more] = spans().filter((one) => one.name === name)
      if (found !== undefined && more.length === 0) return found
      throw new Error(`${more.length + (found ? 1 : 0)} spans are called ${name}: ${spans().map((one) => one.name)}`)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

const attributeValue: z.ZodType<Value> = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }).transform(({ stringValue }): Value => stringValue),
    z.strictObject({ intValue: z.union([z.int(), z.string()]) }).transform(({ intValue }): Value => Number(intValue)),
    z.strictObject({ doubleValue: z.number() }).transform(({ doubleValue }): Value => doubleValue),
    z.strictObject({ boolValue: z.boolean() }).transform(({ boolValue }): Value => boolValue),
    z
      .strictObject({ arrayValue: z.strictObject({ values: z.array(attributeValue) }) })
      .transform(({ arrayValue }): Value => arrayValue.values),
  ]),
)
const attributes = z
  .array(z.strictObject({ key: z.string(), value: attributeValue }))
  .transform((pairs) => Object.fromEntries(pairs.map(({ key, value }) => [key, value])))
const nanos = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => Number(BigInt(text) / 1_000n) / 1_000)
const id = (digits: number) => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`))
const span = z.object({
  name: z.string(),
  traceId: id(32),
  spanId: id(16),
  parentSpanId: id(16).optional(),
  traceState: z.string().optional(),
  kind: z.int(),
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes,
  events: z.array(z.object({ name: z.string(), timeUnixNano: nanos, attributes })),
  status: z.object({ code: z.int(), message: z.string().optional() }),
  droppedAttributesCount: z.literal(0),
  droppedEventsCount: z.literal(0),
})
/** The part of ExportTraceServiceRequest, as JSON, that is looked at. */
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(span) })),
    }),
  ),
})

const KINDS: Record<number, ReceivedSpan['kind']> = { 1: 'internal', 3: 'client' }
const STATUSES: Record<number, ReceivedSpan['status']> = { 0: 'unset', 1: 'ok', 2: 'error' }

function decoded(text: string): ReceivedSpan[] {
  return exported.parse(JSON.parse(text)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map(({ parentSpanId, traceState, kind, startTimeUnixNano, endTimeUnixNano, events, status, ...same }) => ({
        name: same.name,
        traceId: same.traceId,
        spanId: same.spanId,
        attributes: same.attributes,
        parentSpanId: parentSpanId ?? null,
        traceState: traceState ?? null,
        kind: named(KINDS, kind),
        startMs: startTimeUnixNano,
        endMs: endTimeUnixNano,
        events: events.map(({ timeUnixNano, ...event }) => ({ ...event, atMs: timeUnixNano })),
        status: named(STATUSES, status.code),
        message: status.message ?? null,
        scope: scope.name,
        resource: resource.attributes,
      })),
    ),
  )
}

function named<T>(names: Record<number, T>, code: number): T {
  const name = names[code]
  if (name === undefined) throw new Error(`${code} is unknown here`)
  return name
}
