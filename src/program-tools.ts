/**
 * `agent tools` on the command line: its commands and what was asked of them.
 */
import type { AskFlags } from './flags.ts'
import { OFFLINE_OPTION, OTHER_OPTIONS, TOOL_OPTIONS, tableOptions } from './flags-options.ts'
import { POLICY_OPTIONS } from './flags-policy-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import { TOOLS_EXAMPLES } from './help.ts'
import type { Command } from './program-command.ts'
import { addArgument, addOptions } from './program-command.ts'

/** What `agent tools` is to do. */
export type ToolsInvocation =
  | { command: 'tools-list'; flags: AskFlags }
  | { command: 'tools-call'; name: string; input: string; flags: AskFlags }
  | { command: 'tools-check'; paths: string[]; flags: AskFlags }

export function addTools(program: Command, asked: (invocation: ToolsInvocation) => void): void {
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
    .summary('run one tool by hand')
    .description('Runs one tool as a run would and prints its output; exit 9 when it fails.')
  addArgument(call, { term: '<name>', description: 'the tool', values: 'tool' })
  addArgument(call, { term: '<input>', description: 'its input, one JSON object; `-`: from stdin' })
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
    .summary('load tools and say what is wrong with them')
    .description(
      'Loads tools, checks names, descriptions and schemas, and shows what a model will see; exit 3 on errors.',
    )
  addArgument(check, { term: '[path...]', description: 'tool files, folders of them', values: 'file' })
  addOptions(check, [...TOOL_OPTIONS, ...tableOptions('what was found as JSON'), ...OTHER_OPTIONS])
  check.action((paths: string[]) =>
    asked({ command: 'tools-check', paths, flags: flagsOf(check.opts<TypedOptions>()) }),
  )
}
