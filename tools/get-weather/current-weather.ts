/**
 * The weather at known coordinates, from Open-Meteo's forecast service.
 */
import * as z from 'zod'
import type { Place } from './find-place.ts'
import { ATTRIBUTION, askOpenMeteo } from './open-meteo.ts'
import { conditionsOf, type Unit, type Weather } from './weather.ts'

const answerSchema = z.object({
  current: z.object({
    time: z.string(),
    temperature_2m: z.number(),
    weather_code: z.number(),
    apparent_temperature: z.number().optional(),
    relative_humidity_2m: z.number().optional(),
    precipitation: z.number().optional(),
    wind_speed_10m: z.number().optional(),
  }),
})

const QUANTITIES = [
  'temperature_2m',
  'relative_humidity_2m',
  'apparent_temperature',
  'precipitation',
  'weather_code',
  'wind_speed_10m',
]

export async function currentWeather(place: Place, unit: Unit, signal: AbortSignal): Promise<Weather> {
  const query = {
    latitude: String(place.latitude),
    longitude: String(place.longitude),
    current: QUANTITIES.join(','),
    temperature_unit: unit,
    timezone: 'auto',
  }
  const answer = answerSchema.safeParse(await askOpenMeteo('forecast', query, signal))
  if (!answer.success) throw new Error(`Open-Meteo gave unreadable weather: ${z.prettifyError(answer.error)}`)
  const { current } = answer.data
  return {
    location: [place.name, place.admin1, place.country].filter(isNews).join(', '),
    temperature: current.temperature_2m,
    unit,
    conditions: conditionsOf(current.weather_code),
    ...known('feels_like', current.apparent_temperature),
    ...known('humidity_percent', current.relative_humidity_2m),
    ...known('precipitation_mm', current.precipitation),
    ...known('wind_kmh', current.wind_speed_10m),
    observed_at: current.time,
    source: ATTRIBUTION,
  }
}

/** "Tokyo, Tokyo, Japan" says one thing twice. */
function isNews(part: string | undefined, index: number, parts: readonly (string | undefined)[]): boolean {
  return part !== undefined && part !== '' && parts.indexOf(part) === index
}

function known(key: keyof Weather, value: number | undefined): Partial<Weather> {
  return value === undefined ? {} : { [key]: value }
}
