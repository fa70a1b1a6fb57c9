/** `agent doctor` on the command line. */
import type { AskFlags } from './flags.ts'
import { MODEL_OPTIONS, OTHER_OPTIONS, TOOL_OPTIONS, tableOptions } from './flags-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import type { Command } from './program-command.ts'
import { addOptions } from './program-command.ts'

export type DoctorInvocation = { command: 'doctor'; flags: AskFlags }

/** Those that say which server is asked, and for what. */
const SERVER_OPTIONS = MODEL_OPTIONS.filter(({ flags }) => /^(?:-m, --model|--base-url|--offline)\b/.test(flags))

export function addDoctor(program: Command, asked: (invocation: DoctorInvocation) => void): void {
  const doctor = program
    .command('doctor')
    .summary('check what a run needs')
    .description(
      'Checks Node, config file, key, server, model, tools, MCP servers, state folder and kept runs, with the flags of ask. Costs no tokens. Exits as a run would that meets the first fault: 3, 4, 5, 6 or 12; what a run would go on without is a warning.',
    )
  addOptions(doctor, [
    ...SERVER_OPTIONS,
    ...TOOL_OPTIONS,
    ...tableOptions('the checks as a JSON document'),
    ...OTHER_OPTIONS,
  ])
  doctor.action(() => asked({ command: 'doctor', flags: flagsOf(doctor.opts<TypedOptions>()) }))
}
