/**
 * A run in which everything that a report can show has happened: calls of every kind of end, a message that was
 * asked for again, an answer as pending, a breaker, images, an error; and the same with chosen text everywhere.
 */
import type { JsonValue } from '../../src/contract/json.ts'
import type { ContentBlock } from '../../src/contract/message.ts'
import type { ToolCallRecord, Transcript } from '../../src/contract/transcript.ts'
import { transcriptOf } from '../../src/contract/transcript-fold.ts'
import type { SampleCall, SampleRun } from './sample-runs.ts'
import { eventsOf } from './sample-runs.ts'

/** 24 by 16, of one colour. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAABgAAAAQCAIAAACDRijCAAAAGklEQVR4nGOQ74+nCmIYNWjUoFGDRg2iDAEAVniTkPgsliAAAAAASUVORK5CYII='

const busy = { code: 'http_503', message: 'the server is busy' }

const CALLS: readonly SampleCall[] = [
  call('fetch_page', 'https://example.com/prices?year=2026', {
    attempts: [
      { from: 420, to: 900, error: busy, backoff: 400 },
      { from: 1300, to: 1600, error: busy, backoff: 900 },
      { from: 2600, to: 3100 },
    ],
    outcome: {
      output: {
        title: 'Prices',
        rows: [
          { name: 'tea', price: 3.5 },
          { name: 'coffee', price: 4 },
        ],
      },
    },
  }),
  call('search_files', 'quarterly report', {
    attempts: [{ from: 700, to: 1250, error: { code: 'not_found', message: 'no file matches "quarterly report"' } }],
    outcome: { status: 'failed', code: 'not_found', message: 'no file matches "quarterly report"' },
  }),
  call('slow_query', 'select * from orders', {
    attempts: [{ from: 800, to: 3800, error: { code: 'timed_out', message: 'no answer within 3 s' } }],
    outcome: { status: 'timed_out', code: 'timed_out', message: 'no answer within 3 s; it may still be running' },
    queued: { slots_ms: 380 },
  }),
  call('get_weather', 'Reykjavík', {
    outcome: { status: 'circuit_open', code: 'circuit_open', message: '5 calls in a row have failed' },
    end: 450,
  }),
  call('delete_rows', 'orders', {
    outcome: { status: 'denied', code: 'denied', message: 'not allowed: add --allow delete_rows' },
    end: 460,
  }),
  call('summarise', 'a long text', {
    attempts: [{ from: 500, to: 6200 }],
    pending: 4000,
    outcome: { output: 'short' },
  }),
]

const TROUBLED: SampleRun = {
  question: 'compare the prices of this year with the report and the weather, then clean the orders up',
  turns: [
    { from: 40, to: 1000, text: 'I look at all of them at once.', calls: CALLS },
    { from: 4005, to: 5200, text: 'One is still missing.' },
  ],
  answer: null,
  end: 6300,
  status: 'failed',
  exitCode: 9,
}

function call(tool: string, about: string, more: Partial<SampleCall>): SampleCall {
  return { id: `toolu_${tool}`, tool, input: { about }, ready: 420, ...more }
}

export function troubledTranscript(): Transcript {
  const transcript = transcriptOf(eventsOf(TROUBLED))
  const [first, second] = transcript.turns
  if (first === undefined || second === undefined) throw new Error('the run has two turns')
  const [model] = first.tool_calls
  if (model === undefined) throw new Error('the first turn has calls')
  return {
    ...transcript,
    structured: { cheapest: 'tea', prices: [3.5, 4] },
    error: {
      code: 'tool-failed',
      message: 'the critical tool "slow_query" timed out',
      hint: 'raise its timeout with --timeout',
    },
    turns: [
      { ...first, attempts: 2, dropped_calls: [dropped(model)] },
      { ...second, stop_reason: null, ended_ms: null, duration_ms: null },
    ],
    policy_changes: [
      { at_ms: 410, tool: 'get_weather', policy: 'breaker', state: 'open', failures: 5 },
      { at_ms: 5000, tool: 'get_weather', policy: 'breaker', state: 'half_open', failures: 5 },
    ],
    messages: [
      ...transcript.messages,
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'Is it still running?', signature: 'c2ln' }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: model.id, content: PICTURES }] },
    ],
  }
}

function dropped(record: ToolCallRecord): ToolCallRecord {
  return {
    ...record,
    id: 'toolu_dropped',
    input: {},
    raw_input: '{"about": tr',
    status: 'canceled',
    output: null,
    error: busy,
  }
}

const PICTURES: ContentBlock[] = [
  { type: 'text', text: 'three pictures' },
  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
  { type: 'image', source: { type: 'base64', media_type: 'image/svg+xml', data: 'PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+' } },
  { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
  { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' } },
  { type: 'a_kind_to_come', what: 'unknown' },
]

/** Words of a closed list, which foreign text cannot reach: whoever reads a document checks them. */
const CLOSED = ['status', 'effect', 'priority', 'role', 'type', 'policy', 'state']

/**
 * The troubled run with `text` in the place of every string that is free, and as a key of every input.
 *
 * @param text  given the number of the string, from 0
 */
export function hostileTranscript(text: (place: number) => string): Transcript {
  let place = 0
  const next = () => {
    place += 1
    return text(place - 1)
  }
  const within = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') return next()
    if (Array.isArray(value)) return value.map(within)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([key, member]): [string, JsonValue] => {
      if (CLOSED.includes(key) && typeof member === 'string') return [key, member]
      if (key === 'input' || key === 'output') return [key, { [next()]: within(member) }]
      return [key, within(member)]
    })
    return Object.fromEntries(entries)
  }
  // A transcript is JSON, and stays of the same shape.
  return within(troubledTranscript() as unknown as JsonValue) as unknown as Transcript
}
