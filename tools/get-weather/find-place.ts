/**
 * From a place's name to its coordinates, by Open-Meteo's geocoder. The geocoder searches for names
 * alone: "Portland, Oregon" finds nothing, so the part before the comma is asked for and the rest
 * chooses among the answers.
 */
import * as z from 'zod'
import { permanentError } from '../errors/permanent-error.ts'
import { askOpenMeteo } from './open-meteo.ts'
import { regionName } from './regions.ts'

const placeSchema = z.object({
  name: z.string(),
  latitude: z.number(),
  longitude: z.number(),
  country: z.string().optional(),
  country_code: z.string().optional(),
  admin1: z.string().optional(),
  population: z.number().optional(),
})

/** Where nothing matches, the key is absent. */
const answerSchema = z.object({ results: z.array(placeSchema).default([]) })

export type Place = z.infer<typeof placeSchema>

/** @throws when the geocoder knows no such place */
export async function findPlace(name: string, signal: AbortSignal): Promise<Place> {
  const [city = '', ...regions] = name.split(',').map((part) => part.trim())
  const places = await search(name, signal)
  if (places.length === 0 && regions.length > 0 && city !== '') places.push(...(await search(city, signal)))
  const place = bestPlace(places, regions.map(regionName))
  if (place !== undefined) return place
  throw permanentError(`no place is called "${name}"; give the full name of a city, without abbreviations`)
}

async function search(name: string, signal: AbortSignal): Promise<Place[]> {
  const query = { name, count: '10', language: 'en', format: 'json' }
  const answer = answerSchema.safeParse(await askOpenMeteo('geocoding', query, signal))
  if (!answer.success) throw new Error(`Open-Meteo gave unreadable places: ${z.prettifyError(answer.error)}`)
  return answer.data.results
}

/**
 * Ranked by state, then country, then population. Without a region the geocoder's own order stands:
 * it puts an exact name before a larger place that only begins alike.
 */
export function bestPlace(places: readonly Place[], regions: readonly string[]): Place | undefined {
  if (regions.length === 0) return places[0]
  const among = (...names: (string | undefined)[]): boolean =>
    names.some((name) => name !== undefined && regions.includes(name.toLowerCase()))
  const rank = (place: Place): number[] => [
    Number(among(place.admin1)),
    Number(among(place.country, place.country_code)),
    place.population ?? 0,
  ]
  return places.toSorted((one, other) => descending(rank(one), rank(other)))[0]
}

/** Compares position by position; the first difference decides. */
function descending(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = (other[index] ?? 0) - value
    if (difference !== 0) return difference
  }
  return 0
}
