/**
 * Whether a run is traced, where its spans go and what they hold: flags, the variables that OpenTelemetry
 * has defined, config file. Pure. Values of headers are secrets and are quoted nowhere.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
import type { Environment } from './config-environment.ts'
import type { FileSettings } from './config-file.ts'
import type { Named } from './config-model.ts'
import { COLLECTOR_HEADERS, parseHeaders, parsePairs } from './config-tracing-pairs.ts'
import type { TracingConfig } from './contract/config.ts'
import { AgentError } from './contract/error.ts'
import type { Notify } from './contract/reporter.ts'
import type { AskFlags } from './flags.ts'

const TRACES_PATH = '/v1/traces'
const SERVICE = 'agent-ask'

export type TracingLevels = {
  flags: Pick<AskFlags, 'otel' | 'otelContent'>
  environment: Environment
  file: { settings: Pick<FileSettings, 'otel' | 'otel_content'>; path: string }
  notify: Notify
  /** Whether the environment says that there are traces; a library asks for them itself. */
  fromEnvironment: boolean
}

/**
 * @returns null: no traces
 * @throws  AgentError: exit 2 or 3, by where the wrong value came from
 */
export function tracingConfig({
  flags,
  environment,
  file,
  notify,
  fromEnvironment,
}: TracingLevels): TracingConfig | null {
  const text = (name: string) => (environment[name] ?? '').trim()
  const url = endpoint(flags.otel, fromEnvironment ? text : () => '', file)
  if (url === null) {
    if (flags.otelContent) notify('warning', NOTHING_SENT)
    return null
  }
  const protocol = text('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') || text('OTEL_EXPORTER_OTLP_PROTOCOL')
  if (protocol !== '' && !/^http\/(?:json|protobuf)$/.test(protocol))
    notify('warning', `OTEL_EXPORTER_OTLP_PROTOCOL asks for ${JSON.stringify(protocol)}; traces are sent as http/json`)
  const { pairs: attributes, wrong } = parsePairs(text('OTEL_RESOURCE_ATTRIBUTES'))
  if (wrong !== null) notify('warning', `OTEL_RESOURCE_ATTRIBUTES: ${JSON.stringify(wrong)} is no name=value`)
  const service = text('OTEL_SERVICE_NAME')
  return {
    url,
    headers: Object.fromEntries(COLLECTOR_HEADERS.flatMap((name) => parseHeaders(text(name), name))),
    resource: {
      'service.name': SERVICE,
      ...Object.fromEntries(attributes),
      ...(service !== '' && { 'service.name': service }),
    },
    content: flags.otelContent || file.settings.otel_content === true,
    traceparent: text('TRACEPARENT'),
    tracestate: text('TRACESTATE'),
  }
}

const NOTHING_SENT =
  '--otel-content has no effect: no traces are sent; add --otel http://127.0.0.1:4318, or set OTEL_EXPORTER_OTLP_ENDPOINT'

/** Of what asks for traces the first one decides. */
function endpoint(
  flag: string | null,
  text: (name: string) => string,
  { settings, path }: TracingLevels['file'],
): string | null {
  if (flag !== null) return baseEndpoint({ value: flag, from: '--otel', exit: 'usage' })
  // What turns traces off in the environment stands above a file, as all else there does.
  if (/^true$/i.test(text('OTEL_SDK_DISABLED')) || text('OTEL_TRACES_EXPORTER') === 'none') return null
  const inEnvironment = (from: string): Named => ({ value: text(from), from, exit: 'config' })
  const own = inEnvironment('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  if (own.value !== '') return checkedUrl(own).href
  const base = inEnvironment('OTEL_EXPORTER_OTLP_ENDPOINT')
  if (base.value !== '') {
    const url = checkedUrl(base)
    url.pathname = url.pathname.replace(/\/*$/, TRACES_PATH)
    return url.href
  }
  return settings.otel === undefined
    ? null
    : baseEndpoint({ value: settings.otel, from: `${path}: otel`, exit: 'config' })
}

/** People type a collector, or the very place: a path is taken as it is. */
function baseEndpoint(named: Named): string {
  const url = checkedUrl(named)
  if (url.pathname === '/') url.pathname = TRACES_PATH
  return url.href
}

function checkedUrl({ value, from, exit }: Named): URL {
  const shown = value.replace(/\/\/[^/@]*@/, '//***@').replace(/[?#].*/s, '')
  const refuse = (why: string, hint = 'write http:// or https:// and a host: http://127.0.0.1:4318') =>
    new AgentError('bad-collector', `${from}: ${JSON.stringify(shown)} ${why}`, { exit, hint })
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null) throw refuse('is no URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('is no http(s) URL')
  if (url.username !== '' || url.password !== '')
    throw refuse('holds a user or a password', 'export OTEL_EXPORTER_OTLP_HEADERS="authorization=Basic%20..."')
  return url
}
