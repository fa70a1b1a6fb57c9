/**
 * Lists of `name=value` in the variables of OpenTelemetry: headers for a collector, whose values are
 * secrets, and attributes of all spans. Pure.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
import { AgentError } from './contract/error.ts'

/** Their names tell nothing of their values, which are secrets. What the second one says stands over the first. */
export const COLLECTOR_HEADERS = ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']

type Pair = [name: string, value: string]

/** Percent-encoded, with commas between. @returns `wrong`: the first part that is no pair, as it stands */
export function parsePairs(text: string): { pairs: Pair[]; wrong: string | null } {
  const pairs: Pair[] = []
  let wrong: string | null = null
  for (const part of text.split(',').filter((one) => one.trim() !== '')) {
    const match = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s.exec(part)
    const value = match === null ? null : decoded(match[2] ?? '')
    if (match === null || value === null) wrong ??= part.trim()
    else pairs.push([match[1] ?? '', value])
  }
  return { pairs, wrong }
}

/** @throws AgentError (exit 3); it never quotes a value */
export function parseHeaders(text: string, variable: string): Pair[] {
  const { pairs, wrong } = parsePairs(text)
  const unfit = pairs.find(
    ([name, value]) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value),
  )
  if (wrong === null && unfit === undefined) return pairs
  throw new AgentError('bad-collector', `${variable} is no list of headers`, {
    exit: 'config',
    hint: `write name=value, with commas between: ${variable}="authorization=Bearer%20..."`,
  })
}

/** What in such a list is secret: each value, and of `Bearer TOKEN` the token by itself. */
export function headerSecrets(text: string): string[] {
  return parsePairs(text).pairs.flatMap(([, value]) => [value, ...value.split(/\s+/).slice(1)])
}

function decoded(value: string): string | null {
  try {
    return decodeURIComponent(value)
  } catch {
    return null
  }
}
