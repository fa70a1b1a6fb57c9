/** The option that says what form the answer is to have; of `ask` only, among those of its output. */
import type { OptionRow } from './flags-options.ts'
import { readWord } from './flags-readers.ts'

export const ANSWER_OPTIONS: readonly OptionRow[] = [
  {
    flags: '--schema <file>',
    description: 'answer with JSON that fits a JSON Schema: a file of it, or the schema itself',
    values: 'file',
    read: readWord('--schema', 'answer.schema.json'),
  },
]
