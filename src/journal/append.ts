/**
 * Writes a journal, record after record. The first write that fails is the last: what comes after it
 * would be a record behind a gap, which no reader takes.
 */
import type { Durability } from '../contract/config.ts'
import { AgentError, isAgentError } from '../contract/error.ts'
import type { AgentEvent } from '../contract/event.ts'
import type { Journal, JournalHeader } from '../contract/journal.ts'
import type { JsonObject } from '../contract/json.ts'
import { redactJson } from '../contract/redact.ts'
import { openSyncRule } from './durability.ts'
import type { JournalFile } from './journal-file.ts'
import { continueJournalFile, makeJournalFile, unwritable } from './journal-file.ts'
import type { StoredJournal } from './read.ts'
import type { JournalRecord } from './record.ts'
import { encodeText, recordText } from './record.ts'
import { MAX_RECORD_BYTES, writeSideFile } from './side-file.ts'

export type JournalOptions = {
  durability: Durability
  /** Takes the model's credentials out; nothing else, because a run must go on from its journal. */
  redact: (text: string) => string
}

/**
 * Makes the file and writes the header. Whoever calls holds its lock.
 * @throws AgentError `journal-exists` (exit 2), `journal-unwritable` (exit 12)
 */
export function createJournal({
  path,
  header,
  ...options
}: JournalOptions & { path: string; header: JournalHeader }): Journal {
  const file = attempt(path, () => makeFile(path))
  const text = recordText({ n: 0, header })
  try {
    attempt(path, () => {
      file.write(encodeText(options.redact(text) === text ? text : redactedText(text, options.redact)))
      if (options.durability === 'strict') file.sync()
    })
  } catch (error) {
    file.close()
    throw error
  }
  return openAppender(path, file, 1, options, [])
}

/**
 * Goes on with a journal that was read; a torn end is cut off. Whoever calls has held its lock since
 * before it was read.
 * @throws AgentError `journal-unwritable` (exit 12), `journal-changed` (exit 3)
 */
export function reopenJournal(stored: StoredJournal, options: JournalOptions): Journal {
  const { path, records, events } = stored
  const file = attempt(path, () => continueJournalFile(path, stored))
  return openAppender(path, file, records, options, events)
}

/** @param before  the events that are in it already */
function openAppender(
  path: string,
  file: JournalFile,
  records: number,
  { durability, redact }: JournalOptions,
  before: readonly AgentEvent[],
): Journal {
  const rule = openSyncRule(durability)
  for (const event of before) rule.needsSync(event)
  let n = records
  let broken: unknown = null
  let isOpen = true

  function write(event: AgentEvent): void {
    let record: EventRecord = { n, event }
    let text = recordText(record)
    if (redact(text) !== text) {
      record = { n, event: redactJson(event, redact) as AgentEvent, redacted: true } // texts change, the shape stays
      text = recordText(record)
    }
    let line = encodeText(text)
    if (line.length > MAX_RECORD_BYTES) line = withoutResult(record) ?? line
    file.write(line)
    n += 1
    if (rule.needsSync(event)) file.sync()
  }

  /** Its result goes into a file first; null: it has none. */
  function withoutResult(record: EventRecord): Buffer | null {
    const { event } = record
    if (event.type !== 'call_end' || event.outcome.status !== 'ok') return null
    const { content, ...outcome } = event.outcome
    const side = writeSideFile(path, n, event.outcome, durability !== 'off')
    return encodeText(recordText({ ...record, event: { ...event, outcome: { ...outcome, output: null } }, side }))
  }

  return {
    path,
    append: (event) => {
      if (broken !== null) throw broken
      // Shown, not kept: the message that it is part of is.
      if (!isOpen || event.type === 'text_delta') return
      try {
        attempt(path, () => write(event))
      } catch (error) {
        broken = error
        throw error
      }
    },
    close: () => {
      if (isOpen) file.close()
      isOpen = false
    },
  }
}

function redactedText(text: string, redact: (text: string) => string): string {
  const record: JsonObject = JSON.parse(text)
  return JSON.stringify(redactJson(record, redact))
}

function makeFile(path: string): JournalFile {
  try {
    return makeJournalFile(path)
  } catch (error) {
    // ELOOP: a link, wherever it leads.
    const isTaken = error instanceof Error && 'code' in error && (error.code === 'EEXIST' || error.code === 'ELOOP')
    if (!isTaken) throw error
    const quoted = JSON.stringify(path)
    throw new AgentError('journal-exists', `--journal: ${quoted} exists`, {
      exit: 'usage',
      hint: `agent resume ${quoted}`,
      cause: error,
    })
  }
}

type EventRecord = Extract<JournalRecord, { event: AgentEvent }>

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (isAgentError(error)) throw error
    throw unwritable(path, error)
  }
}
