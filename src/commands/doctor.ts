/**
 * `agent doctor`: looks at everything that a run needs, all of it at once, and says of each thing what is
 * there, what is wrong, and what to type. It asks no model and starts no run.
 */
import { readEnvironment } from '../config.ts'
import { runsFolderOf } from '../config-journal.ts'
import type { Clock } from '../contract/clock.ts'
import type { ExitCode } from '../contract/error.ts'
import { EXIT } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { OFFLINE_MODEL } from '../contract/model.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import type { AskContext } from './ask.ts'
import { openFlagsStreams, STDERR_MS } from './ask.ts'
import { closeWithin } from './closing.ts'
import type { Check, Finding } from './doctor-check.ts'
import { serverChecks } from './doctor-server.ts'
import { agentCheck, loadSettings, nodeCheck } from './doctor-setup.ts'
import { stateChecks } from './doctor-state.ts'
import type { Servers } from './doctor-tools.ts'
import { openServers, toolChecks } from './doctor-tools.ts'
import { reportFailure } from './failure.ts'
import { printText } from './printing.ts'
import { openStarts } from './tools-opening.ts'

const MARKS = { ok: '✔', warning: '!', failed: '✖', skipped: '–' } as const
/** Of the longest name. */
const NAME_WIDTH = 6
/** Servers may take it to leave; then they are ended. */
const CLOSE_SERVERS_MS = 400

type Looked = Finding & { name: Check['name']; duration_ms: number }

export async function doctor(flags: AskFlags, context: AskContext): Promise<ExitCode> {
  const { clock, delivery, interruption } = context
  const { streams } = await openFlagsStreams(flags, context)
  const starts = openStarts(streams, context)
  let servers: Servers | null = null
  interruption.onInsist(() => {
    starts.kill()
    servers?.kill()
  })
  try {
    const environment = readEnvironment()
    const place = { environment, directory: currentDirectory() }
    const { config, check } = await interruption.orInterrupted(loadSettings(flags, place))
    streams.checkOutput()
    servers = config === null ? null : await openServers(config.tools, { clock, notify: streams.notify })
    const offline = config?.model.name === OFFLINE_MODEL
    const checks = [
      ...[agentCheck, nodeCheck, check],
      ...(config === null ? [] : serverChecks(config.model, environment, clock)),
      ...(config === null ? [] : toolChecks(config.tools, (tools) => starts.start(tools, offline))),
      ...(servers?.checks ?? []),
      ...stateChecks(runsFolderOf(environment), config?.journal.enabled ?? true),
    ]
    const looked = await interruption.orInterrupted(Promise.all(checks.map((one) => timed(one, clock))))
    const text = flags.json
      ? `${safeJson(redactJson(documentOf(looked), streams.redact), 2)}\n`
      : looked.map((one) => `${streams.redact(lineOf(one))}\n`).join('')
    await printText(text, streams, delivery)
    return looked.find(({ status }) => status === 'failed')?.exit ?? EXIT.ok
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await Promise.all([starts.close(), servers === null ? null : closeServers(servers, context)])
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

async function closeServers(servers: Servers, { clock, interruption }: AskContext): Promise<void> {
  if (interruption.signal.aborted) servers.kill()
  if (!(await closeWithin(servers.close(), clock, CLOSE_SERVERS_MS))) servers.kill()
}

/** What was found at once took no longer, whatever is still waited for. */
async function timed({ name, look }: Check, clock: Clock): Promise<Looked> {
  const began = clock.now()
  const since = () => Math.round((clock.now() - began) * 10) / 10
  const looking = look()
  if (!(looking instanceof Promise)) return { name, ...looking, duration_ms: since() }
  return { name, ...(await looking), duration_ms: since() }
}

function documentOf(looked: readonly Looked[]): JsonObject {
  return {
    ok: looked.every(({ status }) => status !== 'failed'),
    checks: looked.map(({ name, status, message, hint, duration_ms }) => ({
      name,
      status,
      message,
      hint,
      duration_ms,
    })),
  }
}

function lineOf({ name, status, message, hint }: Looked): string {
  const line = (text: string) => sanitize(text).replace(/\s*\n\s*/g, ' ')
  const told = `${MARKS[status]} ${name.padEnd(NAME_WIDTH)}  ${line(message)}`
  return hint === null ? told : `${told}\n${' '.repeat(NAME_WIDTH + 4)}hint: ${line(hint)}`
}
