/**
 * `agent view --perfetto`: a run as a trace that ui.perfetto.dev and chrome://tracing open. One track has
 * the model's messages, the others the calls, as many as there were open at once; arrows lead from a
 * message to its calls, counters tell how many ran and how many waited. Pure: it makes the document, and
 * writes nothing.
 */
import type { JsonObject } from '../contract/json.ts'
import type { ToolCallRecord, Transcript } from '../contract/transcript.ts'
import { callCounts } from './call-counts.ts'
import { cleanLine } from './clean-line.ts'
import { lanesOf } from './lanes.ts'
import { cutToWidth } from './text-width.ts'
import type { Part } from './timeline.ts'
import { timelineOf } from './timeline.ts'
import type { TraceEvent } from './trace-event.ts'
import { counter, flow, inOrder, instant, processName, spanOf, trackName, visible } from './trace-event.ts'
import type { CallRow, Drawn, ModelRow } from './trace-slices.ts'
import { callEvents, messageEvents, shown } from './trace-slices.ts'

const MODEL_TID = 1
const FIRST_LANE_TID = 2
const MAX_TITLE_COLUMNS = 80
const asItIs = (text: string) => text

/** @param transcript  redacted: its texts are shown as they are */
export function perfettoTrace(transcript: Transcript): JsonObject {
  const { rows, endMs } = timelineOf(transcript)
  const messages = drawnMessages(rows.filter((row) => row.of === 'model'))
  const calls = drawnCalls(rows.filter((row) => row.of === 'call'))
  const laneCount = calls.reduce((most, { tid }) => Math.max(most, tid - FIRST_LANE_TID + 1), 0)
  const events = [
    ...messages.flatMap(messageEvents),
    ...calls.flatMap(callEvents),
    ...arrows(messages, calls),
    ...policyChanges(transcript),
    ...callCounts(rows.filter((row) => row.of === 'call').flatMap(({ parts }) => parts)).map(
      ({ atMs, running, queued }) => counter('calls', atMs, MODEL_TID, { running, queued }),
    ),
    ...runEnd(transcript, endMs),
  ]
  return {
    traceEvents: [...names(transcript, laneCount), ...inOrder(events)],
    displayTimeUnit: 'ms',
    otherData: runData(transcript),
  }
}

/** A message that did not end is drawn to the next one's beginning: a track has one thing at a time. */
function drawnMessages(rows: readonly ModelRow[]): Drawn<ModelRow>[] {
  return rows.map((row, index) => {
    const [fromMs, toMs] = extent(row.parts)
    const nextMs = rows[index + 1]?.record.started_ms ?? toMs
    return { row, tid: MODEL_TID, span: visible(spanOf(fromMs, Math.min(toMs, nextMs))) }
  })
}

/**
 * Of a call of which no instant is known there is nothing to draw. Lanes are shared by when calls run: of a
 * thousand that wait for 64 slots there are 64, and of each call's waiting as much is drawn as its lane is free.
 */
function drawnCalls(rows: readonly CallRow[]): Drawn<CallRow>[] {
  const known = rows.filter(({ parts }) => parts.length > 0)
  const busy = known.map(({ parts }) => {
    const ran = parts.findIndex(({ kind }) => kind !== 'queued')
    const { ts, dur } = visible(spanOf(...extent(ran < 0 ? parts : parts.slice(ran))))
    return { from: ts, to: ts + dur }
  })
  const lanes = lanesOf(busy)
  return known.map((row, index) => {
    const { from, to } = busy[index] ?? { from: 0, to: 0 }
    const { lane, freeSince } = lanes[index] ?? { lane: 0, freeSince: 0 }
    const ts = Math.min(Math.max(spanOf(...extent(row.parts)).ts, freeSince), from)
    return { row: startingAt(row, ts), tid: FIRST_LANE_TID + lane, span: { ts, dur: to - ts } }
  })
}

/** @param ts  microseconds: what was before is not drawn */
function startingAt(row: CallRow, ts: number): CallRow {
  const fromMs = ts / 1000
  const parts = row.parts.filter((part) => part.kind !== 'queued' || part.toMs > fromMs)
  return {
    ...row,
    parts: parts.map((part) => ({ ...part, fromMs: Math.max(part.fromMs, Math.min(fromMs, part.toMs)) })),
  }
}

function extent(parts: readonly Part[]): [fromMs: number, toMs: number] {
  return [parts[0]?.fromMs ?? 0, parts.at(-1)?.toMs ?? 0]
}

function arrows(messages: readonly Drawn<ModelRow>[], calls: readonly Drawn<CallRow>[]): TraceEvent[] {
  const asking = new Map<ToolCallRecord, Drawn<ModelRow>>()
  for (const message of messages) {
    const { tool_calls, dropped_calls } = message.row.record
    for (const call of [...tool_calls, ...dropped_calls]) asking.set(call, message)
  }
  return calls.flatMap(({ row: { record }, tid, span }, index) => {
    const message = asking.get(record)
    return message === undefined ? [] : flow(index + 1, { tid: message.tid, ...message.span }, { tid, ...span })
  })
}

function policyChanges({ policy_changes }: Transcript): TraceEvent[] {
  return policy_changes.map(({ at_ms, tool, policy, state, failures }) => {
    const name = `${policy} of ${cleanLine(tool, asItIs)}: ${state}`
    return instant('policy', name, at_ms, { tid: MODEL_TID, s: 'p' }, { tool, failures })
  })
}

/** An end that is no answer is marked, with what is said of it. */
function runEnd({ status, error, exit_code }: Transcript, endMs: number): TraceEvent[] {
  if (status === 'completed') return []
  return [instant('run', `run ${status}`, endMs, { tid: MODEL_TID, s: 'p' }, { exit_code, error })]
}

function names({ question, model }: Transcript, laneCount: number): TraceEvent[] {
  const title = cutToWidth(cleanLine(question ?? '', asItIs), MAX_TITLE_COLUMNS)
  return [
    processName(title === '' ? 'agent' : `agent: ${title}`, MODEL_TID),
    ...trackName(model === null ? 'model' : `model ${cleanLine(model, asItIs)}`, MODEL_TID),
    ...Array.from({ length: laneCount }, (_, lane) => trackName(`calls ${lane + 1}`, FIRST_LANE_TID + lane)).flat(),
  ]
}

function runData(transcript: Transcript): JsonObject {
  const { version, run_id, status, exit_code, model, started_at, duration_ms, error, totals, usage } = transcript
  return {
    transcript_version: version,
    run_id,
    status,
    exit_code,
    question: shown(transcript.question),
    answer: shown(transcript.answer),
    error,
    model,
    started_at,
    duration_ms,
    totals,
    usage,
  }
}
