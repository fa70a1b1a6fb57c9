/**
 * Puts a run together: config in; model, tools, scheduler and bus out. The tool host is forked before
 * the model client is loaded, so that the two start side by side.
 */
import packageJson from '../package.json' with { type: 'json' }
import type { Clock } from './contract/clock.ts'
import type { Config } from './contract/config.ts'
import type { JsonObject } from './contract/json.ts'
import type { Model, ModelRequest } from './contract/model.ts'
import { OFFLINE_MODEL } from './contract/model.ts'
import type { AskConsent } from './contract/permission.ts'
import { permissionOf } from './contract/permission.ts'
import type { Notify, Reporter } from './contract/reporter.ts'
import type { CloseOptions } from './contract/source.ts'
import type { Transcript } from './contract/transcript.ts'
import { openModel } from './models/open-model.ts'
import { openSlots, startTools } from './open-tools.ts'
import { openBus } from './run/bus.ts'
import { timeoutError } from './run/limits.ts'
import type { Question } from './run/question.ts'
import { questionMessage } from './run/question.ts'
import { run } from './run/run.ts'
import { newRunId } from './run/run-id.ts'
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
}

export interface OpenRun {
  /**
   * Asks one question. Abort `signal` with an AgentError as its reason: the run then ends with that
   * error's exit code, and its transcript is still whole.
   * @throws AgentError where the output could not be written
   */
  ask(question: Question, signal: AbortSignal): Promise<Transcript>
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
      ask: (question, signal) => ask(config, deps, model, registry, question, signal),
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

async function ask(
  config: Config,
  { clock, reporters, askConsent }: OpenRunDeps,
  model: Model,
  registry: Registry,
  question: Question,
  signal: AbortSignal,
): Promise<Transcript> {
  const runId = newRunId()
  const bus = openBus(reporters, clock)
  const scheduler = new Scheduler({
    runId,
    clock,
    emit: bus.emit,
    slots: openSlots(config.concurrency, config.tools.slots),
    explainMissing: registry.explain,
    permission: (tool) => permissionOf(tool, config.tools, askConsent),
    onError: config.policies.onError,
  })
  const { messages, system, tools, maxTokens, effort } = firstRequest(config, registry, question)
  const { maxTurns, timeoutMs, policies, failOnToolError, cache } = config
  const deps = { model, scheduler, findTool: registry.find, emit: bus.emit, clock, callIds: new Set<string>() }
  await run(
    deps,
    {
      runId,
      version: packageJson.version,
      question: question.text,
      messages: [...messages],
      system,
      tools,
      maxTokens,
      effort,
      maxTurns,
      timeoutMs,
      policies,
      cache,
      failOnToolError,
      resumed: null,
    },
    signal,
  )
  return bus.close()
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
