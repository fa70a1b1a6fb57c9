/**
 * The current weather at a place, from Open-Meteo, which needs no key. Offline it answers from three
 * samples. It gives no forecast, and it never guesses a place that the geocoder does not know.
 */
import * as z from 'zod'
import { defineTool } from '../src/define-tool.ts'
import { fullName } from './get-weather/aliases.ts'
import { currentWeather } from './get-weather/current-weather.ts'
import { findPlace } from './get-weather/find-place.ts'
import { sampleWeather } from './get-weather/samples.ts'

export default defineTool({
  name: 'get_weather',
  description: 'Current weather at one place: temperature, conditions, wind, humidity. Call it once per place.',
  input: z.object({
    location: z.string().describe('City by its full name, e.g. "San Francisco" or "Portland, Oregon"'),
    unit: z.enum(['celsius', 'fahrenheit']).optional().describe('Default: what is usual there'),
  }),
  effect: 'read',
  policy: { timeout_ms: 15_000 },
  keywords: ['weather', 'temperature', 'temperatures', 'forecast', 'rain', 'sunny', 'wind', 'degrees', 'hot', 'cold'],
  async execute({ location, unit }, { offline, signal }) {
    const name = fullName(location)
    if (offline) return sampleWeather(name, unit ?? 'fahrenheit', signal)
    const place = await findPlace(name, signal)
    return currentWeather(place, unit ?? (place.country === 'United States' ? 'fahrenheit' : 'celsius'), signal)
  },
})
