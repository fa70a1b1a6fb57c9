/**
 * Which calls of each turn are known, wait and run. A turn of more calls than MAX_LINES is a crowd:
 * it is counted instead of told line by line. It knows no lines and no terminal.
 */
import type { EventOf } from '../contract/event.ts'
import type { Failures } from './progress-failures.ts'
import { openFailures } from './progress-failures.ts'
import type { Tally } from './progress-tally.ts'
import { openTally } from './progress-tally.ts'

/**
 * Calls of one turn that are told line by line. Not the height of the window: what a run prints would
 * depend on how large it happened to be.
 */
const MAX_LINES = 30

export type Call = {
  readonly tool: string
  /** Made when it is first asked for: most calls of a crowd are never shown. */
  readonly label: () => string
  turn: Turn
  /** When it was shown, and when it happened. */
  started: { nowMs: number; atMs: number } | null
  isPending: boolean
}

export type Turn = {
  readonly number: number
  /** Calls so far. */
  known: number
  /** Not ended, in the order in which they became known or, once they run, began. */
  readonly waiting: Set<Call>
  readonly running: Set<Call>
  readonly tally: Tally
  readonly failures: Failures
  /** No further call is expected. */
  isClosed: boolean
}

export type EndedCall = { call: Call; durationMs: number | null }

export interface Turns {
  /** Calls that have not ended. */
  readonly live: number
  /** Of all turns that have calls, or are still to be summed up. */
  readonly all: readonly Turn[]
  /** @returns null: it had ended, and was shown, before another call took it over */
  ready(event: EventOf<'call_ready'>, label: () => string): Call | null
  start(event: EventOf<'call_start'>, nowMs: number): void
  pending(event: EventOf<'call_pending'>): void
  end(event: EventOf<'call_end'>, nowMs: number): EndedCall | null
  /** No further calls are expected of turns that these are. */
  close(which: (turn: Turn) => boolean): void
  /** Takes out the turns that are over: closed, with no call left. */
  takeEnded(): Turn[]
  /** Takes out all of them. */
  takeAll(): Turn[]
}

export function isCrowd(turn: Turn): boolean {
  return turn.known > MAX_LINES
}

export function openTurns(): Turns {
  const turns = new Map<number, Turn>()
  const calls = new Map<string, Call>()

  const turnOf = (number: number): Turn => {
    const found = turns.get(number)
    if (found !== undefined) {
      found.isClosed = false
      return found
    }
    const turn = {
      number,
      known: 0,
      waiting: new Set<Call>(),
      running: new Set<Call>(),
      tally: openTally(),
      failures: openFailures(),
      isClosed: false,
    }
    turns.set(number, turn)
    return turn
  }
  const take = (which: (turn: Turn) => boolean): Turn[] => {
    const taken = [...turns.values()].filter(which)
    for (const { number } of taken) turns.delete(number)
    return taken
  }
  /** It goes on under the new call's name. */
  const takenOver = (id: string): Call | null => {
    const call = calls.get(id)
    if (call === undefined) return null
    calls.delete(id)
    call.turn.waiting.delete(call)
    call.turn.running.delete(call)
    call.turn.known -= 1
    return call
  }

  return {
    get live() {
      return calls.size
    },
    get all() {
      return [...turns.values()]
    },
    ready: (event, label) => {
      const before = event.takes_over === null ? null : takenOver(event.takes_over)
      if (event.takes_over !== null && before === null) return null
      const turn = turnOf(event.turn)
      const { started, isPending } = before ?? { started: null, isPending: false }
      const call = { tool: event.tool, label: once(label), turn, started, isPending }
      turn.known += 1
      calls.set(event.call_id, call)
      if (started === null) turn.waiting.add(call)
      else turn.running.add(call)
      return call
    },
    start: (event, nowMs) => {
      const call = calls.get(event.call_id)
      if (call === undefined || call.started !== null) return
      call.started = { nowMs, atMs: event.at_ms }
      call.turn.waiting.delete(call)
      call.turn.running.add(call)
      call.turn.tally.began(call.started)
    },
    pending: (event) => {
      const call = calls.get(event.call_id)
      if (call !== undefined) call.isPending = true
    },
    end: (event, nowMs) => {
      const call = calls.get(event.call_id)
      if (call === undefined) return null
      calls.delete(event.call_id)
      const { turn, label, started } = call
      turn.waiting.delete(call)
      turn.running.delete(call)
      const durationMs = started === null ? null : event.at_ms - started.atMs
      turn.tally.end({ label, status: event.outcome.status, durationMs }, { nowMs, atMs: event.at_ms })
      return { call, durationMs }
    },
    close: (which) => {
      for (const turn of turns.values()) if (which(turn)) turn.isClosed = true
    },
    takeEnded: () => take(({ isClosed, waiting, running }) => isClosed && waiting.size + running.size === 0),
    takeAll: () => {
      calls.clear()
      return take(() => true)
    },
  }
}

function once(make: () => string): () => string {
  let made: string | null = null
  return () => {
    made ??= make()
    return made
  }
}
