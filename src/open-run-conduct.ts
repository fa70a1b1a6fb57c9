/**
 * Conducts one run with what open-run.ts has opened: its journal before its first event, the bus, the
 * scheduler and the loop; and closes what is the run's own.
 */
import packageJson from '../package.json' with { type: 'json' }
import type { Config } from './contract/config.ts'
import { AgentError, isAgentError } from './contract/error.ts'
import type { Journal, JournalHeader } from './contract/journal.ts'
import { resumeHint } from './contract/journal.ts'
import { journalChanges } from './contract/journal-changes.ts'
import type { Message } from './contract/message.ts'
import type { Model } from './contract/model.ts'
import { permissionOf } from './contract/permission.ts'
import type { Reporter } from './contract/reporter.ts'
import type { Transcript } from './contract/transcript.ts'
import type { RunCassette } from './open-cassette.ts'
import type { Going, OpenRunDeps } from './open-run.ts'
import { openSlots } from './open-tools.ts'
import { openBus } from './run/bus.ts'
import type { RunEnd } from './run/limits.ts'
import { isCutShort, unkept } from './run/limits.ts'
import { run } from './run/run.ts'
import { Scheduler } from './schedule/scheduler.ts'
import type { Registry } from './sources/registry.ts'

export type Opened = { model: Model; registry: Registry; cassette: RunCassette | null; spans: Reporter | null }

export type Begun = { runId: string; question: string; messages: Message[]; going: Going | null }

export async function conduct(
  config: Config,
  deps: OpenRunDeps,
  { model, registry, cassette, spans }: Opened,
  { runId, question, messages, going }: Begun,
  outer: AbortSignal,
): Promise<Transcript> {
  const { clock: runClock, askConsent } = deps
  const clock = cassette?.clock ?? runClock
  const journal = await openJournal(config, deps, { runId, model, registry, going })
  const controller = new AbortController()
  const forward = () => controller.abort(outer.reason)
  if (outer.aborted) forward()
  else outer.addEventListener('abort', forward, { once: true })
  try {
    const shown = (await deps.openReporters?.()) ?? []
    // Spans come last: they hold up nothing that a person waits for.
    const reporters = [...deps.reporters, ...shown, ...(spans === null ? [] : [spans])]
    const bus = openBus(reporters, clock, {
      journal,
      ...(going !== null && {
        past: going.stored.events,
        reopened: going.restored.reopened,
        fold: going.restored.fold,
      }),
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
    const { maxTurns, timeoutMs, policies, failOnToolError, cache, system, answer } = config
    const callIds = new Set(going?.restored.callIds)
    const findTool = (name: string) => {
      const tool = registry.find(name)
      return tool === undefined ? undefined : (cassette?.toolOf(tool) ?? tool)
    }
    const keep = async (end: RunEnd) => {
      const kept = await keptEnd(end, async () => cassette?.keep({ question }))
      if (journal === null) return kept
      const isOwn = going?.isOwn ?? config.journal.path === null
      return withHint(kept, resumeHint(isOwn ? runId : journal.path, isOwn))
    }
    await run(
      { model, scheduler, findTool, emit: bus.emit, clock, callIds, keep },
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
        answer,
        resumed: going,
      },
      cassette?.signal(controller.signal) ?? controller.signal,
    )
    return await bus.close()
  } finally {
    outer.removeEventListener('abort', forward)
    journal?.close()
  }
}

/** The hint of whoever knew what has gone wrong comes first. */
function withHint(end: RunEnd, hint: string): RunEnd {
  const { error } = end
  return error === null || error.hint !== null || !isCutShort(end) ? end : { ...end, error: { ...error, hint } }
}

async function keptEnd(end: RunEnd, keep: () => Promise<void>): Promise<RunEnd> {
  try {
    await keep()
    return end
  } catch (error) {
    if (!isAgentError(error)) throw error
    return unkept(end, error)
  }
}

/** null: the run has none. @throws AgentError */
async function openJournal(
  config: Config,
  { clock, notify, journaling }: OpenRunDeps,
  { runId, model, registry, going }: { runId: string; model: Model; registry: Registry; going: Going | null },
): Promise<Journal | null> {
  // A replay is no run of its own: it can be had again at any time.
  if (journaling === null || config.cassette?.type === 'replay') return null
  if (going === null && !config.journal.enabled) return null
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

function refuseChanges({ stored, force, isOwn }: Going, now: JournalHeader): void {
  const changes = journalChanges(stored.header, now)
  if (changes.length === 0 || force) return
  throw new AgentError('run-changed', `the run would be another one:\n  ${changes.join('\n  ')}`, {
    exit: 'config',
    hint: isOwn
      ? 'set back what has changed, or go on all the same with --force'
      : 'give -t, --mcp and --base-url again, which a journal from elsewhere does not bring; or go on with --force',
  })
}
