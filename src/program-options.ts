/** Hands a table of options to a command of commander. */
import type { ToolSaying } from './contract/tool-override.ts'
import type { AskFlags } from './flags.ts'
import type { OptionRow } from './flags-options.ts'
import type { Command } from './program.ts'

/** A group's heading stands before its first option. */
export function addOptions(command: Command, options: readonly OptionRow[]): void {
  for (const { group, flags, description, read, says, fills } of options) {
    if (group !== undefined) command.optionsGroup(group)
    if (says !== undefined) {
      const option = command.createOption(flags, description)
      // What several options say of tools is one list, in the order of the command line.
      option.attributeName = (): keyof AskFlags => 'toolSayings'
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
