/**
 * The run that `agent view` is to show, as a transcript: from a journal, from a document of `--json`, or from the
 * lines of `--jsonl`, in a file or on stdin. Foreign data, and checked whole.
 */
import { readBoundedFile } from '../bounded-file.ts'
import { AgentError } from '../contract/error.ts'
import type { AgentEvent } from '../contract/event.ts'
import { firstIssue } from '../contract/first-issue.ts'
import type { JsonValue } from '../contract/json.ts'
import { isJsonObject } from '../contract/json.ts'
import type { Notify } from '../contract/reporter.ts'
import { whyUnreadable } from '../contract/system-error.ts'
import type { Transcript } from '../contract/transcript.ts'
import { transcriptOf } from '../contract/transcript-fold.ts'
import { readJournal } from '../journal/read.ts'
import { findRun } from '../journal/runs-folder.ts'
import { readStdin } from './question.ts'

/** Runs of days are a few MiB. */
const MAX_BYTES = 512 * 1024 * 1024
const JOURNAL_HEAD = /^\{"v":\d{1,6},"crc"/

/**
 * @param name  a run's id or the beginning of it, `last`, a file, or `-` for stdin
 * @throws AgentError (exit 2 or 3)
 */
export async function readViewedRun(
  name: string,
  places: { folder: string; directory: string },
  notify: Notify,
): Promise<Transcript> {
  if (name === '-') return parsedRun(await readStdin(MAX_BYTES, 'give a file'), 'stdin')
  const { path, runId } = findRun(name, places)
  if (runId !== null) return journaledRun(path, notify)
  const text = await textOf(path, JSON.stringify(path))
  return JOURNAL_HEAD.test(text) ? journaledRun(path, notify) : parsedRun(text, JSON.stringify(path))
}

async function journaledRun(path: string, notify: Notify): Promise<Transcript> {
  const { events, torn } = await readJournal(path)
  if (torn) notify('warning', 'the last record was cut off, and is left out')
  return transcriptOf(events)
}

async function textOf(path: string, named: string): Promise<string> {
  const file = await readBoundedFile(path, MAX_BYTES).catch((error: unknown) => {
    throw refused(named, whyUnreadable(error), error)
  })
  if (file.type === 'bytes') return file.bytes.toString('utf8')
  throw refused(
    named,
    file.type === 'too_large' ? `is larger than ${MAX_BYTES / 1024 / 1024} MiB` : `is a ${file.type}`,
  )
}

/** The schemas are loaded here, where foreign data is parsed. */
async function parsedRun(text: string, named: string): Promise<Transcript> {
  if (text.trim() === '') throw refused(named, 'is empty')
  const whole = parse(text)
  if (isJsonObject(whole) && !('seq' in whole)) return transcriptFrom(whole, named)
  return transcriptOf(await eventsFrom(text, named))
}

async function transcriptFrom(document: JsonValue, named: string): Promise<Transcript> {
  const { transcriptSchema } = await import('../contract/transcript.ts')
  const { data, error } = transcriptSchema.safeParse(document)
  if (data !== undefined) return data
  const version = isJsonObject(document) ? document['version'] : undefined
  if (typeof version === 'number' && version !== 1)
    throw refused(named, `is a transcript of version ${version}, and 1 is known here`)
  throw refused(named, `is no transcript: ${firstIssue(error.issues)}`)
}

async function eventsFrom(text: string, named: string): Promise<AgentEvent[]> {
  const { agentEventSchema } = await import('../contract/event.ts')
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line, index) => {
    const { data, error } = agentEventSchema.safeParse(parse(line))
    if (data !== undefined) return data
    if (index === 0) throw refused(named, 'is neither a journal nor a document of --json or --jsonl')
    throw refused(named, `has no event in line ${index + 1}: ${firstIssue(error.issues)}`)
  })
}

function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refused(named: string, why: string, cause?: unknown): AgentError {
  const hint = 'agent runs list, or name a file that --json has written'
  return new AgentError('not-viewable', `${named} ${why}`, { exit: 'config', hint, cause })
}
