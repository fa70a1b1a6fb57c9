/**
 * One record of a journal as one line of bytes, and back. Every byte of a line is under its check:
 * the head has one spelling, and the sum in it covers the rest. It knows no files.
 *
 *     {"v":1,"crc":"1f2e3d4c","n":7,"event":{...}}
 */
import type { AgentEvent } from '../contract/event.ts'
import type { JournalHeader } from '../contract/journal.ts'
import { isJsonObject } from '../contract/json.ts'
import { crc32c, viewOf } from './crc32c.ts'
import { isEvent, isHeader } from './record-shape.ts'
import type { SideDigest } from './side-file.ts'
import { isSideDigest } from './side-file.ts'

/** Of the records; a journal of a form that is not known is not read. */
const FORM = 1
/** Of a line whose sum is not known yet. */
const EMPTY_HEAD = `{"v":${FORM},"crc":"00000000",`
const HEAD_LENGTH = EMPTY_HEAD.length
const SUM_AT = HEAD_LENGTH - '00000000",'.length
const HEAD = /^\{"v":1,"crc":"([0-9a-f]{8})",$/
const ANY_FORM = /^\{"v":(\d{1,6}),/

/** `n` counts the records of a file from 0, without gaps. */
export type JournalRecord = { n: number; header: JournalHeader } | EventRecord

export type EventRecord = {
  n: number
  event: AgentEvent
  /** Where the output of this `call_end` is in a file of its own. */
  side?: SideDigest
  /** Where a credential was taken out of it: what it tells is not quite what was. */
  redacted?: true
}

export type Decoded =
  | { type: 'record'; record: JournalRecord }
  | { type: 'bad'; reason: string }
  /** Written by a program that knows more. */
  | { type: 'other_form'; form: number }

/** A record as a line whose sum is not known yet, with its newline. */
export function recordLine(record: JournalRecord): string {
  return `${EMPTY_HEAD}${JSON.stringify(record).slice(1)}\n`
}

/** The line of an event as it is, which nearly every record is. @param json  the event */
export function eventLine(n: number, json: string): string {
  return `${EMPTY_HEAD}"n":${n},"event":${json}}\n`
}

/** What one of these was made of. */
export function recordOf(line: string): EventRecord {
  return JSON.parse(`{${line.slice(HEAD_LENGTH)}`) // our own words
}

export function encodeLine(line: string): Buffer {
  const bytes = Buffer.from(line)
  seal(viewOf(bytes), 0, bytes.length)
  return bytes
}

/** Gives a line its sum. @param end  behind its newline */
export function seal(view: DataView, start: number, end: number): void {
  writeHex(view, start + SUM_AT, crc32c(view, start + HEAD_LENGTH, end - 1))
}

/** Eight digits. A number of 32 bits is no small integer, and `toString(16)` of one takes as long as its sum. */
function writeHex(view: DataView, at: number, value: number): void {
  for (let digit = 0; digit < 8; digit += 1) {
    const nibble = (value >>> (28 - 4 * digit)) & 0xf
    view.setUint8(at + digit, nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
  }
}

/**
 * @param line  without its newline
 * @param n     the number that it must have
 */
export function decodeRecord(line: Buffer, n: number): Decoded {
  const head = HEAD.exec(line.toString('latin1', 0, HEAD_LENGTH))
  if (head === null) {
    const form = ANY_FORM.exec(line.toString('latin1', 0, HEAD_LENGTH))?.[1]
    return form === undefined || Number(form) === FORM
      ? bad('it does not begin as a record does')
      : { type: 'other_form', form: Number(form) }
  }
  if (crc32c(viewOf(line), HEAD_LENGTH) !== Number.parseInt(head[1] ?? '', 16)) return bad('its check sum is wrong')
  const record = parse(`{${line.toString('utf8', HEAD_LENGTH)}`)
  if (!isJsonObject(record)) return bad('it is no JSON')
  if (record['n'] !== n) return bad(`it has the number ${JSON.stringify(record['n'])} where ${n} comes next`)
  const { header, event, side, redacted } = record
  if (n === 0) {
    if (isJsonObject(header) && typeof header['format'] === 'number' && header['format'] !== FORM)
      return { type: 'other_form', form: header['format'] }
    return isHeader(header) ? { type: 'record', record: { n, header } } : bad('it is no header')
  }
  if (!isEvent(event)) return bad('it holds no event that is known')
  if (side !== undefined && (event.type !== 'call_end' || event.outcome.status !== 'ok' || !isSideDigest(side)))
    return bad('it names a file where none can be')
  const marked = redacted === true ? { redacted } : {}
  return { type: 'record', record: { n, event, ...(side === undefined ? {} : { side }), ...marked } }
}

function bad(reason: string): Decoded {
  return { type: 'bad', reason }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
