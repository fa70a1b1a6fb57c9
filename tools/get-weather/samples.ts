/**
 * The weather that never changes: three places for trying things out without a network.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { permanentError } from '../errors/permanent-error.ts'
import type { Unit, Weather } from './weather.ts'

/** As slow as a quick service, so that calls that run at once can be seen to do so. */
const ANSWER_AFTER_MS = 150

const SAMPLES = [
  { location: 'San Francisco', fahrenheit: 68, conditions: 'Sunny' },
  { location: 'New York', fahrenheit: 45, conditions: 'Cloudy' },
  { location: 'Tokyo', fahrenheit: 72, conditions: 'Clear' },
]

/** @throws when the place is none of the samples; the message names them */
export async function sampleWeather(name: string, unit: Unit, signal: AbortSignal): Promise<Weather> {
  await sleep(ANSWER_AFTER_MS, undefined, { signal })
  const city = name.split(',')[0]?.trim().toLowerCase()
  const sample = SAMPLES.find(({ location }) => location.toLowerCase() === city)
  if (sample === undefined) {
    const known = SAMPLES.map(({ location }) => location).join(', ')
    throw permanentError(`no sample weather for "${name}"; offline there are ${known}`)
  }
  const { location, fahrenheit, conditions } = sample
  const temperature = unit === 'fahrenheit' ? fahrenheit : Math.round(((fahrenheit - 32) * 50) / 9) / 10
  return { location, temperature, unit, conditions, source: 'sample' }
}
