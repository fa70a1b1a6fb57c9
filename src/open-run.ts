/**
 * Puts a run together: config in; model, tools, scheduler and bus out. The tool host is forked before
 * the model client is loaded, so that the two start side by side.
 */

import type { Clock } from './contract/clock.ts'
import type { Config } from './contract/config.ts'
import { appendUser } from './contract/conversation.ts'
import type { EventOf } from './contract/event.ts'
import type { JsonObject } from './contract/json.ts'
import type { Message } from './contract/message.ts'
import type { Model, ModelRequest } from './contract/model.ts'
import { OFFLINE_MODEL } from './contract/model.ts'
import type { AskConsent } from './contract/permission.ts'
import type { Redactor } from './contract/redact.ts'
import type { Notify, Reporter } from './contract/reporter.ts'
import type { CloseOptions } from './contract/source.ts'
import type { Transcript } from './contract/transcript.ts'
import type { StoredJournal } from './journal/read.ts'
import { openModel } from './models/open-model.ts'
import type { RunCassette } from './open-cassette.ts'
import { conduct } from './open-run-conduct.ts'
import { startTools } from './open-tools.ts'
import type { Tracing } from './open-tracing.ts'
import { inTime } from './run/in-time.ts'
import type { Question } from './run/question.ts'
import { questionMessage } from './run/question.ts'
import type { Restored } from './run/restored-run.ts'
import { newRunId } from './run/run-id.ts'
import type { Unknown } from './run/taken-up.ts'
import type { Registry } from './sources/registry.ts'

export type OpenRunDeps = {
  clock: Clock
  notify: Notify
  /** What tools write to their stdout and stderr. */
  toolOutput: (chunk: Buffer) => void
  /** For what is kept of the run. */
  redact: Redactor
  /** Ends the opening, with its reason, and what has been started. */
  signal: AbortSignal
  reporters: readonly Reporter[]
  /** Further ones, opened when nothing keeps the run from beginning any more: their files are emptied. */
  openReporters?: () => Promise<readonly Reporter[]>
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
  /** Its journal stands among our own, and has brought all its flags. */
  isOwn: boolean
}

export interface OpenRun {
  /**
   * Asks one question, on top of the messages `before` it. Abort `signal` with an AgentError as its
   * reason: the run then ends with that error's exit code, and its transcript is still whole.
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
  /** After the run: waits for its traces to be sent, for 2 s at most. Never rejects. */
  sendTraces(): Promise<void>
}

/** @throws AgentError where a tool does not load, or two have one name (exit 3) */
export async function openRun(config: Config, deps: OpenRunDeps): Promise<OpenRun> {
  const { clock, notify, toolOutput } = deps
  const cassette = await inTime(openCassetteOf(config, deps), config.timeoutMs, deps)
  const offline = (cassette?.model ?? config.model.name) === OFFLINE_MODEL
  const tracing = await openTracingOf(config, deps)
  const trace = tracing?.context ?? null
  const tools = startTools(tracing?.toolsConfig(config.tools) ?? config.tools, {
    offline,
    clock,
    notify,
    toolOutput,
    trace,
  })
  try {
    const open = async () => {
      const modelTracing = (await tracing?.modelTracing()) ?? null
      return openModel(config.model, { clock, notify, tracing: modelTracing })
    }
    const opened = Promise.all([cassette?.openModel(open) ?? open(), tools.registry])
    // A tool file may never finish loading.
    const [model, registry] = await inTime(opened, config.timeoutMs, deps)
    const close = async (options?: CloseOptions) => {
      const modelClosed = model.close()
      if (!options?.now) await modelClosed
      await Promise.all([modelClosed, tools.close(options)])
    }
    return {
      ask: async (question, signal, before = []) => {
        const messages = [...before]
        appendUser(messages, questionMessage(question).content)
        const began = { runId: newRunId(), question: question.text, messages }
        return conduct(
          config,
          deps,
          { model, registry, cassette, spans: await openSpans(tracing, began.runId, model) },
          { ...began, going: null },
          signal,
        )
      },
      resume: async (going, signal) => {
        const { run_id, question, messages } = startOf(going)
        const began = { runId: run_id, question, messages: [...messages] }
        return conduct(
          config,
          deps,
          { model, registry, cassette, spans: await openSpans(tracing, run_id, model) },
          { ...began, going },
          signal,
        )
      },
      preview: (question) => model.preview(firstRequest(config, registry, question)),
      close,
      sendTraces: async () => tracing?.finish(),
      get disposes() {
        return tools.disposes
      },
    }
  } catch (error) {
    await tools.close({ now: true })
    throw error
  }
}

/** Null where nobody wants traces, at no cost. */
async function openTracingOf({ tracing }: Config, deps: OpenRunDeps): Promise<Tracing | null> {
  return tracing === null ? null : (await import('./open-tracing.ts')).openTracing(tracing, deps)
}

async function openSpans(tracing: Tracing | null, runId: string, { name }: Model): Promise<Reporter | null> {
  return tracing === null ? null : tracing.reporter(runId, name)
}

/** Null where nothing asks for one, at no cost. */
async function openCassetteOf({ cassette }: Config, { clock, redact }: OpenRunDeps): Promise<RunCassette | null> {
  if (cassette === null) return null
  return (await import('./open-cassette.ts')).openCassette(cassette, { clock, redact })
}

function startOf({ restored }: Going): EventOf<'run_start'> {
  if (restored.start === null) throw new Error('a journal without a run was to be resumed')
  return restored.start
}

function firstRequest(config: Config, { tools }: Registry, question: Question): ModelRequest {
  const { model, system, answer } = config
  return {
    system,
    messages: [questionMessage(question)],
    tools,
    maxTokens: model.maxTokens,
    effort: model.effort,
    toolChoice: 'auto',
    cache: false,
    answer,
    timeLimitMs: null,
  }
}
