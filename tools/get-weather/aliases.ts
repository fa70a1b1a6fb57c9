/**
 * Short names of cities that the geocoder does not know: it matches two letters exactly or not at all.
 */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['sf', 'San Francisco, California'],
  ['san fran', 'San Francisco, California'],
  ['frisco', 'San Francisco, California'],
  ['nyc', 'New York'],
  ['ny', 'New York'],
  ['new york city', 'New York'],
  ['big apple', 'New York'],
  ['la', 'Los Angeles, California'],
  ['dc', 'Washington, District of Columbia'],
  ['washington dc', 'Washington, District of Columbia'],
  ['washington, dc', 'Washington, District of Columbia'],
  ['philly', 'Philadelphia, Pennsylvania'],
  ['vegas', 'Las Vegas, Nevada'],
  ['nola', 'New Orleans, Louisiana'],
  ['atl', 'Atlanta, Georgia'],
  ['chi', 'Chicago, Illinois'],
  ['slc', 'Salt Lake City, Utah'],
  ['rio', 'Rio de Janeiro'],
  ['bcn', 'Barcelona, Spain'],
  ['hk', 'Hong Kong'],
  ['kl', 'Kuala Lumpur'],
  ['saigon', 'Ho Chi Minh City'],
  ['bombay', 'Mumbai'],
])

/** The full name of a place; a name that is no alias comes back trimmed and otherwise unchanged. */
export function fullName(location: string): string {
  const named = location.trim().replace(/\s+/g, ' ')
  return ALIASES.get(named.toLowerCase().replaceAll('.', '')) ?? named
}
