/**
 * Decides whether an address belongs to the public Internet. Everything else is refused: what lies
 * behind it (this machine, its network, a cloud's metadata) trusts whoever can connect.
 */
import ipaddr from 'ipaddr.js'

/** Azure's platform services live at a public address that only its machines can reach. */
const PUBLIC_BUT_LOCAL: ReadonlySet<string> = new Set(['168.63.129.16'])

/** All of IPv6 that is handed out; it leaves out `::127.0.0.1`, which no list of special ranges holds. */
const GLOBAL_IPV6 = ipaddr.IPv6.parse('2000::')
const GLOBAL_IPV6_BITS = 3

/** Networks without IPv4 reach all of it through this prefix (RFC 6052). */
const NAT64 = ipaddr.IPv6.parse('64:ff9b::')
const NAT64_BITS = 96

/**
 * @param address  IPv4 or IPv6 as a resolver gives it, without brackets
 * @returns        null where it is public, else the kind of address that it is
 */
export function notPublic(address: string): string | null {
  if (!ipaddr.isValid(address)) return 'unreadable'
  const parsed = ipaddr.parse(address)
  const target = embeddedIPv4(parsed) ?? parsed
  const range = target.range()
  if (range !== 'unicast') return range
  if (PUBLIC_BUT_LOCAL.has(target.toString())) return 'cloud metadata'
  if (target instanceof ipaddr.IPv6 && !target.match(GLOBAL_IPV6, GLOBAL_IPV6_BITS)) return 'reserved'
  return null
}

/** `::ffff:127.0.0.1` and `64:ff9b::7f00:1` are ways to write 127.0.0.1. */
function embeddedIPv4(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | null {
  if (!(address instanceof ipaddr.IPv6)) return null
  if (address.isIPv4MappedAddress()) return address.toIPv4Address()
  return address.match(NAT64, NAT64_BITS) ? new ipaddr.IPv4(address.toByteArray().slice(-4)) : null
}
