/**
 * What `ask` of the library does: options in, a whole run, its transcript out. Apart from index.ts, so
 * that a tool file which imports `defineTool` loads none of it.
 */
import { loadConfig, readEnvironment } from './config.ts'
import { credentialRedactor, environmentRedactor } from './config-environment.ts'
import { systemClock } from './contract/clock.ts'
import { emptyTranscript } from './contract/empty-transcript.ts'
import { AgentError, isAgentError, thrownMessage } from './contract/error.ts'
import type { JsonValue } from './contract/json.ts'
import { redactJson } from './contract/redact.ts'
import type { Notify } from './contract/reporter.ts'
import { sanitize } from './contract/sanitize.ts'
import type { ToolSaying } from './contract/tool-override.ts'
import { checkToolOverride, isToolPattern } from './contract/tool-override.ts'
import type { Transcript } from './contract/transcript.ts'
import { currentDirectory } from './current-directory.ts'
import type { AskFlags } from './flags.ts'
import { DURABILITIES, flagsJson, isReplaySpeed, MAX_REPLAY_SPEED, NO_FLAGS, ON_ERROR } from './flags.ts'
import { refuseConflicts } from './flags-conflicts.ts'
import type { AskOptions } from './index.ts'
import type { Running } from './index-run.ts'
import type { Journaling } from './open-run.ts'
import { openRun } from './open-run.ts'
import { openToolLines } from './reporters/tool-lines.ts'

/** @see ask in index.ts */
export async function askOnce(options: AskOptions, running: Running): Promise<Transcript> {
  const clock = systemClock(systemClock(0).now())
  const { question, onNotice } = options
  const { environment = readEnvironment(), apiKey } = options
  const withKey = apiKey === undefined ? environment : { ...environment, ANTHROPIC_API_KEY: apiKey }
  const redact = environmentRedactor(withKey)
  const notify: Notify = (level, text) => {
    if (level === 'warning') onNotice?.(redact(sanitize(text)))
  }
  if (typeof question !== 'string' || question.trim() === '')
    throw badOption(`question: ${JSON.stringify(question)} is no question`)
  refuseBadLimits(options)
  const flags = flagsOf(options)
  refuseConflicts(flags)
  const config = await loadConfig(flags, {
    environment: withKey,
    directory: currentDirectory(),
    notify,
    keyNeeded: true,
    userConfig: false,
  })
  // Texts change, the shape stays.
  const clean = <T extends JsonValue>(value: T) => redactJson(value, redact) as T
  const signal = signalOf(options, running)
  const printed = openToolLines(redact, (text) => onNotice?.(text.replace(/\n$/, '')))
  const opening = openRun(config, {
    clock,
    notify,
    toolOutput: printed.push,
    redact,
    signal,
    askConsent: options.onConsent ?? null,
    journaling: journalingOf(options, flags, credentialRedactor(withKey)),
    reporters: [{ report: (event) => running.tell(clean(event)), close: () => Promise.resolve() }],
  })
  const run = await opening.catch((error: unknown) => {
    if (error === signal.reason && isAgentError(error)) return error
    throw error
  })
  if (run instanceof Error) return endedEarly(question, run, running)
  try {
    return clean(await run.ask({ text: question, context: null, attachments: [] }, signal))
  } finally {
    await Promise.all([run.close(), run.sendTraces()])
    printed.end()
  }
}

/** As the command's, so that the command can go on with it. */
function journalingOf({ journal }: AskOptions, flags: AskFlags, redact: (text: string) => string): Journaling | null {
  if (journal === undefined || journal === false) return null
  return { flags: flagsJson(flags), directory: currentDirectory(), redact }
}

/** The run as it would have been told of: who reads events waits for `run_end`. */
function endedEarly(question: string, reason: AgentError, { tell }: Running): Transcript {
  const { code, message, hint, exitCode } = reason
  const error = { code, message, hint }
  const transcript = { ...emptyTranscript(error, exitCode), question }
  const { status, exit_code, answer, structured } = transcript
  tell({ type: 'run_end', seq: 0, at_ms: 0, status, exit_code, answer, structured, error, usage: null })
  return transcript
}

/** Words are a reason as well: the run ends with them as its error. */
function signalOf({ signal }: AskOptions, running: Running): AbortSignal {
  const controller = new AbortController()
  const ends = signal === undefined ? running.signal : AbortSignal.any([signal, running.signal])
  const forward = () => controller.abort(abortError(ends.reason))
  if (ends.aborted) forward()
  else ends.addEventListener('abort', forward, { once: true })
  return controller.signal
}

function abortError(reason: unknown): AgentError {
  if (isAgentError(reason)) return reason
  // What `abort()` without a reason gives says less than we can.
  const isDefault = reason instanceof DOMException && reason.name === 'AbortError'
  const message = isDefault ? 'the run was aborted' : thrownMessage(reason)
  return new AgentError('interrupted', message, { exit: 'sigint', cause: reason })
}

/** What the command refuses as a flag is refused here too: 0 calls at once would wait for ever. */
function refuseBadLimits(options: AskOptions): void {
  const { concurrency, maxTurns, maxTokens, maxTotalTokens, slots } = options
  const {
    toolTimeoutMs,
    timeoutMs,
    optionalGraceMs,
    earlyResultsMs,
    answerByMs,
    maxCostUsd,
    onError,
    replaySpeed,
    durability,
  } = options
  const whole = { concurrency, maxTurns, maxTokens, maxTotalTokens, ...slots }
  const times = { toolTimeoutMs, timeoutMs, optionalGraceMs, earlyResultsMs, answerByMs }
  for (const [name, value] of Object.entries({ ...whole, ...times })) {
    if (value === undefined || (value >= 1 && (Number.isInteger(value) || name.endsWith('Ms')))) continue
    throw badOption(`${name}: ${value} is not a number from 1 up`)
  }
  if (maxCostUsd !== undefined && !(maxCostUsd > 0)) throw badOption(`maxCostUsd: ${maxCostUsd} is not above 0`)
  if (replaySpeed !== undefined && !isReplaySpeed(replaySpeed))
    throw badOption(`replaySpeed: ${replaySpeed} is not 0, nor a number up to ${MAX_REPLAY_SPEED}`)
  if (durability !== undefined && !DURABILITIES.includes(durability))
    throw badOption(`durability: ${JSON.stringify(durability)} is not one of ${DURABILITIES.join(', ')}`)
  if (onError !== undefined && !ON_ERROR.includes(onError))
    throw badOption(`onError: ${JSON.stringify(onError)} is not one of ${ON_ERROR.join(', ')}`)
}

/** As flags say it: what holds for all tools, then for those of a name or glob. */
function sayingsOf({ toolTimeoutMs, policies = {} }: AskOptions): ToolSaying[] {
  const named = Object.entries(policies).map(([pattern, policy]): ToolSaying => {
    if (!isToolPattern(pattern)) throw badOption(`policies: ${JSON.stringify(pattern)} is no tool name or glob`)
    const { value: says, fault } = checkToolOverride(policy)
    if (fault === null) return { from: `policies ${JSON.stringify(pattern)}`, flag: 'policies', pattern, says }
    const known = fault.known === null ? '' : `; known are ${fault.known.join(', ')}`
    throw badOption(`policies: ${[pattern, ...fault.path].join('.')}: ${fault.reason}${known}`)
  })
  if (toolTimeoutMs === undefined) return named
  const timeout = { from: 'toolTimeoutMs', flag: null, pattern: null, says: { timeout_ms: toolTimeoutMs } }
  return [timeout, ...named]
}

/** As the command would have it typed. */
function schemaText(schema: NonNullable<AskOptions['schema']>): string {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw badOption(`schema: ${JSON.stringify(schema)} is no JSON Schema object`)
  // Of zod and the like: what they are made of is no JSON Schema. What zod makes a JSON Schema bears the mark too.
  if ('~standard' in schema && !('$schema' in schema))
    throw badOption('schema: it is of a schema library; give its JSON Schema, as z.toJSONSchema makes it')
  try {
    return JSON.stringify(schema)
  } catch (error) {
    throw badOption(`schema: is no JSON: ${thrownMessage(error).split('\n')[0]}`)
  }
}

function badOption(message: string): AgentError {
  return new AgentError('bad-value', message, { exit: 'usage' })
}

function flagsOf(options: AskOptions): AskFlags {
  const { tools = [], mcp = [], only, allow = [], deny = [], slots, journal } = options
  return {
    ...NO_FLAGS,
    model: options.model ?? null,
    baseUrl: options.baseUrl ?? null,
    system: options.system ?? null,
    schema: options.schema === undefined ? null : schemaText(options.schema),
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
    toolSayings: sayingsOf(options),
    slots: { ...slots },
    onError: options.onError ?? null,
    optionalGraceMs: options.optionalGraceMs ?? null,
    earlyResultsMs: options.earlyResultsMs ?? null,
    answerByMs: options.answerByMs ?? null,
    maxTotalTokens: options.maxTotalTokens ?? null,
    maxCostUsd: options.maxCostUsd ?? null,
    timeoutMs: options.timeoutMs ?? null,
    maxTurns: options.maxTurns ?? null,
    failOnToolError: options.failOnToolError ?? false,
    record: options.record ?? null,
    replay: options.replay ?? null,
    replaySpeed: options.replaySpeed ?? null,
    liveTools: options.liveTools ?? false,
    journal: typeof journal === 'string' ? journal : null,
    durability: options.durability ?? null,
    otel: options.otel ?? null,
    otelContent: options.otelContent ?? false,
  }
}
