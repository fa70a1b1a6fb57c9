import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bestPlace } from '../../tools/get-weather/find-place.ts'
import { conditionsOf } from '../../tools/get-weather/weather.ts'
import getWeather from '../../tools/get-weather.ts'
import { type LocalServer, openLocalServer } from './local-server.ts'
import { rejection, toolContext } from './tool-context.ts'

const PARIS = {
  name: 'Paris',
  latitude: 48.85,
  longitude: 2.35,
  country: 'France',
  admin1: 'Île-de-France',
  population: 2_138_551,
}
const PARIS_TEXAS = {
  name: 'Paris',
  latitude: 33.66,
  longitude: -95.56,
  country: 'United States',
  admin1: 'Texas',
  population: 24_782,
}
const SAN_FRANCISCO = {
  name: 'San Francisco',
  latitude: 37.77,
  longitude: -122.42,
  country: 'United States',
  admin1: 'California',
  population: 864_816,
}

const CURRENT = {
  time: '2026-11-22T19:00',
  temperature_2m: 68.4,
  relative_humidity_2m: 61,
  apparent_temperature: 67.1,
  precipitation: 0,
  weather_code: 2,
  wind_speed_10m: 9.7,
}

/** As the two services answer: names alone are searched, an absent key says that nothing was found. */
function openMeteo(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost')
  const name = searchParams.get('name') ?? ''
  const results = [PARIS, PARIS_TEXAS, SAN_FRANCISCO].filter((place) => place.name === name)
  if (pathname === '/search')
    response.end(JSON.stringify(results.length > 0 ? { results } : { generationtime_ms: 0.1 }))
  else response.end(JSON.stringify({ current_units: {}, current: CURRENT }))
}

function standIn(server: LocalServer): void {
  vi.stubEnv('OPEN_METEO_GEOCODING_URL', `${server.url}/search`)
  vi.stubEnv('OPEN_METEO_FORECAST_URL', `${server.url}/forecast`)
}

function queries(server: LocalServer): Record<string, string>[] {
  return server.requests.map(({ url }) => Object.fromEntries(new URL(url ?? '', server.url).searchParams))
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('get_weather', () => {
  it('asks for the place, then for its weather', async () => {
    await using server = await openLocalServer(openMeteo)
    standIn(server)
    const answer = await getWeather.execute({ location: 'Paris' }, toolContext())
    expect(answer).toEqual({
      location: 'Paris, Île-de-France, France',
      temperature: 68.4,
      unit: 'celsius',
      conditions: 'Partly cloudy',
      feels_like: 67.1,
      humidity_percent: 61,
      precipitation_mm: 0,
      wind_kmh: 9.7,
      observed_at: '2026-11-22T19:00',
      source: 'Weather data by Open-Meteo.com',
    })
    expect(queries(server)).toEqual([
      { name: 'Paris', count: '10', language: 'en', format: 'json' },
      {
        latitude: '48.85',
        longitude: '2.35',
        current: 'temperature_2m,relative_humidity_2m,apparent_temperature,precipitation,weather_code,wind_speed_10m',
        temperature_unit: 'celsius',
        timezone: 'auto',
      },
    ])
  })

  it.each(['SF', 's.f.', 'San Francisco', 'San Francisco, CA'])(
    'finds "%s"; Fahrenheit is usual there',
    async (location) => {
      await using server = await openLocalServer(openMeteo)
      standIn(server)
      expect(await getWeather.execute({ location }, toolContext())).toMatchObject({
        location: 'San Francisco, California, United States',
        unit: 'fahrenheit',
      })
    },
  )

  it.each(['Paris, Texas', 'Paris, TX', 'Paris, TX, USA', 'Paris, United States'])(
    'asks again without what stands behind the comma of "%s", and chooses by it',
    async (location) => {
      await using server = await openLocalServer(openMeteo)
      standIn(server)
      const answer = await getWeather.execute({ location, unit: 'celsius' }, toolContext())
      expect(answer).toMatchObject({ location: 'Paris, Texas, United States', unit: 'celsius' })
      expect(queries(server).map(({ name }) => name)).toEqual([location, 'Paris', undefined])
    },
  )

  it('ranks by state, then country, then population; without a region the given order stands', () => {
    const elsewhere = { ...PARIS_TEXAS, admin1: 'Kentucky', population: 9_846 }
    expect(bestPlace([PARIS, elsewhere, PARIS_TEXAS], ['texas'])).toBe(PARIS_TEXAS)
    expect(bestPlace([PARIS, elsewhere, PARIS_TEXAS], ['united states'])).toBe(PARIS_TEXAS)
    expect(bestPlace([elsewhere, PARIS], ['nowhere'])).toBe(PARIS)
    expect(bestPlace([elsewhere, PARIS], [])).toBe(elsewhere)
  })

  it('names a place that nobody knows', async () => {
    await using server = await openLocalServer(openMeteo)
    standIn(server)
    await expect(getWeather.execute({ location: 'Atlantis, Sea' }, toolContext())).rejects.toMatchObject({
      message: expect.stringContaining('"Atlantis, Sea"'),
      retryable: false,
    })
  })

  it.each([
    {
      status: 400,
      body: '{"error":true,"reason":"Latitude out of range"}',
      message: 'Open-Meteo answered 400: Latitude out of range',
      retryable: false,
    },
    {
      status: 429,
      body: '{"error":true,"reason":"Minutely limit exceeded"}',
      message: 'Open-Meteo answered 429: Minutely limit exceeded',
      retryable: undefined,
    },
    { status: 502, body: '<html>', message: 'Open-Meteo answered 502: Bad Gateway', retryable: undefined },
    {
      status: 200,
      body: '{"results":',
      message: 'Open-Meteo answered 200: the answer is no JSON',
      retryable: undefined,
    },
    {
      status: 200,
      body: '{"results":[{"name":7}]}',
      message: expect.stringContaining('unreadable places'),
      retryable: undefined,
    },
  ])('tells what the service said: $status $body', async ({ status, body, message, retryable }) => {
    await using server = await openLocalServer((_, response) => response.writeHead(status).end(body))
    standIn(server)
    const error = await rejection(getWeather.execute({ location: 'Paris' }, toolContext()))
    expect(error).toMatchObject({ message })
    expect(error.retryable).toBe(retryable)
  })

  it('says why the service cannot be reached', async () => {
    const server = await openLocalServer(openMeteo)
    standIn(server)
    await server[Symbol.asyncDispose]()
    const error = await rejection(getWeather.execute({ location: 'Paris' }, toolContext()))
    expect(error.message).toMatch(/^Open-Meteo cannot be reached: .*ECONNREFUSED/)
  })

  it('ends when its signal is aborted', async () => {
    const controller = new AbortController()
    await using server = await openLocalServer(() => controller.abort(new Error('enough')))
    standIn(server)
    await expect(getWeather.execute({ location: 'Paris' }, toolContext({ signal: controller.signal }))).rejects.toThrow(
      'enough',
    )
  })

  it.each([
    ['SF', { location: 'San Francisco', temperature: 68, conditions: 'Sunny' }],
    ['NYC', { location: 'New York', temperature: 45, conditions: 'Cloudy' }],
    [' tokyo, Japan', { location: 'Tokyo', temperature: 72, conditions: 'Clear' }],
  ])('answers "%s" from samples when offline', async (location, expected) => {
    const answer = await getWeather.execute({ location }, toolContext({ offline: true }))
    expect(answer).toEqual({ ...expected, unit: 'fahrenheit', source: 'sample' })
  })

  it('converts its samples when asked', async () => {
    const answer = await getWeather.execute({ location: 'New York', unit: 'celsius' }, toolContext({ offline: true }))
    expect(answer).toMatchObject({ temperature: 7.2, unit: 'celsius' })
  })

  it('names the samples when offline and asked for another place', async () => {
    await expect(getWeather.execute({ location: 'Paris' }, toolContext({ offline: true }))).rejects.toMatchObject({
      message: 'no sample weather for "Paris"; offline there are San Francisco, New York, Tokyo',
      retryable: false,
    })
  })

  it('has words for every code that Open-Meteo uses', () => {
    expect([0, 3, 48, 57, 67, 77, 82, 86, 99].map(conditionsOf)).not.toContainEqual(expect.stringContaining('Unknown'))
    expect(conditionsOf(42)).toBe('Unknown (WMO code 42)')
  })
})
