/**
 * What a run had come to, from its events: where it goes on, what the model has been told, and which
 * calls have no outcome. Pure; who acts on it is run.ts, and what becomes of a call that may have
 * happened is taken-up.ts's.
 */
import type { AgentEvent, EventOf } from '../contract/event.ts'
import type { AssistantMessage, Message, Usage } from '../contract/message.ts'
import { isToolUseBlock, messageText } from '../contract/message.ts'
import type { Outcome } from '../contract/outcome.ts'
import { isReopened } from '../contract/reopened.ts'
import type { Effect } from '../contract/tool.ts'
import type { TranscriptFold } from '../contract/transcript-fold.ts'
import { openTranscriptFold } from '../contract/transcript-fold.ts'
import type { CallRequest } from '../schedule/call.ts'
import type { Verdict } from './stop-reason.ts'
import { verdictOn } from './stop-reason.ts'

export type RestoredCall = Omit<CallRequest, 'tool' | 'attempt'> & {
  /** As the tool declared it then; null: there was no such tool. */
  effect: Effect | null
  /** Its source had it: it may have happened. */
  admitted: boolean
  /** A credential was taken out of its input, which is not what the model asked for any more. */
  redacted: boolean
  /** Begun before. */
  attempts: number
  outcome: Outcome | null
}

export type Restored = {
  /** Has all of its events, and may be gone on with. */
  fold: TranscriptFold
  start: EventOf<'run_start'> | null
  /** Of the last event; the clock and the count go on from there. */
  atMs: number
  nextSeq: number
  /** When the last event was written, ms since 1970. */
  wallMs: number
  /** null: it has not ended, or has gone on since. */
  end: EventOf<'run_end'> | null
  /** The conversation, the last message of the model included. */
  messages: Message[]
  usages: Usage[]
  callIds: Set<string>
  /** The turn begun last; 0: none was. */
  turn: number
  /** At its message, which have broken off and say so. */
  attempts: number
  /** Its message had not ended, and is asked for again. */
  asksAgain: boolean
  /** Its message has ended, and the model was not told of its calls; null: it was. */
  message: AssistantMessage | null
  /** Of that message, in the model's order. */
  calls: RestoredCall[]
  /** The end of the run had given them up, and they go on with it. */
  reopened: Set<string>
  /** Answered as still running, their results not told yet, in the order in which they were asked for. */
  owed: RestoredCall[]
  /** All that the model was told of before. */
  told: RestoredCall[]
  /** Of messages that did not end, or not with these: they have no outcome, and nobody waits for them. */
  dropped: RestoredCall[]
  /** Of the message that is asked for again: they have ended, and a call of the same kind takes them over. */
  kept: RestoredCall[]
  /** What the messages before `message` meant, one after another. */
  verdicts: Verdict[]
  /** Text of the messages that paused, which the next one goes on with. */
  paused: string
}

/** @param redacted  `seq` of the events that a credential was taken out of */
export function restoreRun(events: readonly AgentEvent[], redacted: ReadonlySet<number> = new Set()): Restored {
  const fold = openTranscriptFold()
  const calls = new Map<string, RestoredCall>()
  /** Of the turn that goes on. */
  let ofTurn: RestoredCall[] = []
  /** Of `at_ms` 0, as the last event says that has a wall clock. */
  let originMs = 0
  const restored: Restored = {
    fold,
    start: null,
    atMs: 0,
    nextSeq: 0,
    wallMs: 0,
    end: null,
    messages: [],
    usages: [],
    callIds: new Set(),
    turn: 0,
    attempts: 0,
    asksAgain: false,
    message: null,
    calls: [],
    reopened: new Set(),
    owed: [],
    told: [],
    dropped: [],
    kept: [],
    verdicts: [],
    paused: '',
  }

  for (const event of events) {
    fold.add(event)
    restored.atMs = event.at_ms
    restored.nextSeq = event.seq + 1
    follow(event)
  }
  reopen()
  for (const id of restored.reopened) if (calls.get(id)?.outcome !== null) restored.reopened.delete(id)
  restored.wallMs = originMs + restored.atMs
  restored.messages = [...fold.transcript().messages]
  const unfinished = restored.asksAgain ? [...restored.dropped, ...ofTurn] : restored.dropped
  restored.kept = unfinished.filter(
    ({ turn, outcome }) => restored.asksAgain && turn === restored.turn && outcome?.status === 'ok',
  )
  restored.dropped = unfinished.filter(({ outcome }) => outcome === null)
  return restored

  function follow(event: AgentEvent): void {
    switch (event.type) {
      case 'run_start':
        restored.start = event
        originMs = Date.parse(event.started_at)
        return
      case 'run_resume':
        reopen()
        restored.end = null
        originMs = Date.parse(event.resumed_at) - event.at_ms
        return
      case 'run_end':
        restored.end = event
        if (event.usage !== null) restored.usages.push(event.usage)
        return
      case 'turn_start':
        closeMessage()
        restored.turn = event.turn
        restored.attempts = 0
        restored.asksAgain = true
        ofTurn = []
        return
      case 'call_ready':
        ready(event)
        return
      case 'turn_retry':
        if (event.usage !== null) restored.usages.push(event.usage)
        restored.attempts = event.attempt
        restored.dropped.push(...ofTurn)
        ofTurn = []
        return
      case 'message_end':
        messageEnded(event)
        return
      case 'call_admitted':
        withCall(event.call_id, (call) => {
          call.admitted = true
        })
        return
      case 'call_start':
        withCall(event.call_id, (call) => {
          call.attempts = event.attempt
        })
        return
      case 'call_end':
        withCall(event.call_id, (call) => {
          call.outcome = event.outcome
        })
        return
      case 'results':
        told(event)
        return
      default:
      // the others change nothing of where it goes on
    }
  }

  function reopen(): void {
    const { end } = restored
    if (end === null) return
    for (const call of [...restored.calls, ...restored.owed].filter((call) => isReopened(end, call))) {
      // What has not started has not happened, though its source had it.
      if (call.outcome?.status === 'not_started') call.admitted = false
      call.outcome = null
      restored.reopened.add(call.id)
    }
  }

  function ready({ seq, turn, call_id, tool, effect, input, raw_input, takes_over }: EventOf<'call_ready'>): void {
    restored.callIds.add(call_id)
    const taken = takes_over === null ? undefined : calls.get(takes_over)
    const known = { turn, name: tool, input, rawInput: raw_input, effect, redacted: redacted.has(seq) }
    const fresh = { ...known, admitted: false, attempts: 0, outcome: null }
    const call: RestoredCall = taken ?? { id: call_id, ...fresh }
    if (taken !== undefined) restored.dropped = restored.dropped.filter((dropped) => dropped !== taken)
    call.id = call_id
    calls.set(call_id, call)
    ofTurn.push(call)
  }

  function messageEnded({ message }: EventOf<'message_end'>): void {
    restored.usages.push(message.usage)
    restored.asksAgain = false
    restored.message = message
    restored.calls = message.content.filter(isToolUseBlock).flatMap(({ id }) => calls.get(id) ?? [])
    const standing = new Set(restored.calls)
    restored.dropped.push(...ofTurn.filter((call) => !standing.has(call)))
    ofTurn = []
  }

  function told({ call_ids, pending_ids, late_ids, note }: EventOf<'results'>): void {
    const pending = new Set(pending_ids)
    const late = new Set(late_ids)
    const of = call_ids.flatMap((id) => calls.get(id) ?? [])
    restored.told.push(...of.filter(({ id }) => !pending.has(id)), ...restored.owed.filter(({ id }) => late.has(id)))
    restored.owed = [...restored.owed.filter(({ id }) => !late.has(id)), ...of.filter(({ id }) => pending.has(id))]
    closeMessage(note)
  }

  /** What the message meant; it is dealt with, with its results or, after a pause, without any. */
  function closeMessage(note: string | null = null): void {
    const { message } = restored
    if (message === null) return
    const pending = restored.owed.length > 0
    const verdict = verdictOn(message, { calls: restored.calls.length, before: restored.paused, pending })
    // An answer after which the model was told something did not fit.
    const unfit = verdict.type === 'end' && note !== null
    restored.verdicts.push(unfit ? { type: 'unfit', reasons: [], answer: messageText(message.content) } : verdict)
    restored.paused = verdict.type === 'again' ? restored.paused + messageText(message.content) : ''
    restored.message = null
    restored.calls = []
  }

  function withCall(id: string, change: (call: RestoredCall) => void): void {
    const call = calls.get(id)
    if (call !== undefined) change(call)
  }
}
