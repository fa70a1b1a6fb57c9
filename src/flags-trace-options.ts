/** The options of tracing, as a table; of `ask` and `resume`. */
import type { OptionRow } from './flags-options.ts'
import { readWord } from './flags-readers.ts'

export const TRACE_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Tracing:',
    flags: '--otel <url>',
    description: 'send OpenTelemetry spans to this collector (OTLP over HTTP)',
    read: readWord('--otel', 'http://127.0.0.1:4318'),
  },
  { flags: '--otel-content', description: 'put questions, answers, inputs and outputs into the spans' },
]
