/**
 * Commands and options as commander has them, and its only door: a program that writes nothing and ends
 * nothing, options from tables, and what it finds wrong. Which commands there are is program.ts's to say.
 */
import { Argument, Command, CommanderError, Option } from 'commander'
import type { ToolSaying } from './contract/tool-override.ts'
import type { AskFlags } from './flags.ts'
import type { CommandNames } from './flags-mistake.ts'
import type { OptionRow } from './flags-options.ts'
import type { CommandOutline, OptionOutline, Values } from './help-outline.ts'

export type { Command }

/** What would have been written. */
export type Written = { printed: string; complained: string }

export function openProgram(name: string, written: Written): Command {
  return new Command(name)
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        written.printed += text
      },
      // What commander says of a mistake is said again by whoever reports the AgentError.
      writeErr: (text) => {
        written.complained += text
      },
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
}

/** @returns null where something else was thrown */
export function faultOf(error: unknown): { code: string; exitCode: number; message: string } | null {
  return error instanceof CommanderError ? error : null
}

/** Of commands, and of those below each. */
export function commandNames(program: Command): CommandNames {
  const names = (of: Command) => of.commands.map((command) => command.name())
  return new Map(program.commands.map((command) => [command.name(), names(command)]))
}

/** An option that remembers what its row says of its values. */
class RowOption extends Option {
  readonly row: OptionRow

  constructor(row: OptionRow) {
    super(row.flags, row.description)
    this.row = row
  }

  /** What several options say of tools is one list, in the order of the command line. */
  override attributeName(): string {
    return this.row.says === undefined ? super.attributeName() : ('toolSayings' satisfies keyof AskFlags)
  }
}

/** A group's heading stands before its first option. */
export function addOptions(command: Command, rows: readonly OptionRow[]): void {
  for (const row of rows) {
    const { group, read, says, fills } = row
    if (group !== undefined) command.optionsGroup(group)
    const option = new RowOption(row)
    if (says !== undefined) option.argParser<ToolSaying[]>((text, before) => says(text, before ?? []))
    else if (fills !== undefined) option.argParser<object>((text, before) => fills(text, before ?? {}))
    else if (read !== undefined)
      option.argParser<string | number | string[]>((text, before) =>
        read(text, Array.isArray(before) ? before : undefined),
      )
    command.addOption(option)
  }
}

export type ArgumentRow = {
  /** `[run]`, `<runs...>`. */
  term: string
  /** Empty: help does not list it. */
  description: string
  values?: Values
  /** What stands for it where it is left out. */
  preset?: string
}

class RowArgument extends Argument {
  readonly row: ArgumentRow

  constructor(row: ArgumentRow) {
    super(row.term, row.description)
    this.row = row
    if (row.preset !== undefined) this.default(row.preset)
  }
}

export function addArgument(command: Command, row: ArgumentRow): Command {
  return command.addArgument(new RowArgument(row))
}

/** What help shows of it, as data: hidden commands are left out. */
export function outlineOf(command: Command): CommandOutline {
  const help = command.createHelp()
  return {
    name: command.name(),
    usage: command.usage(),
    summary: help.subcommandDescription(command),
    description: command.description(),
    arguments: command.registeredArguments.map((argument) => ({
      term: argument instanceof RowArgument ? argument.row.term : argument.name(),
      description: help.argumentDescription(argument),
      variadic: argument.variadic,
      values: argument instanceof RowArgument ? (argument.row.values ?? null) : null,
    })),
    options: help.visibleOptions(command).map((option): OptionOutline => {
      const { flags, short, long, required, optional, helpGroupHeading: group = 'Options:' } = option
      return {
        ...{ group, flags, names: [short, long].filter((name) => name !== undefined) },
        description: help.optionDescription(option),
        takesValue: required || optional,
        values: option instanceof RowOption ? (option.row.values ?? null) : null,
      }
    }),
    commands: help.visibleCommands(command).map(outlineOf),
  }
}
