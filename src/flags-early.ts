/**
 * What of the command line holds even where it cannot be parsed: scripts that asked for JSON in a
 * file get JSON there, also when they have misspelled another option. Guesses, where `program.ts`
 * knows; loads nothing.
 */
import type { OutputFormat } from './contract/config.ts'

export function formatOf(argv: readonly string[]): OutputFormat {
  const options = optionsOf(argv)
  if (options.includes('--json')) return 'json'
  return options.includes('--jsonl') ? 'jsonl' : 'prose'
}

/** @returns null for stdout */
export function outputFileOf(argv: readonly string[]): string | null {
  const options = optionsOf(argv)
  let file = ''
  for (const [index, option] of options.entries()) {
    if (option === '--output' || option === '-o') file = options[index + 1] ?? ''
    else file = /^(?:--output=|-o)(.+)$/s.exec(option)?.[1] ?? file
  }
  return file === '' || file === '-' ? null : file
}

function optionsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end < 0 ? argv : argv.slice(0, end)
}
