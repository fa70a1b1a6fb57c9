/**
 * Reads a journal and refuses what is not as it was written: a record is taken only where its number,
 * its check sum and its shape are right and those of all before it were. A last line without its
 * newline is no fault: the program ended while it was written. It changes nothing.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { AgentError } from '../contract/error.ts'
import type { AgentEvent } from '../contract/event.ts'
import type { JournalHeader, ReadJournal } from '../contract/journal.ts'
import { whyUnreadable } from '../contract/system-error.ts'
import type { JournalRecord } from './record.ts'
import { decodeRecord } from './record.ts'
import { readSideFile } from './side-file.ts'

const NEWLINE = 0x0a

/** A journal, and what is needed to go on with its file. */
export type StoredJournal = ReadJournal & {
  path: string
  /** Of the file when it was read. */
  size: number
  /** How much of it is whole. */
  bytes: number
  /** The header counts. */
  records: number
}

/** As far as it is right; `fault` is why it was not read further. */
type Scan = {
  size: number
  bytes: number
  header: JournalHeader | null
  events: AgentEvent[]
  redacted: Set<number>
  torn: boolean
  fault: { line: number; reason: string } | { form: number } | null
}

/**
 * @throws AgentError (exit 3): `journal-unreadable` where the file cannot be read, `journal-empty`
 *         without one whole record, `journal-newer` of a form that is not known, `journal-damaged`
 */
export async function readJournal(path: string): Promise<StoredJournal> {
  const { header, fault, events, redacted, torn, size, bytes } = scanJournal(path)
  const quoted = JSON.stringify(path)
  if (fault !== null && 'form' in fault) {
    const message = `${quoted} is a journal of form ${fault.form}, which this version does not know`
    throw new AgentError('journal-newer', message, { exit: 'config', hint: 'npm install --global agent-ask@latest' })
  }
  if (fault !== null) {
    const { line, reason } = fault
    const message = header === null ? `${quoted} is no journal` : `the journal is damaged: ${path}:${line}: ${reason}`
    const hint = header === null ? 'agent runs list' : `agent resume ${quoted} --repair keeps a copy and cuts it there`
    throw new AgentError('journal-damaged', message, { exit: 'config', hint })
  }
  if (header === null) {
    throw new AgentError('journal-empty', `the journal is empty: ${quoted}`, {
      exit: 'config',
      hint: 'agent runs list',
    })
  }
  return { header, events, redacted, torn, path, size, bytes, records: events.length + 1 }
}

/** @throws AgentError `journal-unreadable` (exit 3) */
export function scanJournal(path: string): Scan {
  const content = readWhole(path)
  const size = content.length
  const scan: Scan = { size, bytes: 0, header: null, events: [], redacted: new Set(), torn: false, fault: null }
  for (let line = 1, from = 0; from < size; line += 1) {
    const end = content.indexOf(NEWLINE, from)
    if (end < 0) {
      scan.torn = true
      return scan
    }
    const decoded = decodeRecord(content.subarray(from, end), line - 1)
    if (decoded.type === 'other_form' && line === 1) scan.fault = { form: decoded.form }
    else if (decoded.type !== 'record') scan.fault = { line, reason: reasonOf(decoded) }
    else if (!take(scan, decoded.record, path))
      scan.fault = { line, reason: 'the file of its result is missing or damaged' }
    if (scan.fault !== null) return scan
    from = end + 1
    scan.bytes = from
  }
  return scan
}

function reasonOf(decoded: { type: 'bad'; reason: string } | { type: 'other_form' }): string {
  return decoded.type === 'bad' ? decoded.reason : 'it is of another form than the header'
}

/** @returns whether what it names is there */
function take(scan: Scan, record: JournalRecord, path: string): boolean {
  if ('header' in record) {
    scan.header = record.header
    return true
  }
  let { event } = record
  if (record.side !== undefined && event.type === 'call_end' && event.outcome.status === 'ok') {
    const result = readSideFile(path, record.n, record.side)
    if (result === null) return false
    event = { ...event, outcome: { ...event.outcome, ...result } }
  }
  scan.events.push(event)
  if (record.redacted) scan.redacted.add(event.seq)
  return true
}

function readWhole(path: string): Buffer {
  try {
    // A pipe that is named here would be waited for.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      if (!fstatSync(descriptor).isFile()) throw new Error('it is no file')
      return readFileSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const message = `the journal ${JSON.stringify(path)} ${whyUnreadable(error)}`
    throw new AgentError('journal-unreadable', message, { exit: 'config', hint: 'agent runs list', cause: error })
  }
}
