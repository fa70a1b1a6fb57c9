/**
 * Opens the tracing of a run: its place in a trace at once, so that what the run starts can be told of it,
 * and the spans, whose packages are loaded meanwhile. Loaded only where traces are wanted.
 */
import packageJson from '../package.json' with { type: 'json' }
import type { Clock } from './contract/clock.ts'
import type { ToolsConfig, TracingConfig } from './contract/config.ts'
import type { ModelTracing } from './contract/model.ts'
import { OFFLINE_MODEL } from './contract/model.ts'
import type { Notify, Reporter } from './contract/reporter.ts'
import type { TraceContext } from './contract/trace-context.ts'
import { beginTrace, parseTraceParent } from './contract/trace-context.ts'
import type { Otel } from './reporters/otel.ts'

export interface Tracing {
  readonly context: TraceContext
  /** What tools are given, with the run as the parent of all that they trace themselves. */
  toolsConfig(config: ToolsConfig): ToolsConfig
  /** For the model's client. */
  modelTracing(): Promise<ModelTracing>
  reporter(runId: string, model: string): Promise<Reporter>
  /** Sends what is left, for 2 s at most; says why it did not arrive. Never rejects. */
  finish(): Promise<void>
}

export type TracingDeps = { clock: Clock; notify: Notify; redact: (text: string) => string }

export function openTracing(config: TracingConfig, deps: TracingDeps): Tracing {
  const { notify, redact } = deps
  const context = beginTrace(parseTraceParent(config.traceparent, config.tracestate))
  if (config.traceparent !== '' && context.parent === null)
    notify('info', `TRACEPARENT is ${JSON.stringify(config.traceparent)}, which is none; the trace begins here`)
  if (context.parent?.sampled === false)
    notify('info', 'TRACEPARENT says that its trace is not kept: no spans are sent')
  const loading = load(config, context, deps)
  // Told to whoever asks for spans.
  loading.catch(() => undefined)
  let began = false
  let finishing: Promise<void> | null = null

  async function finish(): Promise<void> {
    if (!began) return
    const fault = await (await loading).otel.finish()
    if (fault !== null) notify('warning', `traces could not be sent to ${shownUrl(config.url)}: ${fault}`)
  }

  return {
    context,
    toolsConfig: (tools) => ({
      ...tools,
      environment: withVariables(tools.environment, context),
      baseEnvironment: withVariables(tools.baseEnvironment, context),
      variables: withVariables(tools.variables, context),
    }),
    modelTracing: async () => ({ tracerProvider: (await loading).otel.tracerProvider, content: config.content }),
    async reporter(runId, model) {
      const { otel, openSpans } = await loading
      began = true
      const provider = model === OFFLINE_MODEL ? OFFLINE_PROVIDER : 'anthropic'
      const agent = { version: packageJson.version, model, provider }
      return openSpans({ otel, context, runId, agent, content: config.content, redact })
    },
    finish() {
      finishing ??= finish()
      return finishing
    },
  }
}

/** The planner is nobody's. */
const OFFLINE_PROVIDER = 'agent-ask'

async function load(config: TracingConfig, context: TraceContext, { clock, redact }: TracingDeps) {
  const [{ openOtel }, { openSpans }] = await Promise.all([
    import('./reporters/otel.ts'),
    import('./reporters/spans.ts'),
  ])
  const { version } = packageJson
  const resource = { 'service.version': version, ...config.resource }
  const otel: Otel = openOtel({ context, collector: config, resource, version, redact, clock })
  return { otel, openSpans }
}

/** What came in belongs to another span, or was none at all. */
function withVariables(environment: Record<string, string>, context: TraceContext): Record<string, string> {
  const { TRACEPARENT: _, TRACESTATE: __, ...others } = environment
  return { ...others, ...context.variables(null) }
}

/** Without a query, in which people put keys. */
function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
