/**
 * `--jsonl`: every event, one a line, as it happens, every `seq` without a gap. Text that may be the
 * first half of a secret waits, with its line, until the next delta has shown what it is; the texts
 * of all deltas, joined, are the whole text.
 */

import type { AgentEvent } from '../contract/event.ts'
import type { JsonValue } from '../contract/json.ts'
import type { Redactor } from '../contract/redact.ts'
import { redactJson } from '../contract/redact.ts'
import { openRedactStream } from '../contract/redact-stream.ts'
import type { Reporter } from '../contract/reporter.ts'
import { safeJson } from '../contract/safe-json.ts'
import type { Output } from './output.ts'

type TextDelta = AgentEvent & { type: 'text_delta' }

export function openJsonl({ output, redact }: { output: Output; redact: Redactor }): Reporter {
  const stream = openRedactStream(redact)
  /** Deltas whose text is not settled; their settled text goes into the first of them. */
  let waiting: TextDelta[] = []
  let settled = ''

  const writeLine = (value: JsonValue) => output.write(`${safeJson(value)}\n`)
  const writeDeltas = (deltas: readonly TextDelta[]) => {
    for (const delta of deltas) {
      writeLine({ ...delta, text: settled })
      settled = ''
    }
  }
  const settleAll = () => {
    settled += stream.end()
    writeDeltas(waiting)
    waiting = []
  }

  return {
    handsOn: true,
    report: (event) => {
      if (event.type !== 'text_delta') {
        settleAll()
        writeLine(redactJson(event, redact))
        return
      }
      waiting.push(event)
      settled += stream.push(event.text)
      const settledCount = stream.holds ? waiting.length - 1 : waiting.length
      writeDeltas(waiting.slice(0, settledCount))
      waiting = waiting.slice(settledCount)
    },
    close: () => {
      settleAll()
      return output.close()
    },
  }
}
