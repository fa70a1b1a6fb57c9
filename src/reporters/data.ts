/**
 * The answer as data, where a schema was given: one JSON document at the end, or nothing. Text that does
 * not fit would break whoever reads the output, so it is quoted on stderr.
 */
import type { Redactor } from '../contract/redact.ts'
import { redactJson } from '../contract/redact.ts'
import type { Notify, Reporter } from '../contract/reporter.ts'
import { safeJson } from '../contract/safe-json.ts'
import type { Output } from './output.ts'
import type { Screen } from './screen.ts'
import { stillScreen } from './screen.ts'

/** Of an answer that is not printed. */
const MAX_QUOTED = 500

export type DataOptions = { output: Output; redact: Redactor; notify: Notify; progress: Screen | null }

export function openData({ output, redact, notify, progress }: DataOptions): Reporter {
  const screen = progress ?? stillScreen()
  return {
    report: (event) => {
      if (event.type !== 'run_end') return
      const { structured, status, answer } = event
      if (structured !== null || status === 'completed') {
        screen.hide()
        output.write(`${safeJson(redactJson(structured, redact), 2)}\n`)
        screen.show()
      } else if (answer !== null) notify('warning', `the answer, which is not printed: ${shortened(redact(answer))}`)
    },
    close: () => output.close(),
  }
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}...` : line
}
