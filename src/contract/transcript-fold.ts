/**
 * Folds events into the transcript. It may be asked at any time: a prefix of the events gives the
 * transcript of a run that is still going on, and it never throws on one.
 */
import type { CallState } from './call-record.ts'
import { addToCall, newCall, overlapOf, reopenCall } from './call-record.ts'
import { appendAssistant, appendUser } from './conversation.ts'
import { emptyTranscript } from './empty-transcript.ts'
import { unreachable } from './error.ts'
import type { AgentEvent, EventOf, RunError } from './event.ts'
import type { Message, Usage } from './message.ts'
import { addUsage, isToolUseBlock, messageText, NO_USAGE } from './message.ts'
import { costUsd } from './price.ts'
import { isReopened } from './reopened.ts'
import type { AnsweredCall } from './tool-result.ts'
import { resultsMessage } from './tool-result.ts'
import { roundMs, totalsOf } from './totals.ts'
import type { Transcript, TurnRecord } from './transcript.ts'

export interface TranscriptFold {
  add(event: AgentEvent): void
  transcript(): Transcript
}

/** What the shell says of a command that was killed: such a run has no end, nor has one that still goes on. */
const KILLED = 137
const UNFINISHED: RunError = { code: 'unfinished', message: 'the run has not ended', hint: null }

/** Of a run as far as these events tell it. */
export function transcriptOf(events: readonly AgentEvent[]): Transcript {
  return foldOf(events).transcript()
}

/** Has these events, and may be gone on with. */
export function foldOf(events: readonly AgentEvent[]): TranscriptFold {
  const fold = openTranscriptFold()
  for (const event of events) fold.add(event)
  return fold
}

export function openTranscriptFold(): TranscriptFold {
  let start: EventOf<'run_start'> | null = null
  let end: EventOf<'run_end'> | null = null
  let lastAt = 0
  const turns: TurnRecord[] = []
  const calls = new Map<string, CallState>()
  const messages: Message[] = []
  /** Calls whose outcome the model knows. */
  const told = new Set<string>()
  const policyChanges: Transcript['policy_changes'] = []
  /** Of every request: each has a price of its own. */
  const usages: Usage[] = []
  /** Of requests that the run has ended with, before it went on. */
  const before: Usage[] = []

  function add(event: AgentEvent): void {
    lastAt = event.at_ms
    switch (event.type) {
      case 'run_start':
        start = event
        messages.push(...event.messages)
        return
      case 'turn_start':
        turns.push(newTurn(event))
        return
      case 'run_resume':
        if (end !== null) goOn(end)
        end = null
        return
      case 'text_delta':
      case 'call_admitted':
      case 'limit':
        return
      case 'policy_change': {
        const { at_ms, tool, policy, state, failures } = event
        policyChanges.push({ at_ms: roundMs(at_ms), tool, policy, state, failures })
        return
      }
      case 'run_end':
        end = event
        return
      default:
        addToTurn(event)
    }
  }

  /** After it had ended. */
  function goOn(ended: EventOf<'run_end'>): void {
    if (ended.usage !== null) before.push(ended.usage)
    const standing = turns.flatMap(({ ended_ms, tool_calls }) => (ended_ms === null ? [] : tool_calls))
    for (const { id, effect } of standing) {
      const state = calls.get(id)
      if (state === undefined || told.has(id) || !isReopened(ended, { outcome: state.outcome, effect })) continue
      reopenCall(state)
    }
  }

  function addToTurn(
    event: EventOf<
      | 'call_ready'
      | 'turn_retry'
      | 'message_end'
      | 'call_start'
      | 'attempt_end'
      | 'call_pending'
      | 'call_end'
      | 'results'
    >,
  ): void {
    const turn = turns.at(-1)
    if (turn === undefined) return
    switch (event.type) {
      case 'call_ready':
        callReady(turn, event)
        return
      case 'turn_retry':
        turn.attempts += 1
        if (event.usage !== null) spend(turn, event.usage)
        turn.dropped_calls.push(...turn.tool_calls.splice(0))
        return
      case 'message_end':
        endMessage(turn, event)
        return
      case 'call_start':
      case 'attempt_end':
      case 'call_pending':
      case 'call_end':
        addToCall(calls.get(event.call_id), event)
        return
      case 'results':
        tell(event)
        return
      default:
        unreachable(event)
    }
  }

  function callReady(turn: TurnRecord, event: EventOf<'call_ready'>): void {
    const taken = event.takes_over === null ? undefined : calls.get(event.takes_over)
    const state = taken ?? { record: newCall(event), outcome: null }
    if (taken !== undefined) {
      calls.delete(taken.record.id)
      turn.dropped_calls = turn.dropped_calls.filter((record) => record !== taken.record)
      taken.record.id = event.call_id
    }
    calls.set(event.call_id, state)
    turn.tool_calls.push(state.record)
  }

  function endMessage(turn: TurnRecord, { at_ms, message, first_token_ms }: EventOf<'message_end'>): void {
    turn.ended_ms = roundMs(at_ms)
    turn.duration_ms = roundMs(turn.ended_ms - turn.started_ms)
    turn.first_token_ms = first_token_ms === null ? null : roundMs(first_token_ms)
    turn.stop_reason = message.stop_reason
    turn.text = messageText(message.content)
    spend(turn, message.usage)
    // A call whose input is no JSON is ready last of all, wherever it stands in the message.
    const place = new Map(message.content.filter(isToolUseBlock).map(({ id }, index) => [id, index]))
    turn.tool_calls.sort((a, b) => (place.get(a.id) ?? 0) - (place.get(b.id) ?? 0))
    appendAssistant(messages, message)
  }

  function spend(turn: TurnRecord, usage: Usage): void {
    usages.push(usage)
    turn.usage = addUsage(turn.usage, usage)
  }

  function tell(event: EventOf<'results'>): void {
    appendUser(messages, resultsOf(event))
    const pending = new Set(event.pending_ids)
    for (const id of [...event.call_ids, ...event.late_ids]) if (!pending.has(id)) told.add(id)
  }

  function resultsOf({ call_ids, pending_ids, late_ids, note }: EventOf<'results'>) {
    const ended = (id: string): AnsweredCall[] => {
      const state = calls.get(id)
      return state?.outcome == null ? [] : [answered(id, state)]
    }
    const answeredNow = call_ids.flatMap((id) => {
      const state = calls.get(id)
      if (state !== undefined && pending_ids.includes(id)) return [{ ...answered(id, state), outcome: null }]
      return ended(id)
    })
    return resultsMessage({ calls: answeredNow, late: late_ids.flatMap(ended), note }).content
  }

  function transcript(): Transcript {
    for (const turn of turns) {
      for (const record of turn.tool_calls) record.timing.overlap_ms = overlapOf(record, turn)
    }
    const summed = turns.reduce((total, turn) => addUsage(total, turn.usage), NO_USAGE)
    const last = end?.usage == null ? before : [...before, end.usage]
    const usage = last.reduce(addUsage, summed)
    return {
      ...(end === null ? emptyTranscript(UNFINISHED, KILLED) : emptyTranscript(end.error, end.exit_code)),
      run_id: start?.run_id ?? null,
      status: end?.status ?? 'interrupted',
      question: start?.question ?? null,
      model: start?.model ?? null,
      started_at: start?.started_at ?? null,
      duration_ms: roundMs(lastAt),
      answer: end?.answer ?? null,
      structured: end?.structured ?? null,
      turns,
      totals: totalsOf(turns),
      usage: { ...usage, cost_usd: costUsd(start?.model ?? null, ...usages, ...last) },
      policy_changes: policyChanges,
      messages,
    }
  }

  return { add, transcript }
}

function answered(id: string, { record, outcome }: CallState): AnsweredCall {
  return { id, tool: record.tool, outcome, raw_input: record.raw_input }
}

function newTurn({ turn, at_ms }: EventOf<'turn_start'>): TurnRecord {
  return {
    turn,
    started_ms: roundMs(at_ms),
    first_token_ms: null,
    ended_ms: null,
    duration_ms: null,
    attempts: 1,
    stop_reason: null,
    text: '',
    usage: NO_USAGE,
    tool_calls: [],
    dropped_calls: [],
  }
}
