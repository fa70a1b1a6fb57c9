/**
 * Writes a journal, record after record; those that no durability asks for stand together in one write. The
 * first write that fails is the last: what comes after it would be a record behind a gap, which no reader takes.
 */
import type { Durability } from '../contract/config.ts'
import { AgentError, isAgentError } from '../contract/error.ts'
import type { AgentEvent } from '../contract/event.ts'
import type { Journal, JournalHeader } from '../contract/journal.ts'
import type { JsonValue } from '../contract/json.ts'
import { redactJson } from '../contract/redact.ts'
import { openUrgencyRule } from './durability.ts'
import type { JournalFile } from './journal-file.ts'
import { continueJournalFile, makeJournalFile, unwritable } from './journal-file.ts'
import type { StoredJournal } from './read.ts'
import { encodeLine, eventLine, recordLine, recordOf } from './record.ts'
import { MAX_RECORD_BYTES, writeSideFile } from './side-file.ts'
import { WaitingLines } from './waiting-lines.ts'

/** A shorter line has at most MAX_RECORD_BYTES, whatever its characters are. */
const MAX_LINE_LENGTH = MAX_RECORD_BYTES / 4

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
  try {
    attempt(path, () => {
      const line = recordLine({ n: 0, header })
      const isClean = options.redact(line) === line
      file.write(encodeLine(isClean ? line : recordLine({ n: 0, header: redacted(header, options.redact) })))
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
  const waiting = new WaitingLines()
  /** Not lines yet: making one takes longer than handing on what it tells. */
  const unwritten: AgentEvent[] = []

  function take(event: AgentEvent): void {
    unwritten.push(event)
    const urgency = rule.urgencyOf(event)
    if (urgency !== 'later') flush()
    if (urgency === 'on_disk') file.sync()
  }

  function flush(): void {
    for (const event of unwritten) addLine(event)
    unwritten.length = 0
    write()
  }

  function addLine(event: AgentEvent): void {
    const line = cleanLine(n, event)
    const isLong = line.length > MAX_LINE_LENGTH
    if (isLong || !waiting.fits(line)) write()
    if (isLong) file.write(encodeLine(shortened(line)))
    else waiting.add(line)
    n += 1
  }

  function write(): void {
    if (!waiting.isEmpty) file.write(waiting.take())
  }

  function cleanLine(n: number, event: AgentEvent): string {
    const json = JSON.stringify(event)
    return redact(json) === json
      ? eventLine(n, json)
      : recordLine({ n, event: redacted(event, redact), redacted: true })
  }

  /** Where it is too long, its result goes into a file first, if it has one. */
  function shortened(line: string): string {
    if (Buffer.byteLength(line) <= MAX_RECORD_BYTES) return line
    const record = recordOf(line)
    const { event } = record
    if (event.type !== 'call_end' || event.outcome.status !== 'ok') return line
    const { content, ...outcome } = event.outcome
    const side = writeSideFile(path, n, event.outcome, durability !== 'off')
    return recordLine({ ...record, event: { ...event, outcome: { ...outcome, output: null } }, side })
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

/** Texts change, the shape stays. */
function redacted<T>(value: T, redact: (text: string) => string): T {
  return redactJson(value as unknown as JsonValue, redact) as unknown as T
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

function attempt<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (isAgentError(error)) throw error
    throw unwritable(path, error)
  }
}
