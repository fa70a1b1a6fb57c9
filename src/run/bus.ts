/**
 * Where events are told. The bus stamps them and hands them to the reporters in order, holding nothing back,
 * and folds them when there is time for it. Whoever hears of one may bring about others: those are told when
 * all have heard of the first. The journal has each event first. Those that nobody waits for it writes in the same
 * turn of the event loop, behind the calls and requests that they have brought about, but before a reporter that
 * hands events on; the last one nobody hears of before it is written, since it says whether that was possible. A
 * reporter that throws is a bug, which is kept until the run is closed: it must not break the call or the stream in
 * whose middle it happened.
 */
import type { Clock } from '../contract/clock.ts'
import { isAgentError } from '../contract/error.ts'
import type { AgentEvent, EventBody, EventOf } from '../contract/event.ts'
import type { Journal } from '../contract/journal.ts'
import type { Reporter } from '../contract/reporter.ts'
import type { Transcript } from '../contract/transcript.ts'
import type { TranscriptFold } from '../contract/transcript-fold.ts'
import { foldOf } from '../contract/transcript-fold.ts'
import { unkept } from './limits.ts'

export interface Bus {
  emit(event: EventBody): void
  transcript(): Transcript
  /** Closes the reporters, all of them, and throws the first thing that went wrong. */
  close(): Promise<Transcript>
}

type Fault = { error: unknown }

/** Of the events of one message: more of them are folded while it streams. */
const MAX_UNFOLDED = 8_192

export type BusOptions = {
  /** What had happened before the run was interrupted: it is folded, and told to nobody. */
  past?: readonly AgentEvent[]
  /** Calls that have ended in `past`, and go on. */
  reopened?: ReadonlySet<string>
  /** Of `past`, where that is done already. */
  fold?: TranscriptFold
  /** Has every event before anybody else. */
  journal?: Journal | null
  /** Told once: the journal cannot be written, and from now on is not. */
  onBroken?: (error: unknown) => void
}

export function openBus(
  reporters: readonly Reporter[],
  clock: Clock,
  { past = [], reopened = new Set(), journal = null, onBroken = () => {}, ...folded }: BusOptions = {},
): Bus {
  const fold = folded.fold ?? foldOf(past)
  for (const event of openCalls(past, reopened)) for (const reporter of reporters) reporter.recall?.(event)
  const failures: unknown[] = []
  let seq = (past.at(-1)?.seq ?? -1) + 1
  let kept = journal
  let broken: Fault | null = null
  let flushes = false
  /** Not yet in the transcript, in order. */
  const unfolded: AgentEvent[] = []
  let streams = false
  /** Not yet told to all reporters, in order. */
  const untold: AgentEvent[] = []
  const atOnce = reporters.some(({ handsOn }) => handsOn === true)

  function emit(body: EventBody): void {
    // The stamp is what EventBody leaves out; TypeScript cannot see that through the spread of a union.
    const stamped = { seq: seq++, at_ms: microseconds(clock.now()), ...body } as AgentEvent
    const fault = keep(stamped)
    const event = stamped.type === 'run_end' ? ended(stamped) : stamped
    take(event)
    untold.push(event)
    if (untold.length === 1) tellAll()
    if (fault !== null) onBroken(fault.error)
  }

  function ended(event: EventOf<'run_end'>): AgentEvent {
    write(() => kept?.flush())
    return isAgentError(broken?.error) ? { ...event, ...unkept(event, broken.error) } : event
  }

  /** While a message streams its calls are to start: the fold waits until it has ended, and they are awaited. */
  function take(event: AgentEvent): void {
    if (event.type === 'message_end') streams = false
    if (streams && unfolded.length < MAX_UNFOLDED) unfolded.push(event)
    else {
      settle()
      fold.add(event)
    }
    if (event.type === 'turn_start') streams = true
  }

  function settle(): void {
    for (const event of unfolded) fold.add(event)
    unfolded.length = 0
  }

  function transcript(): Transcript {
    settle()
    return fold.transcript()
  }

  function tellAll(): void {
    for (let event = untold[0]; event !== undefined; event = untold[0]) {
      for (const reporter of reporters) tell(reporter, event)
      untold.shift()
    }
  }

  function tell(reporter: Reporter, event: AgentEvent): void {
    try {
      reporter.report(event)
    } catch (error) {
      failures.push(error)
    }
  }

  function keep(event: AgentEvent): Fault | null {
    if (kept === null) return null
    const fault = write(() => kept?.append(event))
    if (atOnce) return fault ?? write(() => kept?.flush())
    // After all that follows by ticks and promises: the next call or request is on its way by then.
    if (!flushes) setImmediate(flush)
    flushes = true
    return fault
  }

  function flush(): void {
    flushes = false
    const fault = write(() => kept?.flush())
    if (fault !== null) onBroken(fault.error)
  }

  /** The first that fails is the last that is tried. */
  function write(act: () => void): Fault | null {
    try {
      act()
      return null
    } catch (error) {
      kept = null
      broken = { error }
      if (!isAgentError(error)) failures.push(error)
      return broken
    }
  }

  async function close(): Promise<Transcript> {
    const whole = transcript()
    for (const reporter of reporters) {
      try {
        await reporter.close(whole)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return whole
  }

  return { emit, transcript, close }
}

/** Those without an outcome that stands, under their last names. */
function openCalls(past: readonly AgentEvent[], reopened: ReadonlySet<string>): EventOf<'call_ready'>[] {
  const open = new Map<string, EventOf<'call_ready'>>()
  for (const event of past) {
    if (event.type === 'call_ready') {
      if (event.takes_over !== null) open.delete(event.takes_over)
      open.set(event.call_id, { ...event, takes_over: null })
    } else if (event.type === 'call_end' && !reopened.has(event.call_id)) open.delete(event.call_id)
  }
  return [...open.values()]
}

/** Finer than anything here can be timed, and a number that can be read. */
function microseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
