/**
 * Places that no IANA zone is named after, by the names people use. Countries are here only where
 * one zone covers them. Keys are in the form that `placeKey` gives.
 */
export const PLACES: ReadonlyMap<string, string> = new Map([
  ...inZone(
    'America/Los_Angeles',
    'sf, san francisco, bay area, silicon valley, la, seattle, san diego, san jose, las vegas, portland, oakland, sacramento, california',
  ),
  ...inZone('America/Denver', 'salt lake city, albuquerque'),
  ...inZone(
    'America/Chicago',
    'dallas, houston, austin, san antonio, minneapolis, st louis, new orleans, nashville, texas',
  ),
  ...inZone(
    'America/New_York',
    'nyc, ny, new york city, manhattan, brooklyn, dc, washington, washington dc, boston, miami, philadelphia, philly, atlanta, pittsburgh, orlando',
  ),
  ...inZone('America/Toronto', 'ottawa, montreal, quebec'),
  ...inZone('America/Edmonton', 'calgary'),
  ...inZone('America/Sao_Paulo', 'rio, rio de janeiro, brasilia'),
  ...inZone(
    'Europe/London',
    'uk, united kingdom, england, scotland, wales, britain, great britain, edinburgh, manchester, birmingham, glasgow',
  ),
  ...inZone('Europe/Dublin', 'ireland'),
  ...inZone('Europe/Paris', 'france, lyon, marseille, nice, toulouse'),
  ...inZone('Europe/Berlin', 'germany, munich, hamburg, frankfurt, cologne, stuttgart, leipzig'),
  ...inZone('Europe/Madrid', 'barcelona, valencia, seville'),
  ...inZone('Europe/Rome', 'italy, milan, naples, turin, venice, florence'),
  ...inZone('Europe/Zurich', 'switzerland, geneva, basel, bern'),
  ...inZone('Europe/Amsterdam', 'netherlands, rotterdam, the hague'),
  ...inZone('Europe/Vienna', 'austria, salzburg'),
  ...inZone('Europe/Brussels', 'belgium, antwerp'),
  ...inZone('Europe/Warsaw', 'poland, krakow'),
  ...inZone('Europe/Stockholm', 'sweden, gothenburg'),
  ...inZone('Europe/Oslo', 'norway'),
  ...inZone('Europe/Copenhagen', 'denmark'),
  ...inZone('Europe/Helsinki', 'finland'),
  ...inZone('Europe/Athens', 'greece'),
  ...inZone('Europe/Kyiv', 'kyiv, kiev, ukraine'),
  ...inZone('Europe/Istanbul', 'turkey, ankara'),
  ...inZone('Europe/Moscow', 'st petersburg, saint petersburg'),
  ...inZone('Africa/Johannesburg', 'south africa, cape town, durban, pretoria'),
  ...inZone('Africa/Cairo', 'egypt, alexandria'),
  ...inZone('Africa/Lagos', 'nigeria, abuja'),
  ...inZone('Africa/Nairobi', 'kenya'),
  ...inZone('Asia/Jerusalem', 'israel, tel aviv'),
  ...inZone('Asia/Dubai', 'uae, united arab emirates, abu dhabi'),
  ...inZone('Asia/Riyadh', 'saudi arabia, jeddah, mecca'),
  ...inZone('Asia/Karachi', 'pakistan, lahore, islamabad'),
  ...inZone(
    'Asia/Kolkata',
    'india, kolkata, calcutta, mumbai, bombay, delhi, new delhi, bangalore, bengaluru, chennai, hyderabad, pune',
  ),
  ...inZone('Asia/Kathmandu', 'kathmandu, nepal'),
  ...inZone('Asia/Yangon', 'yangon'),
  ...inZone('Asia/Bangkok', 'thailand'),
  ...inZone('Asia/Ho_Chi_Minh', 'ho chi minh, ho chi minh city, saigon, hanoi, vietnam'),
  ...inZone('Asia/Shanghai', 'china, beijing, peking, shenzhen, guangzhou, chengdu, wuhan'),
  ...inZone('Asia/Hong_Kong', 'hk'),
  ...inZone('Asia/Taipei', 'taiwan'),
  ...inZone('Asia/Manila', 'philippines'),
  ...inZone('Asia/Seoul', 'south korea, korea, busan'),
  ...inZone('Asia/Tokyo', 'japan, osaka, kyoto, yokohama, nagoya, sapporo'),
  ...inZone('Australia/Sydney', 'canberra'),
  ...inZone('Pacific/Auckland', 'new zealand, wellington'),
  ...inZone('UTC', 'utc, gmt, zulu'),
])

function inZone(zone: string, places: string): [string, string][] {
  return places.split(', ').map((place) => [place, zone])
}
