/**
 * The one door to stderr for words: errors, warnings, and what tools print. Everything is stripped
 * of what steers a terminal and of secrets. It never fails: a run does not end because nobody
 * listens to its warnings.
 */
import type { Verbosity } from '../contract/config.ts'
import type { AgentError } from '../contract/error.ts'
import { unreachable } from '../contract/error.ts'
import type { Redactor } from '../contract/redact.ts'
import type { Notify } from '../contract/reporter.ts'
import { sanitize } from '../contract/sanitize.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'
import type { Screen } from './screen.ts'
import { stillScreen } from './screen.ts'
import { openToolLines } from './tool-lines.ts'

export interface Stderr {
  readonly notify: Notify
  /** What tools have written; shown line by line. */
  toolOutput(chunk: Buffer): void
  /** `agent: message` and `hint: ...`; shown even with -q. */
  error(error: Pick<AgentError, 'message' | 'hint'>): void
  /** Text of several lines as it is: a stack under --debug. */
  print(text: string): void
  /** Lines of a picture with their colours; what is foreign in them has been cleaned. */
  draw(text: string): void
  /** A question, whose answer is typed behind it on the same line. */
  ask(text: string): void
  /** Shows the last unfinished line of tools; resolves when the system has all, never rejects. */
  close(): Promise<void>
}

/** Of one message: services put whole pages of HTML into their errors. */
const MAX_MESSAGE_BYTES = 2048
/** What may wait for a slow reader; beyond it, output of tools is left out and counted. */
const MAX_WAITING_BYTES = 1024 * 1024

export function openStderr(options: {
  verbosity: Verbosity
  redact: Redactor
  /** null: nothing moves on the terminal. */
  progress: Screen | null
  stream?: NodeJS.WriteStream
}): Stderr {
  const { verbosity, redact, stream = process.stderr } = options
  const screen = options.progress ?? stillScreen()
  // without a listener, a reader that has gone would end the process
  stream.on('error', () => undefined)

  const write = (text: string) => {
    screen.hide()
    const breaksLine = stream.isTTY && screen.insideLine
    stream.write(breaksLine ? `\n${text}` : text)
    if (breaksLine) screen.insideLine = false
    screen.show()
  }
  const clean = (text: string) => redact(sanitize(text))
  const oneLine = (text: string) => keepHeadAndTail(clean(text).trim(), MAX_MESSAGE_BYTES).replace(/\s*\n\s*/g, ' ')

  const tools =
    verbosity === 'quiet' ? null : openToolLines(redact, write, () => stream.writableLength > MAX_WAITING_BYTES)
  return {
    notify: (level, text) => {
      if (!isShown(level, verbosity)) return
      write(level === 'warning' ? `agent: warning: ${oneLine(text)}\n` : `agent: ${oneLine(text)}\n`)
    },
    toolOutput: (chunk) => tools?.push(chunk),
    error: ({ message, hint }) => {
      write(`agent: ${oneLine(message)}\n${hint === null ? '' : `hint: ${oneLine(hint)}\n`}`)
    },
    print: (text) => write(`${clean(text).replace(/\n+$/, '')}\n`),
    draw: write,
    ask: (text) => write(clean(text)),
    close: () => {
      tools?.end()
      return new Promise((resolve) => {
        if (stream.destroyed || stream.writableLength === 0) resolve()
        else stream.write('', () => resolve())
      })
    },
  }
}

function isShown(level: Parameters<Notify>[0], verbosity: Verbosity): boolean {
  switch (level) {
    case 'warning':
      return verbosity !== 'quiet'
    case 'info':
      return verbosity === 'verbose' || verbosity === 'debug'
    case 'debug':
      return verbosity === 'debug'
    default:
      return unreachable(level)
  }
}
