/**
 * What was typed after `agent ask`, nothing decided yet: config.ts says what it means together with the
 * environment and the config file. How the values are read stands in flags-readers.ts and
 * flags-policies.ts.
 */

import type { Durability, OnError, SlotsConfig } from './contract/config.ts'
import type { JsonObject } from './contract/json.ts'
import type { Effort, Protocol } from './contract/model.ts'
import type { ToolSaying } from './contract/tool-override.ts'

export const DURABILITIES: readonly Durability[] = ['normal', 'strict', 'off']
export const EFFORTS: readonly Effort[] = ['low', 'medium', 'high', 'xhigh', 'max']
export const PROTOCOLS: readonly Protocol[] = ['native', 'text']
export const ON_ERROR: readonly OnError[] = ['collect', 'no-new', 'fail-fast']

export type AskFlags = {
  model: string | null
  baseUrl: string | null
  /** The text itself, or `@FILE`. */
  system: string | null
  maxTokens: number | null
  effort: Effort | null
  protocol: Protocol | null
  offline: boolean
  cache: boolean
  tools: string[]
  mcp: string[]
  requireMcp: boolean
  builtins: boolean
  only: string[] | null
  allow: string[]
  deny: string[]
  root: string | null
  allowDotfiles: boolean
  allowPrivateNetwork: boolean
  cleanEnvironment: boolean
  concurrency: number | null
  sequential: boolean
  /** What is said of tools, in the order of the command line. */
  toolSayings: ToolSaying[]
  timeoutMs: number | null
  maxTurns: number | null
  slots: Partial<SlotsConfig>
  onError: OnError | null
  optionalGraceMs: number | null
  earlyResultsMs: number | null
  answerByMs: number | null
  maxTotalTokens: number | null
  maxCostUsd: number | null
  failOnToolError: boolean
  json: boolean
  jsonl: boolean
  output: string | null
  quiet: boolean
  verbose: boolean
  debug: boolean
  timings: boolean
  colour: boolean
  files: string[]
  dryRun: boolean
  /** A JSON Schema that the answer is to fit, or a file of one. */
  schema: string | null
  record: string | null
  replay: string | null
  replaySpeed: number | null
  liveTools: boolean
  /** A collector's URL. */
  otel: string | null
  otelContent: boolean
  config: string | null
  /** A path: the journal of this run. */
  journal: string | null
  noJournal: boolean
  durability: Durability | null
  /** A finished run whose conversation goes on: its id, `last` or a file. */
  continueRun: string | null
}

/** Nothing was typed. */
export const NO_FLAGS: AskFlags = {
  model: null,
  baseUrl: null,
  system: null,
  maxTokens: null,
  effort: null,
  protocol: null,
  offline: false,
  cache: true,
  tools: [],
  mcp: [],
  requireMcp: false,
  builtins: true,
  only: null,
  allow: [],
  deny: [],
  root: null,
  allowDotfiles: false,
  allowPrivateNetwork: false,
  cleanEnvironment: false,
  concurrency: null,
  sequential: false,
  toolSayings: [],
  timeoutMs: null,
  maxTurns: null,
  slots: {},
  onError: null,
  optionalGraceMs: null,
  earlyResultsMs: null,
  answerByMs: null,
  maxTotalTokens: null,
  maxCostUsd: null,
  failOnToolError: false,
  json: false,
  jsonl: false,
  output: null,
  quiet: false,
  verbose: false,
  debug: false,
  timings: false,
  colour: true,
  files: [],
  dryRun: false,
  schema: null,
  record: null,
  replay: null,
  replaySpeed: null,
  liveTools: false,
  otel: null,
  otelContent: false,
  config: null,
  journal: null,
  noJournal: false,
  durability: null,
  continueRun: null,
}

/** As a journal keeps them. */
export function flagsJson(flags: AskFlags): JsonObject {
  return JSON.parse(JSON.stringify(flags))
}

/** Whether a value of `--schema` is the schema itself; else it names a file. A list is a mistake that is told as such. */
export function isSchemaText(text: string): boolean {
  return /^\s*[{[]/.test(text)
}

export const MAX_TURNS = 10_000
export const MAX_TOKENS = 10_000_000
/** Of all messages of a run together. */
export const MAX_TOTAL_TOKENS = 1_000_000_000
export const MIN_COST_USD = 0.0001
export const MAX_COST_USD = 1_000_000
export const MAX_REPLAY_SPEED = 1_000
/** Slower than this nobody waits for. */
export const MIN_REPLAY_SPEED = 0.1

/** 0: at once. */
export function isReplaySpeed(speed: number): boolean {
  return speed === 0 || (speed >= MIN_REPLAY_SPEED && speed <= MAX_REPLAY_SPEED)
}
