/**
 * The question: from the arguments, or from stdin where there are none. Stdin is read only when an
 * argument is `-`, or when there is no question and stdin is no terminal. Otherwise it is not
 * touched: an inherited pipe that nobody closes would hang us, and in `while read` loops we would
 * swallow the loop's input.
 */
import { fstatSync } from 'node:fs'
import { isatty } from 'node:tty'
import { AgentError, thrownMessage } from '../contract/error.ts'
import type { Notify } from '../contract/reporter.ts'

/** More than any model reads; a limit, so that an endless pipe ends with an error and not with memory. */
const MAX_STDIN_BYTES = 10 * 1024 * 1024

export type QuestionPlan = {
  /** From the arguments; null: stdin is the question. */
  text: string | null
  readsStdin: boolean
}

/**
 * Says where the question comes from, without reading anything.
 * @throws AgentError (exit 2) where there can be none
 */
export function planQuestion(words: readonly string[], stdinIsTerminal: boolean): QuestionPlan {
  const text = words.filter((word) => word !== '-').join(' ')
  const readsStdin = words.includes('-') || words.length === 0
  if (words.length === 0 && stdinIsTerminal) throw noQuestion('no question')
  if (words.some((word) => word !== '-')) {
    if (text.trim() === '') throw noQuestion('the question is empty')
    return { text, readsStdin }
  }
  return { text: null, readsStdin }
}

export function isStdinTerminal(): boolean {
  return isatty(0)
}

/** A pipe that the question does not use: somebody may have meant it to be read. */
export function isStdinPipe(): boolean {
  try {
    return fstatSync(0).isFIFO()
  } catch {
    return false // closed: there is nothing that could have been meant
  }
}

/** @throws AgentError (exit 2) */
export async function readQuestion(
  { text, readsStdin }: QuestionPlan,
  notify: Notify,
): Promise<{ text: string; context: string | null }> {
  if (!readsStdin) return { text: text ?? '', context: null }
  notify('debug', 'reading stdin to its end')
  const read = await readStdin()
  if (text === null) {
    if (read.trim() === '') throw noQuestion('the question on stdin is empty')
    return { text: read.trim(), context: null }
  }
  if (read.trim() !== '') return { text, context: read }
  notify('warning', 'stdin is empty; the question goes without context')
  return { text, context: null }
}

/** @throws AgentError (exit 2) where it is no text, or too much of it */
export async function readStdin(
  maxBytes = MAX_STDIN_BYTES,
  hint = 'send a part of it: ... | head -c 1M | agent ask ...',
): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of process.stdin) {
      const piece = Buffer.from(chunk)
      bytes += piece.length
      if (bytes > maxBytes) break
      chunks.push(piece)
    }
  } catch (error) {
    throw badStdin(`stdin cannot be read: ${thrownMessage(error)}`, 'give a file with --file', error)
  }
  if (bytes > maxBytes) throw badStdin(`stdin is larger than ${maxBytes / 1024 / 1024} MiB`, hint)
  const text = asText(Buffer.concat(chunks))
  if (text === null) throw badStdin('stdin is binary, not UTF-8 text', 'give images and PDFs with --file')
  return text
}

/** @returns null where the bytes are no UTF-8 text */
export function asText(bytes: Buffer): string | null {
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function noQuestion(message: string): AgentError {
  const hint = 'agent ask "weather in SF", or pipe one in: echo "weather in SF" | agent ask'
  return new AgentError('no-question', message, { exit: 'usage', hint })
}

function badStdin(message: string, hint: string, cause?: unknown): AgentError {
  return new AgentError('bad-stdin', message, { exit: 'usage', hint, cause })
}
