/**
 * Puts a run together: config in; model, tools, scheduler and bus out. The tool host is forked before
 * the model client is loaded, so that the two start side by side.
 */
import packageJson from '../package.json' with { type: 'json' }
import type { Clock } from './contract/clock.ts'
import type { Config } from './contract/config.ts'
import { appendUser } from './contract/conversation.ts'
import { AgentError } from './contract/error.ts'
import type { EventOf } from './contract/event.ts'
import type { Journal, JournalHeader } from './contract/journal.ts'
import { journalChanges } from './contract/journal-changes.ts'
import type { JsonObject } from './contract/json.ts'
import type { Message } from './contract/message.ts'
import type { Model, ModelRequest } from './contract/model.ts'
import { OFFLINE_MODEL } from './contract/model.ts'
import type { AskConsent } from './contract/permission.ts'
import { permissionOf } from './contract/permission.ts'
import type { Notify, Reporter } from './contract/reporter.ts'
import type { CloseOptions } from './contract/source.ts'
import type { Transcript } from './contract/transcript.ts'
import type { StoredJournal } from './journal/read.ts'
import { openModel } from './models/open-model.ts'
import { openSlots, startTools } from './open-tools.ts'
import { openBus } from './run/bus.ts'
import { timeoutError } from './run/limits.ts'
import type { Question } from './run/question.ts'
import { questionMessage } from './run/question.ts'
import type { Restored } from './run/restored-run.ts'
import { run } from './run/run.ts'
import { newRunId } from './run/run-id.ts'
import type { Unknown } from './run/taken-up.ts'
import { Scheduler } from './schedule/scheduler.ts'
import type { Registry } from './sources/registry.ts'

export type OpenRunDeps = {
  clock: Clock
  notify: Notify
  /** What tools write to their stdout and stderr. */
  toolOutput: (chunk: Buffer) => void
  reporters: readonly Reporter[]
  /** Who is asked about destructive calls; null: nobody is there, and they are denied. */
  askConsent: AskConsent | null
  /** What a journal is to say of how the run was begun; null: it has none. */
  journaling: Journaling | null
}

export type Journaling = {
  /** As they were typed. */
  flags: JsonObject
  directory: string
  redact: (text: string) => string
}

/** A run that was interrupted, as its journal has it. */
export type Going = {
  stored: StoredJournal
  restored: Restored
  unknown: Unknown
  /** Also where tools, model or version have changed. */
  force: boolean
}

export interface OpenRun {
  /**
   * Asks one question, on top of the messages `before` it. Abort `signal` with an AgentError as its reason: the run then ends with that
   * error's exit code, and its transcript is still whole.
   * @throws AgentError where the output could not be written
   */
  ask(question: Question, signal: AbortSignal, before?: readonly Message[]): Promise<Transcript>
  /** Goes on with a run, as `ask` ends. @throws AgentError `run-changed` (exit 3) */
  resume(going: Going, signal: AbortSignal): Promise<Transcript>
  /** The first request as it would be sent. */
  preview(question: Question): JsonObject
  /** @see StartedTools.disposes */
  readonly disposes: boolean
  /** Of what was opened, the last first. */
  close(options?: CloseOptions): Promise<void>
}

/** @throws AgentError where a tool does not load, or two have one name (exit 3) */
export async function openRun(config: Config, deps: OpenRunDeps): Promise<OpenRun> {
  const { clock, notify, toolOutput } = deps
  const offline = config.model.name === OFFLINE_MODEL
  const tools = startTools(config.tools, { offline, clock, notify, toolOutput })
  try {
    const opened = Promise.all([openModel(config.model, { clock, notify }), tools.registry])
    const [model, registry] = await inTime(opened, config.timeoutMs, clock)
    const close = async (options?: CloseOptions) => {
      const modelClosed = model.close()
      if (!options?.now) await modelClosed
      await Promise.all([modelClosed, tools.close(options)])
    }
    return {
      ask: (question, signal, before = []) => {
        const messages = [...before]
        appendUser(messages, questionMessage(question).content)
        const began = { runId: newRunId(), question: question.text, messages }
        return conduct(config, deps, model, registry, { ...began, going: null }, signal)
      },
      resume: (going, signal) => {
        const { run_id, question, messages } = startOf(going)
        const began = { runId: run_id, question, messages: [...messages] }
        return conduct(config, deps, model, registry, { ...began, going }, signal)
      },
      preview: (question) => model.preview(firstRequest(config, registry, question)),
      close,
      get disposes() {
        return tools.disposes
      },
    }
  } catch (error) {
    await tools.close({ now: true })
    throw error
  }
}

/** A tool file that never finishes loading must not outlive `--timeout`. */
function inTime<T>(opened: Promise<T>, timeoutMs: number | null, clock: Clock): Promise<T> {
  if (timeoutMs === null) return opened
  return new Promise((resolve, reject) => {
    const stop = clock.timer(timeoutMs - clock.now(), () => reject(timeoutError(timeoutMs)))
    opened.then(resolve, reject).finally(stop)
  })
}

type Begun = { runId: string; question: string; messages: Message[]; going: Going | null }

async function conduct(
  config: Config,
  deps: OpenRunDeps,
  model: Model,
  registry: Registry,
  { runId, question, messages, going }: Begun,
  outer: AbortSignal,
): Promise<Transcript> {
  const { clock, reporters, askConsent } = deps
  const journal = await openJournal(config, deps, { runId, model, registry, going })
  const controller = new AbortController()
  const forward = () => controller.abort(outer.reason)
  if (outer.aborted) forward()
  else outer.addEventListener('abort', forward, { once: true })
  const bus = openBus(reporters, clock, {
    journal,
    past: going?.stored.events ?? [],
    onBroken: (error) => controller.abort(error),
  })
  const scheduler = new Scheduler({
    runId,
    clock,
    emit: bus.emit,
    slots: openSlots(config.concurrency, config.tools.slots),
    explainMissing: registry.explain,
    permission: (tool) => permissionOf(tool, config.tools, askConsent),
    onError: config.policies.onError,
  })
  const { maxTurns, timeoutMs, policies, failOnToolError, cache, system } = config
  const callIds = new Set(going?.restored.callIds)
  try {
    await run(
      { model, scheduler, findTool: registry.find, emit: bus.emit, clock, callIds },
      {
        runId,
        version: packageJson.version,
        question,
        messages,
        system: going?.stored.header.system ?? system,
        tools: registry.tools,
        maxTokens: config.model.maxTokens,
        effort: config.model.effort,
        maxTurns,
        timeoutMs,
        policies,
        cache,
        failOnToolError,
        resumed: going,
      },
      controller.signal,
    )
  } finally {
    outer.removeEventListener('abort', forward)
    journal?.close()
  }
  return bus.close()
}

/** null: the run has none. @throws AgentError */
async function openJournal(
  config: Config,
  { clock, notify, journaling }: OpenRunDeps,
  { runId, model, registry, going }: { runId: string; model: Model; registry: Registry; going: Going | null },
): Promise<Journal | null> {
  if (journaling === null || (going === null && !config.journal.enabled)) return null
  const { beginJournal, continueJournal, journaledTools } = await import('./open-journal.ts')
  const { flags, directory, redact } = journaling
  const header: JournalHeader = {
    format: 1,
    version: packageJson.version,
    run_id: runId,
    directory,
    flags,
    model: model.name,
    base_url: config.model.baseUrl,
    system: going?.stored.header.system ?? config.system,
    tools: journaledTools(registry.tools),
  }
  if (going === null) return beginJournal(config.journal, header, { clock, notify, redact })
  refuseChanges(going, header)
  return continueJournal(going.stored, config.journal, { clock, notify, redact })
}

function refuseChanges({ stored, force }: Going, now: JournalHeader): void {
  const changes = journalChanges(stored.header, now)
  if (changes.length === 0 || force) return
  throw new AgentError('run-changed', `the run would be another one:\n  ${changes.join('\n  ')}`, {
    exit: 'config',
    hint: 'set back what has changed, or go on all the same with --force',
  })
}

function startOf({ restored }: Going): EventOf<'run_start'> {
  if (restored.start === null) throw new Error('a journal without a run was to be resumed')
  return restored.start
}

function firstRequest(config: Config, { tools }: Registry, question: Question): ModelRequest {
  const { model, system } = config
  return {
    system,
    messages: [questionMessage(question)],
    tools,
    maxTokens: model.maxTokens,
    effort: model.effort,
    toolChoice: 'auto',
    cache: false,
    timeLimitMs: null,
  }
}
