/**
 * How numbers are written for people: durations, counts, money. A unit is chosen once for a whole
 * picture, so that its numbers can be compared by eye.
 */
export type DurationUnit = 'ms' | 's' | 'min'

/** The unit for a picture whose longest duration this is. */
export function chooseUnit(longestMs: number): DurationUnit {
  if (longestMs < 100) return 'ms'
  return longestMs < 600_000 ? 's' : 'min'
}

/** `98 ms`, `0.98 s`, `2:05 min`; what rounds to nothing but is something is `<0.01 s`. */
export function formatDuration(ms: number, unit: DurationUnit, decimals = 2): string {
  if (unit === 'ms') return `${ms > 0 && ms < 1 ? '<1' : Math.round(ms)} ms`
  if (unit === 'min') return formatMinutes(ms)
  const least = 10 ** -decimals
  const seconds = ms / 1000
  return seconds > 0 && seconds < least / 2 ? `<${least} s` : `${seconds.toFixed(decimals)} s`
}

/** Of something that still goes on: tenths of a second, so that it does not flicker. */
export function formatElapsed(ms: number): string {
  return ms < 60_000 ? formatDuration(Math.floor(ms / 100) * 100, 's', 1) : formatMinutes(ms)
}

/** In a sentence: two digits that matter. */
export function formatSpan(ms: number): string {
  if (ms < 100) return formatDuration(ms, 'ms')
  if (ms < 1000) return formatDuration(ms, 's', 2)
  return ms < 60_000 ? formatDuration(ms, 's', 1) : formatMinutes(ms)
}

function formatMinutes(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`
}

/** `1,840` */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Two digits that matter, in a unit that is no fraction: `310/s`, `4.2/s`, `18/min`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 9.95) return `${formatCount(perSecond)}/s`
  if (perSecond >= 0.95) return `${perSecond.toFixed(1)}/s`
  const perMinute = perSecond * 60
  return perMinute > 0 && perMinute < 0.5 ? '<1/min' : `${formatCount(perMinute)}/min`
}

/** `3 calls`, `1 call` */
export function formatCounted(count: number, one: string): string {
  return `${formatCount(count)} ${count === 1 ? one : `${one}s`}`
}

/** `$0.0045`, `$1.20` */
export function formatMoney(dollars: number): string {
  if (dollars > 0 && dollars < 0.0001) return '<$0.0001'
  return `$${dollars.toFixed(dollars < 1 ? 4 : 2)}`
}

/** `61 bytes`, `1.5 KiB`, `12 MiB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return formatCounted(bytes, 'byte')
  const [size, unit] = bytes < 1024 ** 2 ? [bytes / 1024, 'KiB'] : [bytes / 1024 ** 2, 'MiB']
  return `${size < 10 ? size.toFixed(1).replace(/\.0$/, '') : formatCount(size)} ${unit}`
}
