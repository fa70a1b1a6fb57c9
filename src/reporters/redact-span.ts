/**
 * Takes secrets out of a span that has ended, whoever has set what is in it: name, status, attributes and
 * events. It knows no tracing package, only the shape of a span.
 */
type Values = { [key: string]: unknown }

/** What is written here are strings in the place of strings. */
export type WrittenSpan = {
  name: string
  status: { code: number; message?: string }
  attributes: Values
  events: { name: string; attributes?: Values }[]
}

/** In place: a span that has ended is read by its exporter only. */
export function redactSpan(span: WrittenSpan, redact: (text: string) => string): void {
  // Half a character is no UTF-8, and a collector may refuse the whole batch for it.
  const clean = (text: string) => redact(text).replace(/\p{Surrogate}/gu, '\ufffd')
  span.name = clean(span.name)
  if (span.status.message !== undefined) span.status = { ...span.status, message: clean(span.status.message) }
  cleanValues(span.attributes, clean)
  for (const { attributes } of span.events) if (attributes !== undefined) cleanValues(attributes, clean)
}

function cleanValues(values: Values, clean: (text: string) => string): void {
  for (const [key, value] of Object.entries(values)) {
    if (typeof value === 'string') values[key] = clean(value)
    else if (Array.isArray(value)) values[key] = value.map((one) => (typeof one === 'string' ? clean(one) : one))
  }
}
