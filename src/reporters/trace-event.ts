/**
 * The words of Chrome's Trace Event Format that a run is told in. Instants and durations are whole
 * microseconds, so that what nests nests exactly; see perfetto.ts for what is told in them.
 *
 * @see "Trace Event Format", Nat Duca and Dean Jackson, 2016
 */
import type { JsonObject } from '../contract/json.ts'

/** A run is one process. */
const PID = 1
/** As Chrome calls it. */
const NAMES = '__metadata'

/** Microseconds since the start of the run. */
export type Span = { ts: number; dur: number }
export type TraceEvent = {
  name: string
  ph: 'M' | 'X' | 's' | 'f' | 'C' | 'i'
  pid: number
  tid: number
  ts: number
  /** Names have one too: there are readers that ask for it. */
  cat: string
  dur?: number
  /** Of a flow, the same at both ends. */
  id?: number
  /** `e`: the end of a flow belongs to the slice around it, not to the next one. */
  bp?: 'e'
  /** How far an instant reaches: its track, its process. */
  s?: 't' | 'p'
  args?: JsonObject
}

export function spanOf(fromMs: number, toMs: number): Span {
  const ts = microseconds(fromMs)
  return { ts, dur: microseconds(toMs) - ts }
}

/** At least a microsecond long, which is less than any instant is known to: an arrow needs a slice to end in. */
export function visible({ ts, dur }: Span): Span {
  return { ts, dur: Math.max(dur, 1) }
}

export function slice(cat: string, name: string, tid: number, span: Span, args: JsonObject): TraceEvent {
  return { name, ph: 'X', pid: PID, tid, ...span, cat, args }
}

/** An arrow from the slice that asks to the slice that was asked for, at whose beginning it is drawn. */
export function flow(id: number, from: Span & { tid: number }, to: Span & { tid: number }): TraceEvent[] {
  const both = { name: 'asks for', pid: PID, cat: 'call', id }
  // A slice ends before its last instant: what is bound there is bound to nothing.
  const ts = Math.min(to.ts, from.ts + from.dur - 1)
  return [
    { ...both, ph: 's', tid: from.tid, ts },
    { ...both, ph: 'f', tid: to.tid, ts: to.ts, bp: 'e' },
  ]
}

export function instant(cat: string, name: string, ms: number, at: { tid: number; s: 't' | 'p' }, args: JsonObject) {
  return { name, ph: 'i', pid: PID, ts: microseconds(ms), cat, ...at, args } satisfies TraceEvent
}

/** @param counts  each a line of its own in the picture */
export function counter(name: string, ms: number, tid: number, counts: JsonObject): TraceEvent {
  return { name, ph: 'C', pid: PID, tid, ts: microseconds(ms), cat: 'call', args: counts }
}

export function processName(name: string, tid: number): TraceEvent {
  return { name: 'process_name', ph: 'M', pid: PID, tid, ts: 0, cat: NAMES, args: { name } }
}

/** Tracks stand in the order of their ids. */
export function trackName(name: string, tid: number): TraceEvent[] {
  const of = { ph: 'M', pid: PID, tid, ts: 0, cat: NAMES } as const
  return [
    { name: 'thread_name', ...of, args: { name } },
    { name: 'thread_sort_index', ...of, args: { sort_index: tid } },
  ]
}

/** By their beginning; of those that begin at once the longer is around the shorter, and the first around the second. */
export function inOrder(events: readonly TraceEvent[]): TraceEvent[] {
  return [...events].sort((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
}

function microseconds(ms: number): number {
  return Math.round(ms * 1000)
}
