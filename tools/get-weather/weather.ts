/**
 * What `get_weather` answers, and the words for the codes of the World Meteorological Organization.
 */
export type Unit = 'celsius' | 'fahrenheit'

export type Weather = {
  location: string
  temperature: number
  unit: Unit
  conditions: string
  source: string
  feels_like?: number
  humidity_percent?: number
  precipitation_mm?: number
  wind_kmh?: number
  /** Local time of the observation, ISO 8601 without offset. */
  observed_at?: string
}

const CONDITIONS: ReadonlyMap<number, string> = new Map([
  [0, 'Clear'],
  [1, 'Mainly clear'],
  [2, 'Partly cloudy'],
  [3, 'Overcast'],
  [45, 'Fog'],
  [48, 'Freezing fog'],
  [51, 'Light drizzle'],
  [53, 'Drizzle'],
  [55, 'Heavy drizzle'],
  [56, 'Light freezing drizzle'],
  [57, 'Freezing drizzle'],
  [61, 'Light rain'],
  [63, 'Rain'],
  [65, 'Heavy rain'],
  [66, 'Light freezing rain'],
  [67, 'Freezing rain'],
  [71, 'Light snow'],
  [73, 'Snow'],
  [75, 'Heavy snow'],
  [77, 'Snow grains'],
  [80, 'Light showers'],
  [81, 'Showers'],
  [82, 'Violent showers'],
  [85, 'Light snow showers'],
  [86, 'Snow showers'],
  [95, 'Thunderstorm'],
  [96, 'Thunderstorm with hail'],
  [99, 'Thunderstorm with heavy hail'],
])

/** @see WMO code table 4677, the part that Open-Meteo uses */
export function conditionsOf(code: number): string {
  return CONDITIONS.get(code) ?? `Unknown (WMO code ${code})`
}
