/**
 * What may stand at the cursor of a command line: a command, a flag, the value of a flag, an argument.
 * Pure; which tools and runs there are is known-words.ts's to say.
 */
import type { CommandOutline, OptionOutline, Values } from '../help-outline.ts'
import type { TypedLine } from './typed-line.ts'

/** A word that may stand there, and what it is. */
export type Candidate = { word: string; about: string }

/** Options that stand before the cursor, by their names, in order; the value is empty where there is none. */
export type Given = readonly { names: readonly string[]; value: string }[]

export type Wanted = {
  /** What of the last word stays, whatever comes: `--effort=`. */
  prefix: string
  /** The rest of it. */
  typed: string
  /** null: nothing can be said. */
  values: Values | readonly Candidate[] | null
  given: Given
}

export function wantedAt(program: CommandOutline, { words, last, redirected }: TypedLine): Wanted {
  const { command, above, operands, ended, given, waiting } = walk(program, words)
  const wanted = (values: Wanted['values'], prefix = ''): Wanted => {
    return { prefix, typed: last.slice(prefix.length), values, given }
  }
  if (redirected) return wanted('file')
  if (waiting !== null) return wanted(waiting.values)
  if (!ended && last.startsWith('-')) {
    const { option, attached } = optionOf(command, last)
    if (option !== null && attached !== null) return wanted(option.values, last.slice(0, last.length - attached.length))
    return wanted(last.includes('=') ? null : flagsOf(command, last))
  }
  if (above !== null && command.name === 'help') return wanted(operands === 0 ? commandsOf(above) : null)
  if (operands === 0 && command.commands.length > 0) return wanted(commandsOf(command))
  const argument = command.arguments[operands] ?? command.arguments.at(-1)
  const fits = argument !== undefined && (operands < command.arguments.length || argument.variadic)
  return wanted(fits ? argument.values : null)
}

function walk(program: CommandOutline, words: readonly string[]) {
  let command = program
  let above: CommandOutline | null = null
  let operands = 0
  let ended = false
  let waiting: OptionOutline | null = null
  const given: { names: readonly string[]; value: string }[] = []
  for (const word of words) {
    if (waiting !== null) {
      given.push({ names: waiting.names, value: word })
      waiting = null
    } else if (!ended && word === '--') {
      ended = true
    } else if (!ended && word.startsWith('-') && word !== '-') {
      const { option, attached } = optionOf(command, word)
      if (option === null) continue
      if (option.takesValue && attached === null) waiting = option
      else given.push({ names: option.names, value: attached ?? '' })
    } else {
      const below = operands === 0 ? command.commands.find(({ name }) => name === word) : undefined
      if (below === undefined) operands += 1
      else [above, command] = [command, below]
    }
  }
  return { command, above, operands, ended, given, waiting }
}

/** `--effort=high`, `-mqwen3`, `-qm qwen3`: the option, and what of the word is its value already. */
function optionOf(command: CommandOutline, word: string): { option: OptionOutline | null; attached: string | null } {
  const find = (name: string) => command.options.find(({ names }) => names.includes(name)) ?? null
  if (word.startsWith('--')) {
    const at = word.indexOf('=')
    const option = find(at < 0 ? word : word.slice(0, at))
    return { option, attached: at < 0 ? null : word.slice(at + 1) }
  }
  const option = find(word.slice(0, 2))
  const rest = word.slice(2)
  if (option === null || rest === '') return { option, attached: null }
  return option.takesValue ? { option, attached: rest } : optionOf(command, `-${rest}`)
}

function commandsOf({ commands }: CommandOutline): Candidate[] {
  return commands.map(({ name, summary }) => ({ word: name, about: summary }))
}

/** A short one only where it has been typed: all of them would stand there twice. */
function flagsOf({ options }: CommandOutline, last: string): Candidate[] {
  return options.flatMap(({ names, description }) =>
    names.filter((name) => name.startsWith('--') || name === last).map((word) => ({ word, about: description })),
  )
}
