/**
 * A cassette without secrets. Text that the model streamed is redacted as one text, or a secret that
 * came in two parts would stay whole.
 */
import type { Cassette, Exchange } from '../contract/cassette.ts'
import type { JsonValue } from '../contract/json.ts'
import type { Redactor } from '../contract/redact.ts'
import { redactJson } from '../contract/redact.ts'
import { openRedactStream } from '../contract/redact-stream.ts'

export function cleanCassette(cassette: Cassette, redact: Redactor): Cassette {
  const exchanges = cassette.exchanges.map((exchange) => ({ ...exchange, parts: cleanParts(exchange.parts, redact) }))
  // Texts change, the shape stays; the cast to JSON is one to what it is: it was read from JSON or goes into it.
  return redactJson({ ...cassette, exchanges } as unknown as JsonValue, redact) as unknown as Cassette
}

/** What is held back goes with the last text, so that all of it is there when the message ends. */
function cleanParts(parts: Exchange['parts'], redact: Redactor): Exchange['parts'] {
  const stream = openRedactStream(redact)
  const last = parts.findLastIndex(({ part }) => part.type === 'text_delta')
  return parts.map(({ after_ms, part }, index) => {
    if (part.type !== 'text_delta') return { after_ms, part }
    const shown = stream.push(part.text) + (index === last ? stream.end() : '')
    return { after_ms, part: { type: 'text_delta' as const, text: shown } }
  })
}
