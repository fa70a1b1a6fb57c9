/**
 * Commands and options as commander has them, and its only door: a program that writes nothing and ends
 * nothing, options from tables, and what it finds wrong. Which commands there are is program.ts's to say.
 */
import { Command, CommanderError, Option } from 'commander'
import type { ToolSaying } from './contract/tool-override.ts'
import type { AskFlags } from './flags.ts'
import type { CommandNames } from './flags-mistake.ts'
import type { OptionRow } from './flags-options.ts'

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

/** What several options say of tools is one list, in the order of the command line. */
class SayingOption extends Option {
  override attributeName(): keyof AskFlags {
    return 'toolSayings'
  }
}

/** A group's heading stands before its first option. */
export function addOptions(command: Command, options: readonly OptionRow[]): void {
  for (const { group, flags, description, read, says, fills } of options) {
    if (group !== undefined) command.optionsGroup(group)
    if (says !== undefined) {
      const option = new SayingOption(flags, description)
      command.addOption(option.argParser<ToolSaying[]>((text, before) => says(text, before ?? [])))
    } else if (fills !== undefined)
      command.option<object>(flags, description, (text, before = {}) => fills(text, before))
    else if (read === undefined) command.option(flags, description)
    else
      command.option<string | number | string[]>(flags, description, (text, before) =>
        read(text, Array.isArray(before) ? before : undefined),
      )
  }
}
