/**
 * `agent runs` on the command line: its commands and what was asked of them.
 */
import type { RunsAction } from './commands/runs.ts'
import type { AskFlags } from './flags.ts'
import { tableOptions } from './flags-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import type { Command } from './program-command.ts'
import { addArgument, addOptions } from './program-command.ts'

export type RunsInvocation = { command: 'runs'; action: RunsAction; flags: AskFlags }

export function addRuns(program: Command, asked: (invocation: RunsInvocation) => void): void {
  const runs = program
    .command('runs')
    .summary('list, show or remove the runs that are kept')
    .description('Looks at the journals of runs. No model is asked, and no key is needed.')
    .usage('<command> [options]')
  const add = (usage: string, summary: string, json: string, action: (names: string[]) => RunsAction) => {
    const [name = '', run] = usage.split(' ')
    const command = runs
      .command(name)
      .summary(summary)
      .description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`)
    if (run !== undefined) addArgument(command, { term: run, description: '', values: 'run' })
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
