/**
 * What the clocks of a time zone show at an instant. Pure.
 */
export type ZoneTime = {
  timezone: string
  /** ISO 8601 with offset, to the second. */
  time: string
  weekday: string
  /** `+09:00`, `-03:30`; `+00:00` for UTC. */
  utc_offset: string
}

/** @param zone  a time zone that Intl knows */
export function timeIn(zone: string, instant: Date): ZoneTime {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    weekday: 'long',
    timeZoneName: 'longOffset',
  })
  const parts = new Map(format.formatToParts(instant).map((part) => [part.type, part.value]))
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? ''
  // Intl writes "GMT+09:00", and a bare "GMT" for an offset of zero.
  const offset = part('timeZoneName').slice('GMT'.length) || '+00:00'
  const date = `${part('year')}-${part('month')}-${part('day')}`
  const clock = `${part('hour')}:${part('minute')}:${part('second')}`
  return { timezone: zone, time: `${date}T${clock}${offset}`, weekday: part('weekday'), utc_offset: offset }
}
