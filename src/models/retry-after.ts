/**
 * What a server asks for in `retry-after-ms` or `retry-after`. It only reads: whether the time is
 * obeyed is decided by whoever retries. Zero, the past and garbage count as nothing asked, so that
 * they meet the usual backoff instead of an immediate repeat.
 *
 * @param nowMs  the wall clock, for dates
 * @returns      ms > 0, or null
 * @see          RFC 9110, section 10.2.3
 */
export function retryAfterMs(header: (name: string) => string | null, nowMs: number): number | null {
  const exact = parseNumber(header('retry-after-ms'))
  if (exact !== null) return positive(exact)
  const value = header('retry-after')
  const seconds = parseNumber(value)
  if (seconds !== null) return positive(seconds * 1000)
  if (value === null || !HTTP_DATE.test(value.trim())) return null
  return positive(Date.parse(value) - nowMs)
}

/** Date.parse alone would take `garbage 5` for a day in May 2001. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

function parseNumber(value: string | null): number | null {
  return value !== null && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : null
}

function positive(ms: number): number | null {
  return Number.isFinite(ms) && ms > 0 ? Math.ceil(ms) : null
}
