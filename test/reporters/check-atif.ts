/**
 * The Agent Trajectory Interchange Format, version 1.8, as its specification has it: every field of every
 * object, no other, and what one says of another. Harbor's own models refuse the same.
 *
 * @see "RFC 0001: Agent Trajectory Interchange Format", the Harbor project
 */
import * as z from 'zod'

const extra = z.exactOptional(z.record(z.string(), z.json()))
const text = z.exactOptional(z.string())
const count = z.exactOptional(z.int().min(0))
const usd = z.exactOptional(z.number().min(0))
const imageSource = z.strictObject({
  media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
  path: z.string().min(1),
})
const audioSource = z.strictObject({
  media_type: z.enum([
    'audio/wav',
    'audio/mpeg',
    'audio/mp4',
    'audio/aac',
    'audio/ogg',
    'audio/flac',
    'audio/webm',
    'audio/aiff',
  ]),
  path: z.string().min(1),
  duration_sec: z.exactOptional(z.number().min(0)),
})
const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string() }),
  z.strictObject({ type: z.literal('image'), source: imageSource }),
  z.strictObject({ type: z.literal('audio'), source: audioSource }),
])
const content = z.union([z.string(), z.array(part)])
const toolCall = z.strictObject({
  tool_call_id: z.string().min(1),
  function_name: z.string(),
  arguments: z.record(z.string(), z.json()),
  extra,
})
const subagentRef = z
  .strictObject({ trajectory_id: text, trajectory_path: text, session_id: text, extra })
  .refine((ref) => ref.trajectory_id !== undefined || ref.trajectory_path !== undefined)
const observation = z.strictObject({
  results: z.array(
    z.strictObject({
      source_call_id: text,
      content: z.exactOptional(content),
      subagent_trajectory_ref: z.exactOptional(z.array(subagentRef)),
      extra,
    }),
  ),
})
const metrics = z
  .strictObject({
    prompt_tokens: count,
    completion_tokens: count,
    cached_tokens: count,
    cost_usd: usd,
    prompt_token_ids: z.exactOptional(z.array(z.int())),
    completion_token_ids: z.exactOptional(z.array(z.int())),
    logprobs: z.exactOptional(z.array(z.number())),
    extra,
  })
  .refine(({ prompt_tokens = 0, cached_tokens = 0 }) => cached_tokens <= prompt_tokens, 'more cached than sent')
const anyStep = {
  step_id: z.int().min(1),
  timestamp: z.exactOptional(z.iso.datetime()),
  message: content,
  observation: z.exactOptional(observation),
  is_copied_context: z.exactOptional(z.boolean()),
  llm_call_count: count,
  extra,
}
const step = z.discriminatedUnion('source', [
  z.strictObject({ source: z.enum(['user', 'system']), ...anyStep }),
  z.strictObject({
    source: z.literal('agent'),
    ...anyStep,
    model_name: text,
    reasoning_effort: z.exactOptional(z.union([z.string(), z.number()])),
    reasoning_content: text,
    tool_calls: z.exactOptional(z.array(toolCall)),
    metrics: z.exactOptional(metrics),
  }),
])
const trajectory = z.strictObject({
  schema_version: z.literal('ATIF-v1.8'),
  session_id: text,
  trajectory_id: text,
  agent: z.strictObject({
    name: z.string().min(1),
    version: z.string().min(1),
    model_name: text,
    tool_definitions: z.exactOptional(z.array(z.record(z.string(), z.json()))),
    extra,
  }),
  steps: z.array(step).min(1),
  notes: text,
  final_metrics: z.exactOptional(
    z.strictObject({
      total_prompt_tokens: count,
      total_completion_tokens: count,
      total_cached_tokens: count,
      total_cost_usd: usd,
      total_steps: count,
      extra,
    }),
  ),
  continued_trajectory_ref: text,
  extra,
  subagent_trajectories: z.exactOptional(z.array(z.json())),
})

export type Trajectory = z.infer<typeof trajectory>
export type TrajectoryStep = z.infer<typeof step>

/** @throws where the document is none of the format's, or contradicts itself */
export function parseTrajectory(document: unknown): Trajectory {
  const parsed = trajectory.parse(JSON.parse(JSON.stringify(document)))
  const faults = parsed.steps.flatMap((one, index) => [
    ...(one.step_id === index + 1 ? [] : [`step ${index + 1} is numbered ${one.step_id}`]),
    ...stepFaults(one),
  ])
  const steps = parsed.final_metrics?.total_steps
  if (steps !== undefined && steps !== parsed.steps.length) faults.push(`${steps} steps are counted`)
  if (faults.length > 0) throw new Error(faults.join('; '))
  return parsed
}

function stepFaults(one: TrajectoryStep): string[] {
  const calls = one.source === 'agent' ? (one.tool_calls ?? []).map(({ tool_call_id }) => tool_call_id) : []
  const sources = (one.observation?.results ?? []).flatMap(({ source_call_id }) => source_call_id ?? [])
  const dispatched = one.source === 'agent' && one.llm_call_count === 0
  return [
    ...(new Set(calls).size === calls.length ? [] : [`step ${one.step_id} has a call twice`]),
    ...(new Set(sources).size === sources.length ? [] : [`step ${one.step_id} has two results of a call`]),
    ...sources.filter((id) => !calls.includes(id)).map((id) => `step ${one.step_id} has no call ${id}`),
    ...(dispatched && (one.metrics ?? one.reasoning_content) ? [`step ${one.step_id} is no message of a model`] : []),
  ]
}
