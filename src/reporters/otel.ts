/**
 * The door to OpenTelemetry: makes spans with the ids of a trace context, takes secrets out of them and
 * sends them off, in batches while the run goes on. What is in a span is spans.ts's matter. It is loaded
 * only where traces are wanted, registers nothing globally, and reads no environment.
 */
import type { Context, Span, SpanOptions, Tracer } from '@opentelemetry/api'
import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
} from '@opentelemetry/sdk-trace-base'
import type { Clock } from '../contract/clock.ts'
import { within } from '../contract/clock.ts'
import type { TraceContext } from '../contract/trace-context.ts'
import type { CollectorAddress } from './collector.ts'
import { NO_ANSWER, openCollector } from './collector.ts'
import { redactSpan } from './redact-span.ts'

/** What the end of a run waits for its spans. */
const FLUSH_MS = 1_700
const BATCH = 512
/** While the run goes on, after the first span of a batch has ended. */
const BATCH_MS = 2_000
/** A run of ten thousand calls that end at once loses none. */
const MAX_WAITING = 100_000
const MAX_EVENTS = 1_000

export type SpanAttributes = Record<string, string | number | boolean | string[]>

/** Instants are milliseconds since 1970. */
export interface OpenSpan {
  event(name: string, atMs: number, attributes: SpanAttributes): void
  set(attributes: SpanAttributes): void
  /** @param errorType  a word for statistics; null: it has not failed */
  end(atMs: number, errorType: string | null): void
}

export type MessageEnd = {
  atMs: number
  firstTokenAtMs: number | null
  attributes: SpanAttributes
  errorType: string | null
}

export interface Otel {
  /** The span of the run, which all others are below. @param ofAll  those of the model's client have it too */
  startRun(name: string, atMs: number, ofAll: SpanAttributes, attributes: SpanAttributes): OpenSpan
  startBelow(name: string, spanId: string, atMs: number, attributes: SpanAttributes): OpenSpan
  /** For the model's client, whose types say what this is. */
  readonly tracerProvider: object
  /** The message that was asked for has ended, or will not: so has the span of its request. */
  messageEnded(end: MessageEnd): void
  /**
   * Sends what has not been sent, and waits for that 2 s at most; to be called once, at the end.
   * @returns why spans did not arrive; null: they did. Never rejects.
   */
  finish(): Promise<string | null>
}

export type OtelOptions = {
  context: TraceContext
  collector: CollectorAddress
  /** Of all spans: `service.name` and the like. */
  resource: Readonly<Record<string, string>>
  version: string
  redact: (text: string) => string
  clock: Clock
}

export function openOtel({ context, collector: address, resource, version, redact, clock }: OtelOptions): Otel {
  const collector = openCollector(address, `agent-ask/${version}`)
  const ids = openIds(context)
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(resourceFromAttributes(resource)),
    // A parent that is not sampled is none of our business to record.
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    idGenerator: ids,
    spanLimits: { attributeCountLimit: 128, attributeValueLengthLimit: Infinity, eventCountLimit: MAX_EVENTS },
    spanProcessors: [
      { onStart: idle, onEnd: (span) => redactSpan(span, redact), forceFlush: idle, shutdown: idle },
      new BatchSpanProcessor(collector, {
        maxQueueSize: MAX_WAITING,
        maxExportBatchSize: BATCH,
        scheduledDelayMillis: BATCH_MS,
        exportTimeoutMillis: FLUSH_MS,
      }),
    ],
  })
  const tracer = provider.getTracer('agent-ask', version)
  const belowRun = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: context.traceId,
    spanId: context.spanId,
    traceFlags: (context.parent?.sampled ?? true) ? TraceFlags.SAMPLED : TraceFlags.NONE,
    ...traceState(context),
  })

  const apiSpans = openApiSpans(provider, belowRun, clock)

  function start(name: string, spanId: string, options: SpanOptions, parent: Context): OpenSpan {
    ids.next = spanId
    return openSpan(tracer.startSpan(name, { kind: SpanKind.INTERNAL, ...options }, parent))
  }

  return {
    startRun(name, startTime, ofAll, attributes) {
      apiSpans.mark(ofAll)
      return start(name, context.spanId, { startTime, attributes: { ...ofAll, ...attributes } }, parentOf(context))
    },
    startBelow: (name, spanId, startTime, attributes) => start(name, spanId, { startTime, attributes }, belowRun),
    tracerProvider: apiSpans.tracerProvider,
    messageEnded: apiSpans.finish,
    async finish() {
      const sent = provider.shutdown().catch(() => undefined)
      const inTime = await within(FLUSH_MS, Promise.race([sent, collector.unreachable]), clock)
      const fault = collector.fault()
      collector.close()
      return fault ?? (inTime ? null : NO_ANSWER)
    },
  }
}

const idle = () => Promise.resolve()

function openSpan(span: Span): OpenSpan {
  return {
    event: (name, atMs, attributes) => void span.addEvent(name, attributes, atMs),
    set: (attributes) => void span.setAttributes(attributes),
    end(atMs, errorType) {
      if (errorType !== null) span.setAttribute('error.type', errorType).setStatus({ code: SpanStatusCode.ERROR })
      span.end(atMs)
    },
  }
}

/** `next` is the id of the one span that is started next; of those of the model's client nobody has to know. */
function openIds({ traceId }: TraceContext) {
  const random = new RandomIdGenerator()
  const ids = {
    next: null as string | null,
    generateTraceId: () => traceId,
    generateSpanId: () => {
      const id = ids.next ?? random.generateSpanId()
      ids.next = null
      return id
    },
  }
  return ids
}

function parentOf(context: TraceContext): Context {
  if (context.parent === null) return ROOT_CONTEXT
  const { traceId, spanId, sampled } = context.parent
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true, ...traceState(context) })
}

function traceState({ parent }: TraceContext) {
  const state = parent?.state ?? null
  return state === null ? {} : { traceState: createTraceState(state) }
}

/** Spans of the model's client, which is done with a request when it has begun to be answered. */
type OpenApiSpan = { finish(end: MessageEnd): void }

/**
 * What the model's client makes its spans with: below the run, and held open when the client ends them at
 * the head of the answer, as it leaves the reading of it to us.
 */
function openApiSpans(provider: BasicTracerProvider, belowRun: Context, clock: Clock) {
  const open = new Set<OpenApiSpan>()
  let marks: SpanAttributes = {}

  function hold(span: Span): Span {
    if (!span.isRecording()) return span
    span.setAttributes(marks)
    const startedAtMs = clock.wall()
    const end = span.end.bind(span)
    const setStatus = span.setStatus.bind(span)
    let failed = false
    const held: OpenApiSpan = {
      finish({ atMs, firstTokenAtMs, attributes, errorType }) {
        open.delete(held)
        if (!span.isRecording()) return
        span.setAttributes(attributes)
        if (firstTokenAtMs !== null)
          span.setAttribute('gen_ai.response.time_to_first_chunk', Math.max(0, firstTokenAtMs - startedAtMs) / 1000)
        if (errorType !== null) span.setAttribute('error.type', errorType)
        setStatus({ code: errorType === null ? SpanStatusCode.OK : SpanStatusCode.ERROR })
        end(atMs)
      },
    }
    open.add(held)
    span.setStatus = (status) => {
      if (status.code !== SpanStatusCode.ERROR) return span
      failed = true
      return setStatus(status)
    }
    span.end = () => {
      if (!failed) return
      open.delete(held)
      end()
    }
    return span
  }

  return {
    tracerProvider: {
      getTracer(name: string, version?: string): Tracer {
        const tracer = provider.getTracer(name, version)
        return {
          startSpan: (spanName, options) => hold(tracer.startSpan(spanName, options, belowRun)),
          startActiveSpan: tracer.startActiveSpan.bind(tracer),
        }
      },
    },
    mark(attributes: SpanAttributes): void {
      marks = attributes
    },
    finish(end: MessageEnd): void {
      for (const held of open) held.finish(end)
    },
  }
}
