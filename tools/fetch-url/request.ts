/**
 * One GET, following redirects; every hop is vetted like the first. No proxy and no kept
 * connection: either could lead somewhere that was never checked.
 */
import * as http from 'node:http'
import * as https from 'node:https'
import { permanentError } from '../errors/permanent-error.ts'
import { vettedLookup, vettedTarget } from './vetted-target.ts'

const MAX_REDIRECTS = 5

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const HEADERS = {
  accept: 'text/html, application/json, text/*;q=0.9, */*;q=0.1',
  'accept-encoding': 'gzip, br',
  'user-agent': 'agent-ask fetch_url',
}

type Options = { signal: AbortSignal; allowPrivateNetwork: boolean }

/** @returns  the last hop and its response, whose body is still to be read */
export async function request(url: string, options: Options): Promise<{ url: URL; response: http.IncomingMessage }> {
  let target = vettedTarget(url, null, options.allowPrivateNetwork)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const response = await get(target, options)
    const { location } = response.headers
    if (location === undefined || !REDIRECTS.has(response.statusCode ?? 0)) return { url: target, response }
    response.destroy()
    target = vettedTarget(location, target, options.allowPrivateNetwork)
  }
  throw permanentError(`"${url}" redirects more than ${MAX_REDIRECTS} times`)
}

function get(target: URL, { signal, allowPrivateNetwork }: Options): Promise<http.IncomingMessage> {
  const { request } = target.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const sent = request(target, {
      agent: false,
      headers: HEADERS,
      lookup: vettedLookup(allowPrivateNetwork),
      signal,
    })
    sent.on('response', resolve)
    sent.on('error', reject)
    sent.end()
  })
}
