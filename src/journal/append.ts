/**
 * Writes a journal, record after record; those that no durability asks for stand together in one write. The
 * first write that fails is the last: what comes after it would be a record behind a gap, which no reader takes.
 */
import type { Durability } from '../contract/config.ts'
import { AgentError, isAgentError } from '../contract/error.ts'
import type { AgentEvent } from '../contract/event.ts'
import type { Journal, JournalHeader } from '../contract/journal.ts'
import type { JsonObject } from '../contract/json.ts'
import { redactJson } from '../contract/redact.ts'
import { openUrgencyRule } from './durability.ts'
import type { JournalFile } from './journal-file.ts'
import { continueJournalFile, makeJournalFile, unwritable } from './journal-file.ts'
import type { StoredJournal } from './read.ts'
import type { JournalRecord } from './record.ts'
import { encodeLines, recordLine, recordText } from './record.ts'
import { MAX_RECORD_BYTES, writeSideFile } from './side-file.ts'

/** The record of a shorter text has at most MAX_RECORD_BYTES, whatever its characters are. */
const MAX_TEXT_LENGTH = MAX_RECORD_BYTES / 4
/** Of the records that wait: no tick holds back more. */
const MAX_WAITING_LENGTH = 1024 * 1024

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
      const clean = options.redact(text) === text ? text : redactedText(text, options.redact)
      file.write(encodeLines(recordLine(clean)))
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
  const rule = openUrgencyRule(durability)
  for (const event of before) rule.urgencyOf(event)
  let n = records
  let broken: unknown = null
  let isOpen = true
  /** Texts of records that are not written yet. */
  let waiting: string[] = []
  let waitingLength = 0

  function take(event: AgentEvent): void {
    const text = recordText({ n, event })
    if (text.length > MAX_TEXT_LENGTH) {
      flush()
      file.write(encodeLines(recordLine(shortened(cleanOne(text)))))
    } else {
      waiting.push(text)
      waitingLength += text.length
    }
    n += 1
    const urgency = rule.urgencyOf(event)
    if (urgency !== 'later' || waitingLength > MAX_WAITING_LENGTH) flush()
    if (urgency === 'on_disk') file.sync()
  }

  function flush(): void {
    if (waiting.length === 0) return
    const texts = waiting
    waiting = []
    waitingLength = 0
    const lines = linesOf(texts)
    // One look for all of them: no credential holds an end of line as JSON spells it.
    file.write(encodeLines(redact(lines) === lines ? lines : linesOf(texts.map(cleanOne))))
  }

  function cleanOne(text: string): string {
    if (redact(text) === text) return text
    const { n, event } = JSON.parse(text) as EventRecord // our own words
    return recordText({ n, event: redactJson(event, redact) as AgentEvent, redacted: true }) // texts change, the shape stays
  }

  /** Where it is too long, its result goes into a file first, if it has one. */
  function shortened(text: string): string {
    if (Buffer.byteLength(text) <= MAX_RECORD_BYTES) return text
    const record = JSON.parse(text) as EventRecord // our own words
    const { event } = record
    if (event.type !== 'call_end' || event.outcome.status !== 'ok') return text
    const { content, ...outcome } = event.outcome
    const side = writeSideFile(path, n, event.outcome, durability !== 'off')
    return recordText({ ...record, event: { ...event, outcome: { ...outcome, output: null } }, side })
  }

  /** Runs one step of the writing; once one has failed, none is tried. */
  function step(act: () => void): void {
    if (broken !== null) throw broken
    try {
      attempt(path, act)
    } catch (error) {
      broken = error
      throw error
    }
  }

  return {
    path,
    append: (event) => {
      // Shown, not kept: the message that it is part of is.
      if (isOpen && event.type !== 'text_delta') step(() => take(event))
    },
    flush: () => step(flush),
    close: () => {
      if (!isOpen) return
      isOpen = false
      try {
        if (broken === null) step(flush)
      } finally {
        file.close()
      }
    },
  }
}

function linesOf(texts: readonly string[]): string {
  return texts.map(recordLine).join('')
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
