/**
 * One step of an ATIF trajectory: what the model said, the calls that it asked for, and what came of
 * them. What is not known is left out, as the format wants it.
 */
import type { JsonObject, JsonValue } from '../contract/json.ts'
import type { ContentBlock, ToolUseBlock, Usage } from '../contract/message.ts'
import { isTextBlock, isToolResultBlock, isToolUseBlock, messageText } from '../contract/message.ts'
import { isPendingResult, readLateResult } from '../contract/pending-result.ts'
import { costUsd } from '../contract/price.ts'
import type { ToolCallRecord, TurnRecord } from '../contract/transcript.ts'
import { contentOf } from './atif-content.ts'

export interface AgentStep {
  /** Takes what was told to the model behind its message; gives back what is the user's own. */
  hears(content: readonly ContentBlock[]): readonly ContentBlock[]
  /** Without its id and its timestamp. */
  step(): JsonObject
}

type Said = {
  /** Of the message; of a turn whose message did not end there is none. */
  content: readonly ContentBlock[]
  /** null for a message of a run before this one. */
  turn: TurnRecord | null
  model: string | null
  /** Tools of all calls of the conversation, by the ids of the calls. */
  tools: ReadonlyMap<string, string>
}

export function openAgentStep({ content, turn, model, tools }: Said): AgentStep {
  const records = new Map((turn?.tool_calls ?? []).map((record) => [record.id, record]))
  // A message that did not end has no blocks, and may have calls all the same: reads start early.
  const calls = content.length > 0 ? content.filter(isToolUseBlock) : [...records.values()].map(askedOf)
  const told = new Set<string>()
  const results: JsonObject[] = []

  function hears(blocks: readonly ContentBlock[]): readonly ContentBlock[] {
    for (const block of blocks.filter(isToolResultBlock)) {
      const id = block.tool_use_id
      const known = calls.find((call) => call.id === id)
      if (known !== undefined) told.add(id)
      const record = records.get(id)
      const extra: JsonObject = {
        ...(record !== undefined && ended(record)),
        ...(known !== undefined && isPendingResult(block, known.name) && { pending: true }),
        ...(known === undefined && { tool_use_id: id }),
      }
      results.push(result(known === undefined ? null : id, block.content, extra))
    }
    const others = blocks.filter((block) => !isToolResultBlock(block))
    const late = others.map((block) => readLateResult(block, tools)?.id ?? null).filter((id) => id !== null)
    // Behind a message of this run nobody but ourselves has said anything.
    if (others.length === 0 || (turn === null && late.length === 0)) return others
    results.push(result(null, others, late.length === 0 ? {} : { late_results_of: late }))
    return []
  }

  function step(): JsonObject {
    const untold = [...records.values()].filter(({ id }) => !told.has(id)).map(untoldResult)
    const observed = [...results, ...untold.filter((one) => one !== null)]
    const reasoning = content.map(thoughtOf).filter((text) => text !== null)
    return {
      source: 'agent',
      message: content.length > 0 ? messageText(content) : (turn?.text ?? ''),
      ...(reasoning.length > 0 && { reasoning_content: reasoning.join('\n\n') }),
      ...(calls.length > 0 && { tool_calls: calls.map((call) => toolCall(call, records.get(call.id))) }),
      ...(observed.length > 0 && { observation: { results: observed } }),
      ...(turn === null ? { is_copied_context: true } : ofTurn(turn, content, model)),
    }
  }

  return { hears, step }
}

type Asked = Pick<ToolUseBlock, 'id' | 'name' | 'input'>

function askedOf({ id, tool, input }: ToolCallRecord): Asked {
  return { id, name: tool, input }
}

function toolCall({ id, name, input }: Asked, record: ToolCallRecord | undefined): JsonObject {
  const call = { tool_call_id: id, function_name: name, arguments: input }
  if (record === undefined) return call
  const { source, effect, priority, raw_input, timing, queued_by, attempts } = record
  return { ...call, extra: { source, effect, priority, raw_input, timing, queued_by, attempts } }
}

function result(id: string | null, content: string | readonly ContentBlock[], extra: JsonObject): JsonObject {
  return {
    ...(id !== null && { source_call_id: id }),
    content: contentOf(content),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function ended({ status, error, output_bytes, truncated }: ToolCallRecord): JsonObject {
  return { status, error, output_bytes, truncated }
}

/** Of a call that the model was never told of, because the run ended; null: it came to nothing. */
function untoldResult(record: ToolCallRecord): JsonObject | null {
  const { id, status, error, output } = record
  if (status === null) return null
  const text = typeof output === 'string' ? output : JSON.stringify(output)
  return result(id, error === null ? text : `${status}: ${error.message}`, { ...ended(record), told_to_model: false })
}

function ofTurn(turn: TurnRecord, content: readonly ContentBlock[], model: string | null): JsonObject {
  const { started_ms, first_token_ms, ended_ms, duration_ms, stop_reason, attempts, usage, dropped_calls } = turn
  // What the attempts cost one by one is not known, and a long request has a price of its own.
  const metrics = metricsOf(usage, attempts === 1 ? costUsd(model, usage) : null)
  const others = content.filter((block) => !isTextBlock(block) && !isToolUseBlock(block) && thoughtOf(block) === null)
  return {
    ...(metrics !== null && { metrics }),
    llm_call_count: attempts,
    extra: {
      turn: turn.turn,
      timing: { started_ms, first_token_ms, ended_ms, duration_ms },
      stop_reason,
      ...(dropped_calls.length > 0 && { dropped_calls: dropped_calls.map((call): JsonValue => call) }),
      ...(others.length > 0 && { other_blocks: others.map((block): JsonValue => block) }),
    },
  }
}

/** `prompt_tokens` are all that were sent, from the cache or not; null where nothing was counted. */
function metricsOf(usage: Usage, cost: number | null): JsonObject | null {
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage
  const prompt_tokens = input_tokens + cache_read_input_tokens + cache_creation_input_tokens
  if (prompt_tokens + output_tokens === 0) return null
  return {
    prompt_tokens,
    completion_tokens: output_tokens,
    cached_tokens: cache_read_input_tokens,
    ...(cost !== null && { cost_usd: cost }),
    extra: { cache_creation_input_tokens },
  }
}

/** null: the block is no thought of the model's, or none that can be read. */
function thoughtOf(block: ContentBlock): string | null {
  return block.type === 'thinking' && 'thinking' in block && typeof block.thinking === 'string' ? block.thinking : null
}
