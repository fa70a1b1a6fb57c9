/**
 * Reads the report pipe of a host (host/protocol.ts, REPORT_FD): lines, and messages of threads, which
 * arrive in parts that may be mixed with those of other threads.
 */
import type { FromHost } from '../host/protocol.ts'

export type ReportHandlers = {
  begun(call: number): void
  /** Its calls have ended, as it was asked to close. */
  left(): void
  message(message: FromHost): void
}

/** @returns takes the pipe's text as it arrives */
export function reportReader(handlers: ReportHandlers): (text: string) => void {
  const parts = new Map<string, string>()
  let rest = ''
  function line(text: string): void {
    const [word, call = '', more] = text.split(' ', 3)
    if (word === 'begun') handlers.begun(Number(call))
    else if (word === 'left') handlers.left()
    else if (word === 'part') part(call, more === '1', text.slice(`part ${call} 0 `.length))
  }
  function part(call: string, more: boolean, text: string): void {
    const whole = (parts.get(call) ?? '') + text
    if (more) {
      parts.set(call, whole)
      return
    }
    parts.delete(call)
    // The host's own words: host/report.ts writes them.
    handlers.message(JSON.parse(whole) as FromHost)
  }
  return (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const one of lines) line(one)
  }
}
