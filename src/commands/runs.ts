/**
 * `agent runs`: the runs whose journals are kept. It lists, shows and removes them, and changes nothing
 * of what is in them.
 */
import { runsFolderOf } from '../config-journal.ts'
import type { ExitCode } from '../contract/error.ts'
import { AgentError, EXIT } from '../contract/error.ts'
import type { JsonObject } from '../contract/json.ts'
import { redactJson } from '../contract/redact.ts'
import { safeJson } from '../contract/safe-json.ts'
import { sanitize } from '../contract/sanitize.ts'
import type { Transcript } from '../contract/transcript.ts'
import { transcriptOf } from '../contract/transcript-fold.ts'
import { currentDirectory } from '../current-directory.ts'
import type { AskFlags } from '../flags.ts'
import { isLocked } from '../journal/lock.ts'
import { removeRun } from '../journal/prune.ts'
import { readJournal, scanJournal } from '../journal/read.ts'
import { findRun, listRuns } from '../journal/runs-folder.ts'
import { formatMoney, formatSpan } from '../reporters/format.ts'
import { cutToWidth, fitToWidth } from '../reporters/text-width.ts'
import type { AskContext } from './ask.ts'
import { openFlagsStreams, STDERR_MS } from './ask.ts'
import { closeWithin } from './closing.ts'
import { reportFailure } from './failure.ts'
import { outputColumns, printText } from './printing.ts'
import type { Streams } from './streams.ts'

export type RunsAction = { type: 'list' } | { type: 'show'; run: string } | { type: 'rm'; runs: string[] }

/** What is told of a run in a list; every key is always there. */
type Row = {
  run_id: string
  started_at: string | null
  /** That of the transcript, or `running`, `unfinished`, `damaged`. */
  status: string
  exit_code: number | null
  duration_ms: number | null
  cost_usd: number | null
  model: string | null
  question: string | null
  path: string
}

export async function runs(action: RunsAction, flags: AskFlags, context: AskContext): Promise<ExitCode> {
  const { clock, delivery } = context
  const { environment, streams } = await openFlagsStreams(flags, context)
  try {
    const directory = currentDirectory()
    const folder = runsFolderOf(environment) ?? directory
    const find = (name: string) => findRun(name, { folder, directory })
    streams.checkOutput()
    switch (action.type) {
      case 'list':
        await printText(listed(folder, flags, streams), streams, delivery)
        return EXIT.ok
      case 'show':
        await printText(await shown(find(action.run).path, flags, streams), streams, delivery)
        return EXIT.ok
      default:
        // A run may be named twice.
        for (const [path, { runId }] of new Map(action.runs.map(find).map((run) => [run.path, run])))
          remove(path, runId)
        return EXIT.ok
    }
  } catch (error) {
    return await reportFailure(error, delivery, { ...streams, debug: flags.debug })
  } finally {
    await closeWithin(streams.close(), clock, STDERR_MS)
  }
}

/** Only what is in our own folder: a file elsewhere is the user's, and `rm` removes it. */
function remove(path: string, runId: string | null): void {
  if (runId === null) {
    throw new AgentError('no-run', `${JSON.stringify(path)} is no run of the state folder`, {
      exit: 'usage',
      hint: `rm ${JSON.stringify(path)}`,
    })
  }
  if (removeRun(path) !== 'locked') return
  throw new AgentError('run-locked', `the run is going on: ${runId}`, { exit: 'config', hint: 'agent runs list' })
}

function listed(folder: string, flags: AskFlags, streams: Streams): string {
  const rows = listRuns(folder).map(({ runId, path }) => rowOf(runId, path))
  if (flags.json) return `${safeJson(redactJson(rows satisfies JsonObject[], streams.redact), 2)}\n`
  if (rows.length === 0) streams.notify('warning', 'there are no runs')
  const columns = outputColumns(flags.output)
  return rows.map((row) => `${lineOf(row, columns, streams)}\n`).join('')
}

function rowOf(runId: string, path: string): Row {
  const transcript = readRun(path)
  const running = isLocked(path)
  const ended = transcript?.ended
  const { started_at = null, exit_code = null, model = null, question = null } = transcript?.document ?? {}
  return {
    run_id: runId,
    started_at,
    status: transcript === null ? 'damaged' : ended ? transcript.document.status : running ? 'running' : 'unfinished',
    exit_code: ended ? exit_code : null,
    duration_ms: transcript?.document.duration_ms ?? null,
    cost_usd: transcript?.document.usage.cost_usd ?? null,
    model,
    question,
    path,
  }
}

/** null: it cannot be read as far as its beginning. */
function readRun(path: string): { document: Transcript; ended: boolean } | null {
  try {
    const { events, header } = scanJournal(path)
    if (header === null) return null
    return { document: transcriptOf(events), ended: events.at(-1)?.type === 'run_end' }
  } catch {
    return null
  }
}

function lineOf(
  { run_id, started_at, status, duration_ms, cost_usd, question }: Row,
  columns: number | null,
  streams: Streams,
) {
  const when = started_at === null ? '' : started_at.slice(5, 16).replace('T', ' ')
  const took = duration_ms === null ? '' : formatSpan(duration_ms)
  const cost = cost_usd === null || cost_usd === 0 ? '' : formatMoney(cost_usd)
  const cells = [run_id, fitToWidth(when, 11), fitToWidth(status, 11), fitToWidth(took, 8), fitToWidth(cost, 7)]
  const line = `${cells.join('  ')}  ${streams.redact(sanitize(question ?? '').replace(/\s+/g, ' '))}`.trimEnd()
  return columns === null ? line : cutToWidth(line, columns)
}

async function shown(path: string, flags: AskFlags, streams: Streams): Promise<string> {
  const { events } = await readJournal(path)
  const document = redactJson(transcriptOf(events), streams.redact) as Transcript // texts change, the shape stays
  if (flags.json) return `${safeJson(document, 2)}\n`
  const { question, answer, status, error, totals } = document
  const lines = [
    `${document.run_id}  ${document.started_at}  ${events.at(-1)?.type === 'run_end' ? status : 'unfinished'}`,
    `question: ${question}`,
    ...document.turns.flatMap(({ turn, tool_calls }) =>
      tool_calls.map(
        ({ tool, input, status: outcome }) =>
          `turn ${turn}: ${tool} ${JSON.stringify(input)}: ${outcome ?? 'no outcome'}`,
      ),
    ),
    `${totals.turns} turns, ${totals.tool_calls} calls, ${totals.tool_errors} failed`,
    ...(answer === null ? [] : [`answer: ${answer}`]),
    ...(error === null ? [] : [`error: ${error.code}: ${error.message}`]),
    path,
  ]
  return `${lines.map((line) => sanitize(line)).join('\n')}\n`
}
