/**
 * `agent view --atif`: a run as a trajectory in the Agent Trajectory Interchange Format, which the Harbor
 * evaluation harness reads. A step is the user's question, or a message of the model with its calls and
 * what came of them; what the format has no place for (timings, outcomes, attempts) stands under `extra`.
 * Pure: it makes the document, and writes nothing.
 *
 * @see "RFC 0001: Agent Trajectory Interchange Format", the Harbor project; version 1.8 adds audio to 1.7
 */
import packageJson from '../../package.json' with { type: 'json' }
import type { JsonObject } from '../contract/json.ts'
import { isToolUseBlock } from '../contract/message.ts'
import type { Transcript } from '../contract/transcript.ts'
import { contentOf } from './atif-content.ts'
import type { AgentStep } from './atif-step.ts'
import { openAgentStep } from './atif-step.ts'
import { passagesOf } from './atif-turns.ts'

const SCHEMA_VERSION = 'ATIF-v1.8'

/** A step in the making: an agent's is whole only when what was told to it has been read. */
type Step = () => JsonObject

/**
 * @param transcript  redacted: its texts are shown as they are
 * @returns           `agent.version` is that of who exports, as a transcript does not say its own. A timestamp is
 *                    the start of the run and its own clock, which stands still while a run is interrupted.
 */
export function atifTrajectory(transcript: Transcript): JsonObject {
  const { run_id, model } = transcript
  const steps = stepsOf(transcript).map((step, index): JsonObject => ({ step_id: index + 1, ...step() }))
  return {
    schema_version: SCHEMA_VERSION,
    ...(run_id !== null && { session_id: run_id }),
    agent: { name: packageJson.name, version: packageJson.version, ...(model !== null && { model_name: model }) },
    steps,
    final_metrics: finalMetrics(transcript, steps.length),
    extra: runExtra(transcript),
  }
}

function stepsOf(transcript: Transcript): Step[] {
  const { messages, model } = transcript
  const calls = messages.flatMap(({ content }) => content.filter(isToolUseBlock))
  const tools = new Map(calls.map(({ id, name }) => [id, name]))
  const steps: Step[] = []
  let agent: AgentStep | null = null
  for (const passage of passagesOf(transcript)) {
    if (passage.role === 'user') {
      const { content } = passage.message
      const own = agent === null ? content : agent.hears(content)
      if (own.length === 0) continue
      const when = passage.isCopied ? { is_copied_context: true } : timestamp(transcript, 0)
      steps.push(() => ({ source: 'user', message: contentOf(own), ...when }))
      continue
    }
    const { turn, message } = passage
    const next = openAgentStep({ content: message?.content ?? [], turn, model, tools })
    steps.push(() => ({ ...(turn !== null && timestamp(transcript, turn.started_ms)), ...next.step() }))
    agent = next
  }
  return steps.length > 0 ? steps : [() => noStep(transcript)]
}

/** The format wants a step; of a run that never began there is none but why. */
function noStep({ question, error, status }: Transcript): JsonObject {
  if (question !== null) return { source: 'user', message: question }
  return { source: 'system', message: error === null ? `run ${status}` : `${error.code}: ${error.message}` }
}

function timestamp({ started_at }: Transcript, atMs: number): JsonObject {
  const startedAt = started_at === null ? Number.NaN : Date.parse(started_at)
  return Number.isNaN(startedAt) ? {} : { timestamp: new Date(startedAt + atMs).toISOString() }
}

/** Of the whole run, with what attempts cost that never became a message. */
function finalMetrics({ usage, totals, duration_ms }: Transcript, steps: number): JsonObject {
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens, cost_usd } = usage
  return {
    total_prompt_tokens: input_tokens + cache_read_input_tokens + cache_creation_input_tokens,
    total_completion_tokens: output_tokens,
    total_cached_tokens: cache_read_input_tokens,
    ...(cost_usd !== null && { total_cost_usd: cost_usd }),
    total_steps: steps,
    extra: { cache_creation_input_tokens, duration_ms, ...totals },
  }
}

function runExtra(transcript: Transcript): JsonObject {
  const { version, status, exit_code, question, answer, structured, error, started_at, policy_changes } = transcript
  return {
    transcript_version: version,
    status,
    exit_code,
    question,
    answer,
    structured,
    error,
    started_at,
    policy_changes,
  }
}
