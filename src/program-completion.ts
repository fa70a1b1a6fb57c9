/** `agent completion` on the command line. What its scripts call, `agent complete`, never comes here: see main.ts. */
import { SHELLS } from './commands/shells.ts'
import type { AskFlags } from './flags.ts'
import { PLAIN_OPTIONS } from './flags-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import { COMPLETION_EXAMPLES } from './help.ts'
import type { Command } from './program-command.ts'
import { addArgument, addOptions } from './program-command.ts'

/** `shell`: null where none was typed. */
export type CompletionInvocation = { command: 'completion'; shell: string | null; flags: AskFlags }

export function addCompletion(program: Command, asked: (invocation: CompletionInvocation) => void): void {
  const completion = program
    .command('completion')
    .summary('print the completions for a shell')
    .description('Prints what makes a shell complete commands, flags, their values, names of tools and ids of runs.')
    .addHelpText('after', COMPLETION_EXAMPLES)
  addArgument(completion, { term: '[shell]', description: SHELLS.join(', '), values: SHELLS })
  addOptions(completion, PLAIN_OPTIONS)
  completion.action((shell: string | undefined) =>
    asked({ command: 'completion', shell: shell ?? null, flags: flagsOf(completion.opts<TypedOptions>()) }),
  )
}
