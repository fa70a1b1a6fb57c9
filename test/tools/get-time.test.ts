import { describe, expect, it } from 'vitest'
import { findZone } from '../../tools/get-time/find-zone.ts'
import { PLACES } from '../../tools/get-time/places.ts'
import { timeIn } from '../../tools/get-time/time-in.ts'
import getTime from '../../tools/get-time.ts'
import { toolContext } from './tool-context.ts'

describe('get_time', () => {
  it.each([
    ['Tokyo', 'Asia/Tokyo'],
    ['SF', 'America/Los_Angeles'],
    ['N.Y.C.', 'America/New_York'],
    ['new york', 'America/New_York'],
    ['San Francisco', 'America/Los_Angeles'],
    ['Beijing', 'Asia/Shanghai'],
    ['Mumbai', 'Asia/Kolkata'],
    ['São Paulo', 'America/Sao_Paulo'],
    ['Monticello', 'America/Kentucky/Monticello'],
    ['St. Louis', 'America/Chicago'],
    ['Paris, France', 'Europe/Paris'],
    ['Portland, Oregon, USA', 'America/Los_Angeles'],
    ['Europe/Berlin', 'Europe/Berlin'],
    ['asia/tokyo', 'Asia/Tokyo'],
    ['UTC', 'UTC'],
  ])('finds the zone of %s', (place, zone) => {
    expect(findZone(place)?.zone).toBe(zone)
  })

  it('finds zones by their old names; newer Node keeps those as they are', () => {
    expect(findZone('US/Pacific')?.zone).toMatch(/^(America\/Los_Angeles|US\/Pacific)$/)
  })

  it.each(['', ' ', ',', 'Atlantis', 'constructor', '__proto__'])('knows no zone for "%s"', (place) => {
    expect(findZone(place)).toBeNull()
  })

  it('gives up on a place that is longer than any name', () => {
    expect(findZone('Paris,'.repeat(100_000))).toBeNull()
  })

  it('names only zones that Intl knows', () => {
    for (const zone of PLACES.values()) expect(() => new Intl.DateTimeFormat('en', { timeZone: zone })).not.toThrow()
  })

  it.each([
    ['Asia/Tokyo', '2026-11-23T12:04:05+09:00', 'Monday', '+09:00'],
    ['America/Los_Angeles', '2026-11-22T19:04:05-08:00', 'Sunday', '-08:00'],
    ['Asia/Kathmandu', '2026-11-23T08:49:05+05:45', 'Monday', '+05:45'],
    ['America/St_Johns', '2026-11-22T23:34:05-03:30', 'Sunday', '-03:30'],
    ['UTC', '2026-11-23T03:04:05+00:00', 'Monday', '+00:00'],
  ])('tells the time in %s', (timezone, time, weekday, offset) => {
    const instant = new Date('2026-11-23T03:04:05Z')
    expect(timeIn(timezone, instant)).toEqual({ timezone, time, weekday, utc_offset: offset })
    expect(new Date(time).getTime()).toBe(instant.getTime())
  })

  it('follows summer time, and writes midnight as 00', () => {
    expect(timeIn('Europe/Berlin', new Date('2026-07-01T22:00:00Z')).time).toBe('2026-07-02T00:00:00+02:00')
  })

  it('answers with the place that it understood', async () => {
    const answer = await getTime.execute({ place: ' Paris, France ' }, toolContext({ offline: true }))
    expect(answer).toMatchObject({ place: 'Paris', timezone: 'Europe/Paris' })
  })

  it('names an unknown place, and says that trying again is of no use', async () => {
    await expect(getTime.execute({ place: 'Atlantis' }, toolContext())).rejects.toMatchObject({
      message: expect.stringContaining('"Atlantis"'),
      retryable: false,
    })
  })
})
