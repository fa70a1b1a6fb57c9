/**
 * What tools print, in whole lines: it arrives in pieces, and lines of ours must never stand inside a tool's. It is
 * stripped of what steers a terminal and of secrets, also where one lies in two pieces.
 */
import { StringDecoder } from 'node:string_decoder'
import type { Redactor } from '../contract/redact.ts'
import { openRedactStream } from '../contract/redact-stream.ts'
import { openSanitizer } from '../contract/sanitize.ts'
import { formatCount } from './format.ts'

/** One that is longer is shown in parts. */
const MAX_LINE = 8 * 1024

export interface ToolLines {
  push(chunk: Buffer): void
  /** Writes the last line, which was not ended. */
  end(): void
}

/** @param isFull  nothing more may be written now: what comes is left out, and counted */
export function openToolLines(
  redact: Redactor,
  write: (text: string) => void,
  isFull: () => boolean = () => false,
): ToolLines {
  const decoder = new StringDecoder('utf8')
  const sanitizer = openSanitizer()
  const redacted = openRedactStream(redact)
  let line = ''
  /** The last piece ended in a carriage return: a newline that follows belongs to it. */
  let returned = false
  let leftOut = 0

  const show = (text: string) => {
    if (text === '') return
    if (isFull()) {
      leftOut += Buffer.byteLength(text)
      return
    }
    if (leftOut > 0) write(`agent: warning: ${formatCount(leftOut)} bytes of tool output left out: stderr is slow\n`)
    leftOut = 0
    write(text)
  }
  const take = (text: string) => {
    if (text === '') return
    const fresh = returned && text.startsWith('\n') ? text.slice(1) : text
    returned = text.endsWith('\r')
    line += redacted.push(sanitizer.push(fresh.replace(/\r\n?/g, '\n')))
    const end = line.length > MAX_LINE ? line.length : line.lastIndexOf('\n') + 1
    const shown = line.slice(0, end)
    line = line.slice(end)
    show(shown === '' || shown.endsWith('\n') ? shown : `${shown}\n`)
  }
  return {
    push: (chunk: Buffer) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end())
      line += redacted.push(sanitizer.end()) + redacted.end()
      if (line !== '') show(line.endsWith('\n') ? line : `${line}\n`)
      line = ''
    },
  }
}
