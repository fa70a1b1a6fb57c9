/** A run as its journal tells it, and a folder to keep journals in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { AgentEvent } from '../../src/contract/event.ts'
import type { JournalHeader } from '../../src/contract/journal.ts'
import type { JsonValue } from '../../src/contract/json.ts'
import type { JournalOptions } from '../../src/journal/append.ts'
import { createJournal } from '../../src/journal/append.ts'

export const HEADER: JournalHeader = {
  format: 1,
  version: '0.1.0',
  run_id: '01JZZZZZZZZZZZZZZZZZZZZZZZ',
  directory: '/home/me',
  flags: { tools: ['./tools'] },
  model: 'claude-sonnet-5-5',
  base_url: null,
  system: 'Answer.',
  tools: [{ name: 'get_weather', source: 'builtin', effect: 'read', digest: 'abc' }],
}

export const OPTIONS: JournalOptions = { durability: 'normal', redact: (text) => text }

const USAGE = { input_tokens: 5, output_tokens: 7, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }
const WAITED = {
  message_ms: 0,
  permission_ms: 0,
  slots_ms: 0,
  breaker_ms: 0,
  rate_limit_ms: 0,
  exclusive_ms: 0,
  host_ms: 0.25,
}

/** A whole run of one call, every kind of event in it. */
export function runEvents({
  output = { temperature: 68 },
  effect = 'write',
}: {
  output?: JsonValue
  effect?: 'read' | 'write'
} = {}): AgentEvent[] {
  const stamp = (seq: number) => ({ seq, at_ms: seq + 0.125 })
  const call = { turn: 1, call_id: 'toolu_1' }
  const input = { place: 'Zürich \u2028 \ud83d\ude00 \ud800', __proto: [1, { deep: null }] }
  const toolUse = { type: 'tool_use', id: 'toolu_1', name: 'get_weather', input }
  const question = { role: 'user' as const, content: [{ type: 'text' as const, text: 'weather?' }] }
  const message = { id: 'msg_1', model: 'm', content: [toolUse], stop_reason: 'tool_use', usage: USAGE, raw_inputs: {} }
  return [
    {
      type: 'run_start',
      ...stamp(0),
      run_id: HEADER.run_id,
      started_at: '2026-11-22T07:00:00.000Z',
      version: '0.1.0',
      question: 'weather?',
      model: 'm',
      messages: [question],
    },
    { type: 'turn_start', ...stamp(1), turn: 1 },
    {
      type: 'turn_retry',
      ...stamp(2),
      turn: 1,
      attempt: 1,
      reason: { code: 'cut', message: 'cut off' },
      delay_ms: 1,
      usage: null,
    },
    {
      type: 'call_ready',
      ...stamp(4),
      ...call,
      tool: 'get_weather',
      source: 'builtin',
      effect,
      priority: 'normal',
      input,
      raw_input: null,
      takes_over: null,
    },
    { type: 'message_end', ...stamp(5), turn: 1, message, first_token_ms: 3.5 } as AgentEvent, // the blocks of other tests are typed
    { type: 'call_admitted', ...stamp(6), ...call, attempt: 1 },
    { type: 'call_start', ...stamp(7), ...call, attempt: 1, queued_by: WAITED },
    { type: 'attempt_end', ...stamp(8), ...call, attempt: 1, error: null, backoff_ms: null },
    { type: 'call_pending', ...stamp(9), ...call },
    { type: 'policy_change', ...stamp(10), tool: 'get_weather', policy: 'breaker', state: 'open', failures: 5 },
    { type: 'limit', ...stamp(11), limit: 'max_turns', message: 'no answer' },
    {
      type: 'call_end',
      ...stamp(12),
      ...call,
      outcome: {
        status: 'ok',
        output,
        output_bytes: 18,
        truncated: false,
        content: [{ type: 'text', text: 'sunny' }],
      },
    },
    {
      type: 'results',
      ...stamp(13),
      turn: 1,
      call_ids: ['toolu_1'],
      pending_ids: [],
      late_ids: [],
      note: null,
    },
    { type: 'run_resume', ...stamp(14), resumed_at: '2026-11-22T08:00:00.000Z', paused_ms: 12, version: '0.1.0' },
    {
      type: 'run_end',
      ...stamp(15),
      status: 'completed',
      exit_code: 0,
      answer: 'sunny',
      structured: null,
      error: null,
      usage: null,
    },
  ]
}

export function journalFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-journal-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** @returns the path of a journal that holds these */
export function writtenJournal(events: readonly AgentEvent[], options: Partial<JournalOptions> = {}): string {
  const path = join(journalFolder(), 'run.jsonl')
  const journal = createJournal({ path, header: HEADER, ...OPTIONS, ...options })
  for (const event of events) journal.append(event)
  journal.close()
  return path
}
