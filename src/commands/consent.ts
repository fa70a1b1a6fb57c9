/**
 * Asks whoever sits at the terminal whether a destructive call may run. The question goes to stderr,
 * the answer comes from the terminal itself: stdin may be a pipe that somebody else writes to.
 */
import { openSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ReadStream } from 'node:tty'
import type { AskConsent, ConsentRequest } from '../contract/permission.ts'
import { safeJson } from '../contract/safe-json.ts'
import { keepHeadAndTail } from '../contract/truncate.ts'

/** Of the input that is shown. */
const MAX_SHOWN_BYTES = 2 * 1024
const CHOICES = 'run it? [y]es, [a]lways in this run, [N]o: '

export type ConsentOptions = {
  /** Writes text to stderr as it is, cleaned of what steers a terminal. */
  write: (text: string) => void
  /** Nothing moves on the terminal until what it returns is called. */
  pause: () => () => void
}

/** @returns null where there is no terminal to ask at */
export function openConsent({ write, pause }: ConsentOptions): AskConsent | null {
  if (!isInForeground()) return null
  const always = new Set<string>()
  let line: Promise<unknown> = Promise.resolve()

  async function question(request: ConsentRequest, signal: AbortSignal): Promise<boolean> {
    // Another question may have settled this one.
    if (always.has(request.tool)) return true
    if (signal.aborted) return false
    const resume = pause()
    try {
      write(questionText(request))
      const answer = (await readAnswer(signal)).trim().toLowerCase()
      if (answer === 'a' || answer === 'always') always.add(request.tool)
      return ['y', 'yes', 'a', 'always'].includes(answer)
    } finally {
      resume()
    }
  }

  return (request, signal) => {
    const asked = line.then(() => question(request, signal))
    line = asked
    return asked
  }
}

function questionText({ tool, source, input }: ConsentRequest): string {
  const shown = keepHeadAndTail(safeJson(input), MAX_SHOWN_BYTES)
  return `agent: ${tool} (${source}) is destructive and wants to run with\n  ${shown}\n${CHOICES}`
}

/** Resolves with an empty line where the terminal has nothing to say: hung up, Ctrl-D, aborted. */
function readAnswer(signal: AbortSignal): Promise<string> {
  const terminal = openTerminal()
  if (terminal === null) return Promise.resolve('')
  return new Promise((resolve) => {
    const lines = createInterface({ input: terminal, terminal: false })
    const settle = (answer: string) => {
      // First: to close the lines settles again.
      resolve(answer)
      signal.removeEventListener('abort', onAbort)
      lines.close()
      terminal.destroy()
    }
    const onAbort = () => settle('')
    terminal.on('error', () => settle(''))
    lines.on('line', settle).on('close', () => settle(''))
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

function openTerminal(): ReadStream | null {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'))
  } catch {
    return null
  }
}

/**
 * Whether we may read from the terminal: a process in the background is stopped when it tries. Where
 * there is no /proc (macOS) it is taken for granted.
 */
function isInForeground(): boolean {
  const terminal = openTerminal()
  if (terminal === null) return false
  terminal.destroy()
  try {
    // Behind the name in brackets: state, parent, group, session, terminal, the terminal's foreground group.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return group === foreground
  } catch {
    return true
  }
}
