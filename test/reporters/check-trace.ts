/**
 * What the Trace Event Format demands of a document, and what its readers need beyond: fields and types of
 * each kind of event, slices that nest on every track, both ends of every arrow in a slice, instants in order.
 */
import * as z from 'zod'

const micros = z.int().min(0)
const args = z.record(z.string(), z.json())
const at = { name: z.string().min(1), cat: z.string().min(1), pid: z.int().min(1), tid: z.int().min(1), ts: micros }
const flowEnd = { ...at, id: z.int().min(1) }
const eventSchema = z.discriminatedUnion('ph', [
  z.strictObject({
    ...at,
    ph: z.literal('M'),
    name: z.enum(['process_name', 'thread_name', 'thread_sort_index']),
    args: z.union([z.strictObject({ name: z.string().min(1) }), z.strictObject({ sort_index: z.int() })]),
  }),
  z.strictObject({ ...at, ph: z.literal('X'), dur: z.int().min(1), args }),
  z.strictObject({ ...flowEnd, ph: z.literal('s') }),
  z.strictObject({ ...flowEnd, ph: z.literal('f'), bp: z.literal('e') }),
  z.strictObject({ ...at, ph: z.literal('C'), args: z.record(z.string(), z.int().min(0)) }),
  z.strictObject({ ...at, ph: z.literal('i'), s: z.enum(['t', 'p']), args }),
])
const documentSchema = z.strictObject({
  traceEvents: z.array(eventSchema),
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: z.record(z.string(), z.json()),
})

export type Trace = z.infer<typeof documentSchema>
export type Traced<P extends Trace['traceEvents'][number]['ph']> = Extract<Trace['traceEvents'][number], { ph: P }>

/** @throws where an event is none of the format's */
export function parseTrace(document: unknown): Trace {
  return documentSchema.parse(JSON.parse(JSON.stringify(document)))
}

export function eventsOfKind<P extends Trace['traceEvents'][number]['ph']>({ traceEvents }: Trace, ph: P): Traced<P>[] {
  return traceEvents.filter((event): event is Traced<P> => event.ph === ph)
}

/** @returns what is wrong, one line each */
export function traceFaults(trace: Trace): string[] {
  return [...outOfOrder(trace), ...unnamed(trace), ...overlapping(trace), ...looseArrows(trace), ...badCounters(trace)]
}

function outOfOrder({ traceEvents }: Trace): string[] {
  return traceEvents.flatMap((event, index) => {
    const before = traceEvents[index - 1]
    if (before === undefined) return []
    if (event.ph === 'M' && before.ph !== 'M') return [`a name stands behind what happened: ${event.name}`]
    return before.ts > event.ts ? [`${event.name} at ${event.ts} stands behind ${before.ts}`] : []
  })
}

/** Every track has one name, and every name a track. */
function unnamed(trace: Trace): string[] {
  const names = eventsOfKind(trace, 'M')
  const named = names.filter(({ name }) => name === 'thread_name').map(({ tid }) => tid)
  const used = new Set(eventsOfKind(trace, 'X').map(({ tid }) => tid))
  return [
    ...(new Set(named).size === named.length ? [] : ['a track has two names']),
    ...[...used].filter((tid) => !named.includes(tid)).map((tid) => `track ${tid} has no name`),
    ...named.filter((tid) => tid !== 1 && !used.has(tid)).map((tid) => `track ${tid} is empty`),
    ...(names.filter(({ name }) => name === 'process_name').length === 1 ? [] : ['the process has not one name']),
  ]
}

/** In the order of the file, as a reader's stack sees them: each is inside of what is open, or behind it. */
function overlapping(trace: Trace): string[] {
  const stacks = new Map<number, Traced<'X'>[]>()
  return eventsOfKind(trace, 'X').flatMap((slice) => {
    const open = (stacks.get(slice.tid) ?? []).filter(({ ts, dur }) => ts + dur > slice.ts)
    const outer = open.at(-1)
    stacks.set(slice.tid, [...open, slice])
    const wrong = outer !== undefined && slice.ts + slice.dur > outer.ts + outer.dur
    // The calls of a lane and the messages follow one another; only their parts are inside of them.
    const inside = outer !== undefined && (slice.cat === 'call' || slice.cat === 'model')
    return wrong || inside ? [`track ${slice.tid}: ${slice.name} overlaps ${outer.name}`] : []
  })
}

function looseArrows(trace: Trace): string[] {
  const slices = eventsOfKind(trace, 'X')
  const within = ({ tid, ts }: { tid: number; ts: number }, cat: string) =>
    slices.some((slice) => slice.cat === cat && slice.tid === tid && slice.ts <= ts && ts < slice.ts + slice.dur)
  const [starts, ends] = [eventsOfKind(trace, 's'), eventsOfKind(trace, 'f')]
  const ids = starts.map(({ id }) => id)
  return [
    ...(new Set(ids).size === ids.length && starts.length === ends.length ? [] : ['arrows share their ids']),
    ...ends.flatMap((end) => {
      const start = starts.find(({ id }) => id === end.id)
      if (start === undefined) return [`arrow ${end.id} begins nowhere`]
      const wrong = start.ts > end.ts || start.name !== end.name || start.cat !== end.cat
      return wrong || !within(start, 'model') || !within(end, 'call') ? [`arrow ${end.id} is bound to nothing`] : []
    }),
  ]
}

/** To nothing in the end, and no instant is told twice. */
function badCounters(trace: Trace): string[] {
  const counters = eventsOfKind(trace, 'C')
  const empty = (event: Traced<'C'> | undefined) => Object.values(event?.args ?? {}).every((count) => count === 0)
  return [
    ...(counters[0]?.ts === 0 && empty(counters.at(-1)) ? [] : ['the counters do not begin at once and end at 0']),
    ...counters.filter(({ ts }, index) => counters[index - 1]?.ts === ts).map(({ ts }) => `two counts at ${ts}`),
  ]
}
