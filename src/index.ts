/**
 * The library: `ask` answers one question as the command does, without its terminal; `defineTool`
 * is how a tool is written. Nothing is read from the current directory or from the user's config
 * file; the environment is that of the process unless another one is given.
 */
import { loadConfig, readEnvironment } from './config.ts'
import { environmentRedactor } from './config-environment.ts'
import { systemClock } from './contract/clock.ts'
import { AgentError } from './contract/error.ts'
import type { AgentEvent } from './contract/event.ts'
import type { JsonValue } from './contract/json.ts'
import type { Effort } from './contract/model.ts'
import { redactJson } from './contract/redact.ts'
import type { Notify } from './contract/reporter.ts'
import type { Transcript } from './contract/transcript.ts'
import { NO_FLAGS } from './flags.ts'
import { openRun } from './open-run.ts'

export type { AgentError, ExitCode } from './contract/error.ts'
export type { AgentEvent, AgentEventType, RunError, RunStatus } from './contract/event.ts'
export type { Outcome, OutcomeStatus } from './contract/outcome.ts'
export type { Effect, Policy, Priority } from './contract/tool.ts'
export type { ToolCallRecord, Transcript, TurnRecord } from './contract/transcript.ts'
export type { InputOf, StandardSchema, ToolContext, ToolSpec } from './define-tool.ts'
export { defineTool } from './define-tool.ts'

export type AskOptions = {
  model?: string
  apiKey?: string
  /** Of another server that speaks the Messages API; it needs no key. */
  baseUrl?: string
  /** The planner without a language model. */
  offline?: boolean
  system?: string
  maxTokens?: number
  effort?: Effort
  /** Module files and folders of them. */
  tools?: readonly string[]
  /** Whether the shipped tools are there. Default true. */
  builtins?: boolean
  /** Names of the tools to keep. */
  only?: readonly string[]
  /** Names of destructive tools, and of shipped ones that are off, that may run. */
  allow?: readonly string[]
  /** Folder that `read_file` may read. */
  root?: string
  /** Tool calls that run at once. Default 64. */
  concurrency?: number
  /** Of one attempt of a tool, ms. */
  toolTimeoutMs?: number
  /** Of the whole run, ms. */
  timeoutMs?: number
  maxTurns?: number
  failOnToolError?: boolean
  /** Ends the run: its transcript has the status `interrupted`. Best aborted with an AgentError. */
  signal?: AbortSignal
  /** Told of every event as it happens. */
  onEvent?: (event: AgentEvent) => void
  /** Told of what the command would say on stderr: warnings, and what tools print. */
  onNotice?: (text: string) => void
  /** Default `process.env`. */
  environment?: Readonly<Record<string, string | undefined>>
}

/**
 * Answers one question. However the run ends, its transcript says so (`status`, `exit_code`,
 * `error`); only mistakes that keep it from beginning are thrown.
 *
 * @throws AgentError for bad options, missing keys, and tools that do not load
 */
export async function ask(question: string, options: AskOptions = {}): Promise<Transcript> {
  const clock = systemClock(systemClock(0).now())
  const { onEvent, onNotice, signal = new AbortController().signal } = options
  const { environment = readEnvironment(), apiKey } = options
  const notify: Notify = (level, text) => {
    if (level === 'warning') onNotice?.(text)
  }
  refuseBadLimits(options)
  const withKey = apiKey === undefined ? environment : { ...environment, ANTHROPIC_API_KEY: apiKey }
  const config = await loadConfig(flagsOf(options), {
    environment: withKey,
    directory: process.cwd(),
    notify,
    keyNeeded: true,
    userConfig: false,
  })
  const redact = environmentRedactor(withKey)
  // Texts change, the shape stays.
  const clean = <T extends JsonValue>(value: T) => redactJson(value, redact) as T
  const run = await openRun(config, {
    clock,
    notify,
    toolOutput: (chunk) => onNotice?.(chunk.toString('utf8')),
    askConsent: null,
    reporters: [{ report: (event) => onEvent?.(clean(event)), close: () => Promise.resolve() }],
  })
  try {
    return clean(await run.ask({ text: question, context: null, attachments: [] }, signal))
  } finally {
    await run.close()
  }
}

/** What the command refuses as a flag is refused here too: 0 calls at once would wait for ever. */
function refuseBadLimits({ concurrency, maxTurns, maxTokens, toolTimeoutMs, timeoutMs }: AskOptions): void {
  const limits = { concurrency, maxTurns, maxTokens, toolTimeoutMs, timeoutMs }
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined || (value >= 1 && (Number.isInteger(value) || name.endsWith('Ms')))) continue
    throw new AgentError('bad-value', `${name}: ${value} is not a number from 1 up`, { exit: 'usage' })
  }
}

function flagsOf(options: AskOptions): typeof NO_FLAGS {
  const { tools = [], only, allow = [] } = options
  return {
    ...NO_FLAGS,
    model: options.model ?? null,
    baseUrl: options.baseUrl ?? null,
    system: options.system ?? null,
    maxTokens: options.maxTokens ?? null,
    effort: options.effort ?? null,
    offline: options.offline ?? false,
    tools: [...tools],
    builtins: options.builtins ?? true,
    only: only === undefined ? null : [...only],
    allow: [...allow],
    root: options.root ?? null,
    concurrency: options.concurrency ?? null,
    toolTimeoutMs: options.toolTimeoutMs ?? null,
    timeoutMs: options.timeoutMs ?? null,
    maxTurns: options.maxTurns ?? null,
    failOnToolError: options.failOnToolError ?? false,
  }
}
