/**
 * One request to Open-Meteo. Where its two services are may be said in the environment, for mirrors
 * and for tests.
 *
 * @see https://open-meteo.com/en/docs
 */
import { permanentError } from '../errors/permanent-error.ts'

/** Asked for by the licence of the data, CC BY 4.0. */
export const ATTRIBUTION = 'Weather data by Open-Meteo.com'

const SERVICES = {
  geocoding: {
    variable: 'OPEN_METEO_GEOCODING_URL',
    url: 'https://geocoding-api.open-meteo.com/v1/search',
  },
  forecast: {
    variable: 'OPEN_METEO_FORECAST_URL',
    url: 'https://api.open-meteo.com/v1/forecast',
  },
} as const

/**
 * @returns  the parsed body of a good answer
 * @throws   what the service gave as the reason; only 429 and 5xx, and failures of the network, are
 *           worth another attempt
 */
export async function askOpenMeteo(
  service: keyof typeof SERVICES,
  query: Record<string, string>,
  signal: AbortSignal,
): Promise<unknown> {
  const { variable, url } = SERVICES[service]
  const target = new URL(process.env[variable] || url)
  for (const [key, value] of Object.entries(query)) target.searchParams.set(key, value)

  const { response, text } = await request(target, signal)
  const body = parsed(text)
  if (response.ok && body !== undefined) return body
  const reason = isRefusal(body) ? body.reason : response.ok ? 'the answer is no JSON' : response.statusText
  const message = `Open-Meteo answered ${response.status}: ${reason}`
  if (response.ok || response.status === 429 || response.status >= 500) throw new Error(message)
  throw permanentError(message)
}

async function request(target: URL, signal: AbortSignal): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(target, { signal, headers: { accept: 'application/json' } })
    return { response, text: await response.text() }
  } catch (error) {
    if (signal.aborted) throw error
    throw new Error(`Open-Meteo cannot be reached: ${reasonOf(error)}`, { cause: error })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRefusal(body: unknown): body is { reason: string } {
  return typeof body === 'object' && body !== null && 'reason' in body && typeof body.reason === 'string'
}

/** fetch says "fetch failed" and keeps what happened in `cause`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
