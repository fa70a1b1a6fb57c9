/**
 * Where a request may go. The scheme and literal addresses are checked before connecting, names at
 * the moment of connecting: the very addresses that were checked are the ones that are used, so a
 * name that answers differently the second time gains nothing.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { permanentError } from '../errors/permanent-error.ts'
import { notPublic } from './public-address.ts'

/**
 * @param base  the address that redirected here, if one did
 * @throws      for anything but http(s), for credentials, and for a literal address that is not public
 */
export function vettedTarget(url: string, base: URL | null, allowPrivateNetwork: boolean): URL {
  const target = parsedUrl(url, base)
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw permanentError(`"${target.protocol}" is refused; only http: and https: can be fetched`)
  }
  if (target.username !== '' || target.password !== '') {
    throw permanentError('a URL with user name or password is refused; leave them out')
  }
  // By now 0x7f.1, 2130706433 and full-width digits are all written as 127.0.0.1.
  const host = target.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivateNetwork && isIP(host) !== 0) refuseUnlessPublic(host, host)
  return target
}

/** For `http.request`: one address that is not public refuses the whole name. */
export function vettedLookup(allowPrivateNetwork: boolean): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const failure = error === null ? refusal(host, addresses, allowPrivateNetwork) : lookupFailure(host, error)
      const [first] = addresses ?? []
      if (failure !== null || first === undefined) {
        callback(failure ?? new Error(`"${host}" has no address`), [])
      } else if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

function parsedUrl(url: string, base: URL | null): URL {
  try {
    return new URL(url, base ?? undefined)
  } catch (cause) {
    throw permanentError(`"${url}" is no URL; it has to begin with http:// or https://`, { cause })
  }
}

function refusal(host: string, addresses: readonly LookupAddress[], allowPrivateNetwork: boolean): Error | null {
  if (allowPrivateNetwork) return null
  try {
    for (const { address } of addresses) refuseUnlessPublic(address, host)
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function refuseUnlessPublic(address: string, host: string): void {
  const kind = notPublic(address)
  if (kind === null) return
  const named = address === host ? `"${host}"` : `"${host}" (${address})`
  throw permanentError(`${named} is refused: not a public address (${kind}); see --allow-private-network`)
}

function lookupFailure(host: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOTFOUND') return permanentError(`there is no host "${host}"`, { cause: error })
  return new Error(`"${host}" could not be looked up: ${error.code ?? error.message}`, { cause: error })
}
