/**
 * Reads the report pipe of a host (host/protocol.ts, REPORT_FD): lines, and messages of threads, which
 * arrive in parts that may be mixed with those of other threads.
 */
import { type HostMessage, readMessage } from './host-messages.ts'

export type ReportHandlers = {
  begun(call: number): void
  /** Its calls have ended, as it was asked to close. */
  left(): void
  message(message: HostMessage): void
}

/** More than a host writes in one line (host/report.ts). */
export const MAX_REPORT_BYTES = 64 * 1024
/** More than the largest value takes, with every character of it written as an escape of an escape. */
const MAX_MESSAGE = 16 * 1024 * 1024

/** @returns takes the pipe's lines, and says whether a host writes such a line */
export function reportReader(handlers: ReportHandlers): (line: string) => boolean {
  const parts = new Map<string, string>()
  function part(call: string, more: string | undefined, text: string): boolean {
    const whole = (parts.get(call) ?? '') + text
    if (more === '1') {
      parts.set(call, whole)
      return whole.length <= MAX_MESSAGE
    }
    parts.delete(call)
    const message = readMessage(whole)
    if (message !== null) handlers.message(message)
    return message !== null
  }
  return (line) => {
    const [word, call = '', more] = line.split(' ', 3)
    if (word === 'part') return part(call, more, line.slice(`part ${call} 0 `.length))
    if (word === 'begun') handlers.begun(Number(call))
    else if (word === 'left') handlers.left()
    return word === 'begun' || word === 'left'
  }
}
