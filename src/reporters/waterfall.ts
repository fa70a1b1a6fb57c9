/** `--timings`: the waterfall of the run on stderr, once it has ended and its answer is out. */
import type { Reporter } from '../contract/reporter.ts'
import { paintFor } from './colour.ts'
import { waterfallLines } from './waterfall-lines.ts'

export type WaterfallReporterOptions = {
  /** Takes whole lines, their colours included. */
  draw: (text: string) => void
  redact: (text: string) => string
  columns: number
  colour: boolean
  /** Rows of all calls, however many there are. */
  all: boolean
}

export function openWaterfall({ draw, redact, columns, colour, all }: WaterfallReporterOptions): Reporter {
  return {
    report: () => undefined,
    close: async (transcript) => {
      if (transcript.turns.length === 0) return
      const options = { columns, paint: paintFor(colour), redact, all, heading: false }
      draw(`${waterfallLines(transcript, options).join('\n')}\n`)
    },
  }
}
