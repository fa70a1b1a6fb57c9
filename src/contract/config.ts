/**
 * What was decided before the run: flags over environment over config file, all resolved and
 * checked. config.ts makes it; everybody else only reads.
 */
import type { Effort } from './model.ts'
import type { Effect, Policy } from './tool.ts'

export type OutputFormat = 'prose' | 'json' | 'jsonl'
export type Verbosity = 'quiet' | 'normal' | 'verbose' | 'debug'

export type Credentials = { kind: 'api_key' | 'auth_token'; value: string }

export type ModelConfig = {
  /** `offline` is the planner of our own. */
  name: string
  baseUrl: string | null
  /** null only with a base URL that is not Anthropic's, or offline. */
  credentials: Credentials | null
  maxTokens: number
  effort: Effort | null
  /** Proxy for https, from HTTPS_PROXY; NO_PROXY is honoured, loopback never proxied. */
  proxyUrl: string | null
  noProxy: string | null
  /** Silence on the stream after which an attempt is given up. */
  idleTimeoutMs: number
  /** The longest that one message may take, all in all. */
  messageTimeoutMs: number
}

/** What the config file says of a tool, under its name or a glob. */
export type ToolOverride = Policy & { effect?: Effect }

export type ToolsConfig = {
  /** Module files and folders of them, absolute, in the order of the command line. */
  paths: string[]
  builtins: boolean
  /** Names to keep; null keeps all. */
  only: string[] | null
  /** Names (of shipped tools that are off, or destructive ones) that may run. */
  allow: string[]
  /** Root folder of read_file, absolute; null leaves it off. */
  root: string | null
  allowDotfiles: boolean
  allowPrivateNetwork: boolean
  overrides: { pattern: string; override: ToolOverride }[]
  /** For all tools, over everything else; null leaves each its own. */
  timeoutMs: number | null
  /** For tools that have none of their own; null: 60 s. */
  defaultTimeoutMs: number | null
  /** Environment of the tool host: ours without the model's credentials. */
  environment: Record<string, string>
}

/** A file that goes along with the question. */
export type Attachment = { path: string; mediaType: string; kind: 'text' | 'image' | 'pdf'; data: Buffer }

export type Config = {
  model: ModelConfig
  tools: ToolsConfig
  /** The instructions; they hold nothing that changes between runs. */
  system: string
  /** Tool calls that run at once. */
  concurrency: number
  maxTurns: number
  /** The whole run, ms; null: no limit. */
  timeoutMs: number | null
  failOnToolError: boolean
  /** Ask the server to cache the growing conversation, from the second turn on. */
  cache: boolean
}

/** How the run is shown. Only the command line has one of these. */
export type DisplayConfig = {
  format: OutputFormat
  /** null: stdout. */
  outputFile: string | null
  verbosity: Verbosity
  colour: boolean
  /** Whether stderr is a terminal that can redraw lines. */
  animate: boolean
  /** Whether the answer goes to a terminal, and so is streamed. */
  streamAnswer: boolean
  columns: number
}
