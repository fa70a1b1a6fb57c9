/**
 * What was decided before the run: flags over environment over config file, all resolved and
 * checked. config.ts makes it; everybody else only reads.
 */
import type { AnswerForm, Effort, Protocol } from './model.ts'
import type { ToolSaying } from './tool-override.ts'

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
  /** `text`: for models without native tool use, calls are asked for and written as JSON text. */
  protocol: Protocol
  /** Proxy for https, from HTTPS_PROXY; NO_PROXY is honoured, loopback never proxied. */
  proxyUrl: string | null
  noProxy: string | null
  /** Silence on the stream after which an attempt is given up. */
  idleTimeoutMs: number
  /** The longest that one message may take, all in all. */
  messageTimeoutMs: number
}

/** How many calls of a kind run at once; null: as many as suit the machine. */
export type SlotsConfig = {
  /** Plain functions, each in a thread. */
  threads: number | null
  commands: number | null
  /** Of each MCP server. */
  mcp: number | null
}

export type ToolsConfig = {
  /** Tool files and folders of them, in the order of the command line. */
  paths: ToolPlace[]
  /** MCP servers, in the order of the command line. */
  mcp: McpPlace[]
  /** Whether the run ends (exit 3) where one of them does not start. */
  requireMcp: boolean
  builtins: boolean
  /** Names to keep; null keeps all. */
  only: string[] | null
  /** Names or globs of shipped tools that are off, and of destructive ones, that may run. */
  allow: string[]
  /** Names or globs of tools that may not run, whatever else is said. */
  deny: string[]
  /** Root folder of read_file, absolute; null leaves it off. */
  root: string | null
  allowDotfiles: boolean
  allowPrivateNetwork: boolean
  /** What is said of tools over their own words: config file, then flags; the last one wins. */
  sayings: ToolSaying[]
  /** For tools that have none of their own; null: 60 s. */
  defaultTimeoutMs: number | null
  slots: SlotsConfig
  /** Environment of the tool host and of commands: ours without the model's credentials. */
  environment: Record<string, string>
  /** What programs need to run at all; MCP servers and commands with an `env` of their own get this. */
  baseEnvironment: Record<string, string>
  /** All that may be asked for by name: ours without the model's credentials. */
  variables: Record<string, string>
}

/** An absolute path, and where it was said, for people: `--tools`, or a key and its file. */
export type ToolPlace = { path: string; from: string }

/**
 * What `--mcp` names: a file, a command or a URL, the folder that a file's path is relative to, and where it
 * was said, as of a tool file.
 */
export type McpPlace = { text: string; directory: string; from: string }

/** A file that goes along with the question. */
export type Attachment = { path: string; mediaType: string; kind: 'text' | 'image' | 'pdf'; data: Buffer }

/**
 * What a journal waits for: `normal`, the disk before and after calls that do more than read; `strict`,
 * the disk after every record; `off`, nothing.
 */
export type Durability = 'normal' | 'strict' | 'off'

/** `no-new`: running calls finish, none starts. `fail-fast`: they are canceled. Both end the run. */
export type OnError = 'collect' | 'no-new' | 'fail-fast'

/** The policies of a whole run. */
export type RunPolicies = {
  /** What the first failed call means for the others. */
  onError: OnError
  /** Calls still running so long after their message are answered as pending; null: they are waited for. */
  earlyResultsMs: number | null
  /** From then on the model answers from what there is; null: it has all the time. */
  answerByMs: number | null
  /** What optional calls may take once all others are done. */
  optionalGraceMs: number
  /** Of all requests together, input and output; null: no limit. */
  maxTotalTokens: number | null
  /** US dollars; null: no limit. */
  maxCostUsd: number | null
}

export type JournalConfig = {
  enabled: boolean
  /** null: named after the run, in the folder. */
  path: string | null
  /** Of all runs, absolute; null: nobody has a home here. */
  folder: string | null
  durability: Durability
  /** The newest that are kept, and for how many days. */
  keep: number
  keepDays: number
}

/** What a run is recorded to, or answered from; paths are absolute. */
export type CassetteConfig =
  | { type: 'record'; path: string }
  | {
      type: 'replay'
      path: string
      /** 0: at once; 1: at the recorded pace; N: so many times as fast. */
      speed: number
      /** Whether tools run for real; else they too answer as they did. */
      liveTools: boolean
      /** The model that was asked for by name; null: whichever was recorded. */
      model: string | null
    }

/** Where spans go and what they hold. */
export type TracingConfig = {
  /** Of the collector's traces; it holds no credentials. */
  url: string
  /** Their values are secrets. */
  headers: Record<string, string>
  /** Attributes of all that is sent: `service.name` and the like. */
  resource: Record<string, string>
  /** Whether what is asked, answered and returned is in the spans. */
  content: boolean
  /** As they came in, checked by nobody; empty: none. */
  traceparent: string
  tracestate: string
}

export type Config = {
  model: ModelConfig
  tools: ToolsConfig
  /** The instructions; they hold nothing that changes between runs. */
  system: string
  /** Tool calls that run at once. */
  concurrency: number
  policies: RunPolicies
  journal: JournalConfig
  maxTurns: number
  /** The whole run, ms; null: no limit. */
  timeoutMs: number | null
  failOnToolError: boolean
  /** Ask the server to cache the growing conversation, from the second turn on. */
  cache: boolean
  cassette: CassetteConfig | null
  /** null: prose. */
  answer: AnswerForm | null
  /** null: no traces. */
  tracing: TracingConfig | null
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
  /** Of the terminal, for what moves on it. */
  columns: number
  /** What COLUMNS says, for pictures, which are fitted to the terminal they go to where it says nothing. */
  namedColumns: number | null
  /** Whether stdout, or the file of -o, gets colours. */
  outputColour: boolean
  /** Whether a picture of the run is drawn at its end. */
  timings: boolean
}
