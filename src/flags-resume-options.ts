/** The options of going on: `agent resume`, and `--continue` of `agent ask`. */
import type { OptionRow } from './flags-options.ts'
import { LIMIT_OPTIONS, MODEL_OPTIONS, TOOL_OPTIONS } from './flags-options.ts'
import { readOneOf, readWord } from './flags-readers.ts'
import type { Unknown } from './run/taken-up.ts'

const UNKNOWN: readonly Unknown[] = ['skip', 'retry', 'fail']

export const CONTINUE_OPTION: OptionRow = {
  flags: '--continue <run>',
  description: 'go on from the conversation of a finished run: its id, last, or a journal',
  values: 'run',
  read: readWord('--continue', 'last'),
}

export const RESUME_OPTIONS: readonly OptionRow[] = [
  {
    group: 'Resume:',
    flags: '--unknown <what>',
    description: 'write calls that may have happened: skip (the model is told), retry, fail (exit 9)',
    values: UNKNOWN,
    read: readOneOf('--unknown', UNKNOWN, 'skip'),
  },
  { flags: '--force', description: 'go on although tools, model or version have changed' },
  { flags: '--repair', description: 'cut a damaged journal at its first bad record; a copy is kept' },
]

/** Those of `ask` that may be said anew. */
export const RESUMED_OPTIONS: readonly OptionRow[] = [...MODEL_OPTIONS, ...TOOL_OPTIONS, ...LIMIT_OPTIONS]
  .filter(({ flags }) => /^(?:-t, --tools|--mcp|--base-url|--timeout) /.test(flags))
  .map(({ group: _, ...row }) => row)
