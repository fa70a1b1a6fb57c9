/**
 * The time at a place, from the time-zone data that comes with Node. It asks no network, so it knows
 * zones and their cities, not every village.
 */
import * as z from 'zod'
import { defineTool } from '../src/define-tool.ts'
import { permanentError } from './errors/permanent-error.ts'
import { findZone } from './get-time/find-zone.ts'
import { timeIn } from './get-time/time-in.ts'

export default defineTool({
  name: 'get_time',
  description: 'Current date, time and UTC offset in a city or IANA time zone.',
  input: z.object({
    place: z.string().describe('e.g. "Tokyo", "America/New_York", "UTC"'),
  }),
  effect: 'read',
  keywords: ['time', 'clock', 'hour', 'date', 'day', 'today', 'timezone', 'zone', 'now', "o'clock"],
  async execute({ place }) {
    const found = findZone(place)
    if (found === null) {
      throw permanentError(`no time zone is known for "${place}"; try a large city nearby or an IANA zone`)
    }
    return { place: found.place, ...timeIn(found.zone, new Date()) }
  },
})
