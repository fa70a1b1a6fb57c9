/** The options that say whether and where a run's journal is kept. */
import { DURABILITIES } from './flags.ts'
import type { OptionRow } from './flags-options.ts'
import { readOneOf, readWord } from './flags-readers.ts'

export const JOURNAL_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Journal:',
    flags: '--journal <file>',
    description: 'keep the journal of this run there, in a new file',
    values: 'file',
    read: readWord('--journal', 'run.jsonl'),
  },
  { flags: '--no-journal', description: 'keep no journal; the run cannot be resumed' },
  {
    flags: '--durability <level>',
    description: `what the journal waits for the disk for: ${DURABILITIES.join(', ')} (default: normal)`,
    values: DURABILITIES,
    read: readOneOf('--durability', DURABILITIES, 'strict'),
  },
]
