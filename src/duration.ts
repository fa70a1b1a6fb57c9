/**
 * How durations are written on the command line and in the config file: `500ms`, `30s`, `1.5m`,
 * `2h`. A bare number is refused: whether it means seconds or milliseconds is a guess.
 */
const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
])

/** What a timer can hold; 24 days are more than any run needs. */
const MAX_DURATION_MS = 2 ** 31 - 1

/** @returns ms in [1, 2^31), or null where `text` is no duration of that range */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,10}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text.trim())
  const unitMs = UNIT_MS.get(match?.[2] ?? '')
  if (match === null || unitMs === undefined) return null
  const ms = Math.round(Number(match[1]) * unitMs)
  return ms >= 1 && ms <= MAX_DURATION_MS ? ms : null
}
