/**
 * The library: `ask` answers one question as the command does, without its terminal; `defineTool`
 * is how a tool is written. Nothing is read from the current directory or from the user's config
 * file; the environment is that of the process unless another one is given. What `ask` needs is loaded
 * when it is called: tool files import this file for `defineTool` alone.
 */

import type { Effort, Protocol } from './contract/model.ts'
import type { AskConsent } from './contract/permission.ts'
import type { ToolOverride } from './contract/tool-override.ts'
import type { AskRun } from './index-run.ts'
import { openAskRun } from './index-run.ts'

export type { AgentError, ExitCode } from './contract/error.ts'
export type { AgentEvent, AgentEventType, RunError, RunStatus } from './contract/event.ts'
export type { Outcome, OutcomeStatus } from './contract/outcome.ts'
export type { AskConsent, ConsentRequest } from './contract/permission.ts'
export type { Policy } from './contract/policy.ts'
export type { Effect, Priority } from './contract/tool.ts'
export type { ToolOverride } from './contract/tool-override.ts'
export type { ToolCallRecord, Transcript, TurnRecord } from './contract/transcript.ts'
export type { InputOf, PlainSchema, StandardSchema, ToolContext, ToolSpec } from './define-tool.ts'
export { defineTool } from './define-tool.ts'
export type { AskRun } from './index-run.ts'

export type AskOptions = {
  question: string
  model?: string
  apiKey?: string
  /** Of another server that speaks the Messages API; it needs no key. */
  baseUrl?: string
  /** The planner without a language model. */
  offline?: boolean
  system?: string
  /** A JSON Schema: the answer is JSON that fits it, in the transcript's `structured`; exit code 7 where it does not. */
  schema?: Readonly<Record<string, unknown>>
  maxTokens?: number
  effort?: Effort
  /** `text`: for models without native tool use. Default `native`. */
  protocol?: Protocol
  /** Tool files and folders of them. */
  tools?: readonly string[]
  /** MCP servers: files, commands, URLs. */
  mcp?: readonly string[]
  /** Whether a server that does not start ends the run. Default false: it goes on without. */
  requireMcp?: boolean
  /** Whether the shipped tools are there. Default true. */
  builtins?: boolean
  /** Names of the tools to keep. */
  only?: readonly string[]
  /** Names or globs of destructive tools, and of shipped ones that are off, that may run. */
  allow?: readonly string[]
  /** Names or globs of tools that may not run, whatever else is said. */
  deny?: readonly string[]
  /** Asked about each destructive call that `allow` does not name. Default: such calls are denied. */
  onConsent?: AskConsent
  /** Folder that `read_file` may read. */
  root?: string
  /** Tool calls that run at once. Default 64. */
  concurrency?: number
  /** Of one attempt of a tool, ms. */
  toolTimeoutMs?: number
  /** What holds for tools, by name or glob (`*` stands for any characters), over their own words; the last one wins. */
  policies?: Readonly<Record<string, ToolOverride>>
  /** Calls of a kind that run at once. */
  slots?: { threads?: number; commands?: number; mcp?: number }
  /** What the first failed call means for the others. Default `collect`: the model is told. */
  onError?: 'collect' | 'no-new' | 'fail-fast'
  /** What optional calls may take once all others are done, ms. Default 250. */
  optionalGraceMs?: number
  /** Calls still running after that many ms are answered as pending; their results follow. */
  earlyResultsMs?: number
  /** From then on, ms, the model answers from what there is. */
  answerByMs?: number
  /** Of all messages of the run, read and written. */
  maxTotalTokens?: number
  /** US dollars; the price of the model must be known. */
  maxCostUsd?: number
  /** Of the whole run, ms. */
  timeoutMs?: number
  maxTurns?: number
  failOnToolError?: boolean
  /** Keeps what the model and the tools say in this file. */
  record?: string
  /** Answers from a file that `record` or the command's `--json` has written; no key, no network. */
  replay?: string
  /** Of `replay`: 0 at once, 1 at the recorded pace, N times as fast. Default 0. */
  replaySpeed?: number
  /** Of `replay`: tools run for real. */
  liveTools?: boolean
  /**
   * Keeps a journal, with which `agent resume` goes on after a crash: a file that is not there yet, or `true` for
   * the folder of all runs. Default false.
   */
  journal?: string | boolean
  /** When the journal waits for the disk. Default `normal`: around calls that do more than read. */
  durability?: 'normal' | 'strict' | 'off'
  /** Sends OpenTelemetry spans to this collector, with the headers of OTEL_EXPORTER_OTLP_HEADERS. */
  otel?: string
  /** Of `otel`: questions, answers, inputs and outputs are in the spans. */
  otelContent?: boolean
  /** Ends the run as `abort` does. */
  signal?: AbortSignal
  /** Told of what the command would say on stderr, as it would say it: warnings, and the lines that tools print. */
  onNotice?: (text: string) => void
  /** Default `process.env`. */
  environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Answers one question, and returns at once. Nothing is printed, no signal is listened to, and the
 * process is left alone.
 */
export function ask(options: AskOptions): AskRun {
  return openAskRun(async (running) => {
    const { askOnce } = await import('./index-ask.ts')
    return askOnce(options, running)
  })
}
