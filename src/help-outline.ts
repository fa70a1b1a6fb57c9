/**
 * The command line as plain data, for what is made from it: completions, and the manual page. What it is
 * made of stands in the tables of options and in program.ts.
 */

/**
 * What may be typed for an option's value or an argument; null: that is not known.
 *
 * - a list: these words; more follows one that ends in `=`
 * - `@file`: a text, or a file's name behind an `@`
 * - `run`: a run's id, `last`, or a file
 * - `tools`: names with commas between; `tool=`: a name, with a value behind it
 */
export type Values = readonly string[] | 'file' | 'folder' | '@file' | 'run' | 'tool' | 'tools' | 'tool='

export type ArgumentOutline = {
  /** As it stands in the usage: `[run]`, `<runs...>`. */
  term: string
  description: string
  /** Takes all that follows. */
  variadic: boolean
  values: Values | null
}

export type OptionOutline = {
  /** The heading that it stands under: `Model:`. */
  group: string
  /** As help shows it: `-m, --model <name>`. */
  flags: string
  names: string[]
  description: string
  takesValue: boolean
  values: Values | null
}

export type CommandOutline = {
  name: string
  /** Behind its name: `[options] [run]`. */
  usage: string
  summary: string
  description: string
  arguments: ArgumentOutline[]
  options: OptionOutline[]
  commands: CommandOutline[]
}
