/**
 * What `ask` of the library does: options in, a whole run, its transcript out. Apart from index.ts, so
 * that a tool file which imports `defineTool` loads none of it.
 */
import { loadConfig, readEnvironment } from './config.ts'
import { environmentRedactor } from './config-environment.ts'
import { systemClock } from './contract/clock.ts'
import { AgentError } from './contract/error.ts'
import type { JsonValue } from './contract/json.ts'
import { redactJson } from './contract/redact.ts'
import type { Notify } from './contract/reporter.ts'
import type { Transcript } from './contract/transcript.ts'
import { NO_FLAGS } from './flags.ts'
import type { AskOptions } from './index.ts'
import { openRun } from './open-run.ts'

/** @see ask in index.ts */
export async function askOnce(question: string, options: AskOptions): Promise<Transcript> {
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
    askConsent: options.onConsent ?? null,
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
  const { tools = [], mcp = [], only, allow = [], deny = [] } = options
  return {
    ...NO_FLAGS,
    model: options.model ?? null,
    baseUrl: options.baseUrl ?? null,
    system: options.system ?? null,
    maxTokens: options.maxTokens ?? null,
    effort: options.effort ?? null,
    protocol: options.protocol ?? null,
    offline: options.offline ?? false,
    tools: [...tools],
    mcp: [...mcp],
    requireMcp: options.requireMcp ?? false,
    builtins: options.builtins ?? true,
    only: only === undefined ? null : [...only],
    allow: [...allow],
    deny: [...deny],
    root: options.root ?? null,
    concurrency: options.concurrency ?? null,
    toolTimeoutMs: options.toolTimeoutMs ?? null,
    timeoutMs: options.timeoutMs ?? null,
    maxTurns: options.maxTurns ?? null,
    failOnToolError: options.failOnToolError ?? false,
  }
}
