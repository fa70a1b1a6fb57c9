/**
 * The command line: which commands there are, and what was asked of them. It reads and checks what was
 * typed and says what to do; it runs nothing, reads no file and no environment.
 */
import type { Decisions } from './commands/resume.ts'
import type { AskFlags } from './flags.ts'
import { ANSWER_OPTIONS } from './flags-answer-options.ts'
import { refuseConflicts } from './flags-conflicts.ts'
import { JOURNAL_OPTIONS } from './flags-journal-options.ts'
import { mistake, noCommand, usage } from './flags-mistake.ts'
import {
  FAIL_OPTION,
  LIMIT_OPTIONS,
  MODEL_OPTIONS,
  OTHER_OPTIONS,
  OUTPUT_OPTIONS,
  TOOL_OPTIONS,
} from './flags-options.ts'
import { POLICY_OPTIONS } from './flags-policy-options.ts'
import { REPLAY_OPTIONS } from './flags-replay-options.ts'
import { CONTINUE_OPTION, RESUME_OPTIONS, RESUMED_OPTIONS } from './flags-resume-options.ts'
import { TRACE_OPTIONS } from './flags-trace-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import { ENVIRONMENT, EXAMPLES, EXIT_CODES } from './help.ts'
import type { CommandOutline } from './help-outline.ts'
import type { Command, Written } from './program-command.ts'
import { addArgument, addOptions, commandNames, faultOf, openProgram, outlineOf } from './program-command.ts'
import type { CompletionInvocation } from './program-completion.ts'
import { addCompletion } from './program-completion.ts'
import type { DoctorInvocation } from './program-doctor.ts'
import { addDoctor } from './program-doctor.ts'
import type { RunsInvocation } from './program-runs.ts'
import { addRuns } from './program-runs.ts'
import type { SchemaInvocation } from './program-schema.ts'
import { addSchema } from './program-schema.ts'
import type { ToolsInvocation } from './program-tools.ts'
import { addTools } from './program-tools.ts'
import type { ViewInvocation } from './program-view.ts'
import { addView } from './program-view.ts'

export type Invocation =
  | { command: 'ask'; words: string[]; flags: AskFlags }
  | ViewInvocation
  | RunsInvocation
  | { command: 'resume'; run: string; flags: AskFlags; decisions: Decisions }
  | ToolsInvocation
  | SchemaInvocation
  | DoctorInvocation
  | CompletionInvocation
  /** `wanted` is false where help is the answer to nothing at all, which is a mistake (exit 2). */
  | { command: 'help'; text: string; wanted: boolean }

type Asked = Exclude<Invocation, { command: 'help' }>

type Addition = (program: Command, asked: (invocation: Asked) => void) => void

/** In the order of the help. */
const COMMANDS: ReadonlyMap<string, Addition> = new Map([
  ['ask', addAsk],
  ['resume', addResume],
  ['view', addView],
  ['runs', addRuns],
  ['tools', addTools],
  ['schema', addSchema],
  ['doctor', addDoctor],
  ['completion', addCompletion],
] as const)

/**
 * @param argv     what follows the program's name
 * @param version  for `--version`
 * @throws         AgentError (exit 2)
 */
export function parseArguments(argv: readonly string[], version: string): Invocation {
  const [name = ''] = argv
  const typed = COMMANDS.get(name)
  const asked = (typed === undefined ? null : understood(typed, argv, version)) ?? parsedByAll(argv, version)
  if (asked.command !== 'help') refuseConflicts(asked.flags)
  return asked
}

/** By the one command that was typed: all of them take a tenth of a start. null: it is no command as it should be. */
function understood(typed: Addition, argv: readonly string[], version: string): Asked | null {
  const { program, asked } = programOf([typed], version)
  try {
    program.parse([...argv], { from: 'user' })
    return asked()
  } catch (error) {
    if (faultOf(error) === null) throw error
    return null
  }
}

function parsedByAll(argv: readonly string[], version: string): Invocation {
  const { program, written, asked } = programOf(COMMANDS.values(), version)
  try {
    if (argv.length === 0) {
      program.outputHelp()
      return { command: 'help', text: written.printed, wanted: false }
    }
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    const fault = faultOf(error)
    if (fault === null) throw error
    if (fault.exitCode === 0) return { command: 'help', text: written.printed, wanted: true }
    if (fault.code === 'commander.help' && commandNames(program).get(argv.join(' '))?.length)
      return { command: 'help', text: written.complained, wanted: false }
    // What `help` says of a command that it does not know went to stderr, which is silent here.
    if (fault.code === 'commander.help')
      throw noCommand(`unknown command ${JSON.stringify(argv.at(-1))}`, 'agent help ask')
    throw mistake(fault, argv, commandNames(program))
  }
  const invocation = asked()
  if (invocation === null) throw usage('no-command', 'no command', 'agent ask "weather in SF", or agent --help')
  return invocation
}

/** The commands and their options, for completions and the manual page. */
export function programOutline(version: string): CommandOutline {
  return outlineOf(programOf(COMMANDS.values(), version).program)
}

type Program = {
  program: Command
  /** What it has written so far. */
  written: Written
  /** What was asked of it; null: nothing yet. */
  asked(): Asked | null
}

function programOf(additions: Iterable<Addition>, version: string): Program {
  let invocation: Asked | null = null
  const written = { printed: '', complained: '' }
  const program = openProgram('agent', written)
    .description('One command answers one question; the tool calls of each turn run concurrently.')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .addHelpText('after', `${EXIT_CODES}\n${ENVIRONMENT}\n${EXAMPLES}`)
  for (const add of additions) {
    add(program, (asked) => {
      invocation = asked
    })
  }
  return { program, written, asked: () => invocation }
}

function addAsk(program: Command, asked: (invocation: Asked) => void): void {
  const ask = program
    .command('ask')
    .usage('[options] [question...]')
    .summary('answer one question')
    .description(
      'Asks the model, runs its tool calls concurrently, prints the answer. Without a question it is read from stdin.',
    )
  addArgument(ask, { term: '[question...]', description: 'the question; `-` adds stdin as context before it' })
  addOptions(ask, [
    ...MODEL_OPTIONS,
    ...TOOL_OPTIONS,
    FAIL_OPTION,
    ...POLICY_OPTIONS,
    ...LIMIT_OPTIONS,
    ...OUTPUT_OPTIONS,
    ...ANSWER_OPTIONS,
    ...JOURNAL_OPTIONS,
    CONTINUE_OPTION,
    ...REPLAY_OPTIONS,
    ...TRACE_OPTIONS,
    ...OTHER_OPTIONS,
  ])
  ask.helpOption('-h, --help', 'print this help').addHelpText('after', `${EXIT_CODES}\n${ENVIRONMENT}\n${EXAMPLES}`)
  ask.action((words: string[]) => asked({ command: 'ask', words, flags: flagsOf(ask.opts<TypedOptions>()) }))
}

function addResume(program: Command, asked: (invocation: Asked) => void): void {
  const resume = program
    .command('resume')
    .summary('go on with a run that was interrupted')
    .description(
      'Goes on where a run was interrupted. Completed calls are not run again; a finished run prints its answer again.',
    )
  addArgument(resume, {
    term: '[run]',
    description: 'its id or the beginning of it, last, or a journal',
    values: 'run',
    preset: 'last',
  })
  addOptions(resume, [
    ...RESUME_OPTIONS,
    ...RESUMED_OPTIONS,
    ...OUTPUT_OPTIONS.slice(0, -1),
    ...TRACE_OPTIONS,
    ...OTHER_OPTIONS,
  ])
  resume.action((run: string) => {
    const { unknown = null, force = false, repair = false, ...typed } = resume.opts<TypedOptions & Partial<Decisions>>()
    asked({ command: 'resume', run, flags: flagsOf(typed), decisions: { unknown, force, repair } })
  })
}
