/**
 * The command line: commands, flags and help. The only door to commander. It reads and checks what
 * was typed and says what to do; it runs nothing, reads no file and no environment.
 */
import { Command, CommanderError } from 'commander'
import type { Decisions } from './commands/resume.ts'
import type { RunsAction } from './commands/runs.ts'
import type { Picture } from './commands/view.ts'
import type { AskFlags } from './flags.ts'
import { refuseConflicts } from './flags-conflicts.ts'
import { JOURNAL_OPTIONS } from './flags-journal-options.ts'
import { mistake, noCommand, usage } from './flags-mistake.ts'
import {
  FAIL_OPTION,
  LIMIT_OPTIONS,
  MODEL_OPTIONS,
  OFFLINE_OPTION,
  OTHER_OPTIONS,
  OUTPUT_OPTIONS,
  TOOL_OPTIONS,
  tableOptions,
} from './flags-options.ts'
import { POLICY_OPTIONS } from './flags-policy-options.ts'
import { REPLAY_OPTIONS } from './flags-replay-options.ts'
import { CONTINUE_OPTION, RESUME_OPTIONS, RESUMED_OPTIONS } from './flags-resume-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import { ENVIRONMENT, EXAMPLES, EXIT_CODES, TOOLS_EXAMPLES } from './help.ts'
import { addOptions } from './program-options.ts'
import { addView } from './program-view.ts'

/** For whoever adds a command: commander itself comes in here only. */
export type { Command }

/** What `agent tools` is to do. */
export type ToolsInvocation =
  | { command: 'tools-list'; flags: AskFlags }
  | { command: 'tools-call'; name: string; input: string; flags: AskFlags }
  | { command: 'tools-check'; paths: string[]; flags: AskFlags }

export type Invocation =
  | { command: 'ask'; words: string[]; flags: AskFlags }
  | { command: 'view'; run: string; picture: Picture; flags: AskFlags }
  | { command: 'runs'; action: RunsAction; flags: AskFlags }
  | { command: 'resume'; run: string; flags: AskFlags; decisions: Decisions }
  | ToolsInvocation
  /** `wanted` is false where help is the answer to nothing at all, which is a mistake (exit 2). */
  | { command: 'help'; text: string; wanted: boolean }

/**
 * @param argv     what follows the program's name
 * @param version  for `--version`
 * @throws         AgentError (exit 2)
 */
export function parseArguments(argv: readonly string[], version: string): Invocation {
  let invocation: Exclude<Invocation, { command: 'help' }> | null = null
  let printed = ''
  let complained = ''
  const program = new Command('agent')
    .description('One command answers one question; the tool calls of each turn run concurrently.')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        printed += text
      },
      // What commander says of a mistake is said again by whoever reports the AgentError.
      writeErr: (text) => {
        complained += text
      },
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', `${EXIT_CODES}\n${ENVIRONMENT}\n${EXAMPLES}`)
  const ask = addAsk(program)
  ask.action((words: string[]) => {
    invocation = { command: 'ask', words, flags: flagsOf(ask.opts<TypedOptions>()) }
  })
  addResume(program, (asked) => {
    invocation = asked
  })
  addView(program, (asked) => {
    invocation = asked
  })
  addRuns(program, (asked) => {
    invocation = asked
  })
  addTools(program, (asked) => {
    invocation = asked
  })
  try {
    if (argv.length === 0) {
      program.outputHelp()
      return { command: 'help', text: printed, wanted: false }
    }
    program.parse([...argv], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return { command: 'help', text: printed, wanted: true }
    if (error.code === 'commander.help' && /^(?:tools|runs)$/.test(argv.join(' ')))
      return { command: 'help', text: complained, wanted: false }
    // What `help` says of a command that it does not know went to stderr, which is silent here.
    if (error.code === 'commander.help')
      throw noCommand(`unknown command ${JSON.stringify(argv.at(-1))}`, 'agent help ask')
    throw mistake(error, argv)
  }
  if (invocation === null) throw usage('no-command', 'no command', 'agent ask "weather in SF", or agent --help')
  const asked = invocation as Exclude<Invocation, { command: 'help' }> // assigned in a callback, which narrowing does not see
  refuseConflicts(asked.flags)
  return asked
}

function addAsk(program: Command): Command {
  const ask = program
    .command('ask')
    .argument('[question...]', 'the question; `-` adds stdin as context before it')
    .usage('[options] [question...]')
    .summary('answer one question')
    .description(
      'Asks the model, runs its tool calls concurrently, prints the answer. Without a question it is read from stdin.',
    )
  addOptions(ask, [
    ...MODEL_OPTIONS,
    ...TOOL_OPTIONS,
    FAIL_OPTION,
    ...POLICY_OPTIONS,
    ...LIMIT_OPTIONS,
    ...OUTPUT_OPTIONS,
    ...JOURNAL_OPTIONS,
    CONTINUE_OPTION,
    ...REPLAY_OPTIONS,
    ...OTHER_OPTIONS,
  ])
  return ask
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', `${EXIT_CODES}\n${ENVIRONMENT}\n${EXAMPLES}`)
}

function addResume(program: Command, asked: (invocation: Extract<Invocation, { command: 'resume' }>) => void): void {
  const resume = program
    .command('resume')
    .argument('[run]', 'its id or the beginning of it, last, or a journal', 'last')
    .summary('go on with a run that was interrupted')
    .description(
      'Goes on where a run was interrupted. Completed calls are not run again; a finished run prints its answer again.',
    )
  addOptions(resume, [...RESUME_OPTIONS, ...RESUMED_OPTIONS, ...OUTPUT_OPTIONS.slice(0, -1), ...OTHER_OPTIONS])
  resume.action((run: string) => {
    const { unknown = null, force = false, repair = false, ...typed } = resume.opts<TypedOptions & Partial<Decisions>>()
    asked({ command: 'resume', run, flags: flagsOf(typed), decisions: { unknown, force, repair } })
  })
}

function addRuns(program: Command, asked: (invocation: Extract<Invocation, { command: 'runs' }>) => void): void {
  const runs = program
    .command('runs')
    .summary('list, show or remove the runs that are kept')
    .description('Looks at the journals of runs. No model is asked, and no key is needed.')
    .usage('<command> [options]')
  const add = (usage: string, summary: string, json: string, action: (names: string[]) => RunsAction) => {
    const command = runs
      .command(usage)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    addOptions(command, tableOptions(json))
    command.action(() =>
      asked({ command: 'runs', action: action(command.args), flags: flagsOf(command.opts<TypedOptions>()) }),
    )
  }
  add('list', 'id, start, status, duration, cost and question of each run', 'the runs as a JSON list', () => ({
    type: 'list',
  }))
  add('show [run]', 'what a run has done; its id, last, or a journal', 'its transcript', ([run = 'last']) => ({
    type: 'show',
    run,
  }))
  add('rm <runs...>', 'remove runs by their ids', 'nothing', (names) => ({ type: 'rm', runs: names }))
}

function addTools(program: Command, asked: (invocation: ToolsInvocation) => void): void {
  const tools = program
    .command('tools')
    .summary('list, call or check tools')
    .description('Looks at the tools that a run would have. No model is asked, and no key is needed.')
    .usage('<command> [options]')
    .addHelpText('after', TOOLS_EXAMPLES)
  const list = tools
    .command('list')
    .summary('name, source, effect, policy and description of each tool')
    .description('Prints the tools that `agent ask` with the same flags would have; their schemas with -v.')
  addOptions(list, [...TOOL_OPTIONS, ...POLICY_OPTIONS, ...tableOptions('the tools as a JSON list'), ...OTHER_OPTIONS])
  list.action(() => asked({ command: 'tools-list', flags: flagsOf(list.opts<TypedOptions>()) }))
  const call = tools
    .command('call')
    .argument('<name>', 'the tool')
    .argument('<input>', 'its input, one JSON object; `-`: from stdin')
    .summary('run one tool by hand')
    .description('Runs one tool as a run would and prints its output; exit 9 when it fails.')
  addOptions(call, [
    ...TOOL_OPTIONS,
    ...POLICY_OPTIONS,
    OFFLINE_OPTION,
    ...tableOptions('the record of the call, with its timing, as JSON'),
    ...OTHER_OPTIONS,
  ])
  call.action((name: string, input: string) =>
    asked({ command: 'tools-call', name, input, flags: flagsOf(call.opts<TypedOptions>()) }),
  )
  const check = tools
    .command('check')
    .argument('[path...]', 'tool files, folders of them')
    .summary('load tools and say what is wrong with them')
    .description(
      'Loads tools, checks names, descriptions and schemas, and shows what a model will see; exit 3 on errors.',
    )
  addOptions(check, [...TOOL_OPTIONS, ...tableOptions('what was found as JSON'), ...OTHER_OPTIONS])
  check.action((paths: string[]) =>
    asked({ command: 'tools-check', paths, flags: flagsOf(check.opts<TypedOptions>()) }),
  )
}
