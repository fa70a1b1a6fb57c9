/** Tools of the run that the pictures show: they answer from a table, as slowly as services do. */
import { setTimeout as sleep } from 'node:timers/promises'

const text = (name) => ({ type: 'object', properties: { [name]: { type: 'string' } }, required: [name] })
const FORECASTS = { Zürich: [620, 'rain, 9 °C'], Como: [1180, 'sunny, 15 °C'], Lucerne: [840, 'cloudy, 11 °C'] }
const TRAINS = { Como: [1460, '07:33, 10:33, 13:33'], Lucerne: [530, 'every half hour'] }

/** What the busy service answers first. */
let refused = false

export default [
  {
    name: 'get_forecast',
    description: 'Weather of a place on Saturday.',
    input_schema: text('place'),
    effect: 'read',
    async execute({ place }, { signal }) {
      const [ms, forecast] = FORECASTS[place] ?? [400, 'unknown']
      await sleep(ms, undefined, { signal })
      return forecast
    },
  },
  {
    name: 'find_trains',
    description: 'Trains from Zürich to a place on Saturday.',
    input_schema: text('to'),
    effect: 'read',
    policy: { retry: { base_ms: 1000 } },
    async execute({ to }, { signal }) {
      if (to === 'Como' && !refused) {
        refused = true
        await sleep(480, undefined, { signal })
        throw new Error('503: the timetable is busy')
      }
      const [ms, trains] = TRAINS[to] ?? [400, 'none']
      await sleep(ms, undefined, { signal })
      return trains
    },
  },
  {
    name: 'search_events',
    description: 'What is on at a place on Saturday.',
    input_schema: text('place'),
    effect: 'read',
    policy: { timeout_ms: 1600, retry: { max_attempts: 1 } },
    execute: (_, { signal }) => sleep(60_000, 'nothing', { signal }),
  },
  {
    name: 'reserve_seats',
    description: 'Reserves seats in one train; one reservation at a time.',
    input_schema: { type: 'object', properties: { train: { type: 'string' }, seats: { type: 'number' } } },
    effect: 'write',
    exclusive: true,
    async execute({ train, seats }) {
      await sleep(train === '10:33' ? 700 : 520)
      return `${seats} seats reserved in ${train}`
    },
  },
]
