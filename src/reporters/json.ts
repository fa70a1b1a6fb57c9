/**
 * `--json`: the transcript, one document, at the end. It says nothing while the run goes on.
 */

import type { Redactor } from '../contract/redact.ts'
import { redactJson } from '../contract/redact.ts'
import type { Reporter } from '../contract/reporter.ts'
import { safeJson } from '../contract/safe-json.ts'
import type { Output } from './output.ts'

export function openJson({ output, redact }: { output: Output; redact: Redactor }): Reporter {
  return {
    report: () => undefined,
    close: (transcript) => {
      output.write(`${safeJson(redactJson(transcript, redact), 2)}\n`)
      return output.close()
    },
  }
}
