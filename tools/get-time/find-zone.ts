/**
 * From what people call a place to its IANA time zone. Pure but for the zone data of Intl.
 */
import { PLACES } from './places.ts'

/** Longer than any place's name; bounds the work on nonsense. */
const MAX_LENGTH = 200

/**
 * @returns  the zone, and the part of `place` that named it; null when nothing fits. "City, Country"
 *           is tried without the country when the whole means nothing.
 */
export function findZone(place: string): { place: string; zone: string } | null {
  const named = place.trim()
  if (named.length > MAX_LENGTH) return null
  const zone = PLACES.get(placeKey(named)) ?? zoneNamed(named) ?? zoneByCity().get(placeKey(named))
  if (zone !== undefined) return { place: named, zone }
  const comma = named.lastIndexOf(',')
  return comma > 0 ? findZone(named.slice(0, comma)) : null
}

/** Without case, accents, dots and underscores: "St. Louis", "São Paulo" and "Sao_Paulo" are found. */
function placeKey(place: string): string {
  const plain = place.normalize('NFD').replace(/[\u0300-\u036f.]/g, '')
  return plain
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim()
}

/** A zone by its own name in any case; Intl also knows the old ones, such as `US/Pacific`. */
function zoneNamed(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    // A RangeError: no such zone.
    return undefined
  }
}

let cities: Map<string, string> | null = null

/** The last part of a zone's name is its city: `America/Argentina/Buenos_Aires`. Made once, 420 entries. */
function zoneByCity(): Map<string, string> {
  cities ??= new Map(
    Intl.supportedValuesOf('timeZone').map((zone) => [placeKey(zone.slice(zone.lastIndexOf('/') + 1)), zone]),
  )
  return cities
}
