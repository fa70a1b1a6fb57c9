/** `agent view`: what is typed behind it. */
import type { Picture } from './commands/view.ts'
import type { AskFlags } from './flags.ts'
import { conflict } from './flags-conflicts.ts'
import type { OptionRow } from './flags-options.ts'
import { tableOptions } from './flags-options.ts'
import type { TypedOptions } from './flags-typed.ts'
import { flagsOf } from './flags-typed.ts'
import type { Command } from './program-command.ts'
import { addArgument, addOptions } from './program-command.ts'

const PICTURES: readonly OptionRow[] = [
  { group: 'Instead of a waterfall:', flags: '--html', description: 'a page of its own, for a browser' },
  { flags: '--perfetto', description: 'a trace for ui.perfetto.dev and chrome://tracing' },
  { flags: '--atif', description: 'a trajectory, for evaluations' },
]
const KINDS = ['html', 'perfetto', 'atif'] as const

type ViewOptions = TypedOptions & Partial<Record<(typeof KINDS)[number], boolean>>

export type ViewInvocation = { command: 'view'; run: string; picture: Picture; flags: AskFlags }

export function addView(program: Command, asked: (invocation: ViewInvocation) => void): void {
  const view = program
    .command('view')
    .summary('look at a run: a waterfall, a page, a trace')
    .description('Draws what ran when, fitted to the terminal; all calls of large turns with -v.')
  addArgument(view, {
    term: '[run]',
    description: 'its id, last, a journal, or a document of --json or --jsonl; `-`: from stdin',
    values: 'run',
    preset: 'last',
  })
  addOptions(view, [...PICTURES, ...tableOptions('its transcript')])
  view.action((run: string) => {
    const { html, perfetto, atif, ...typed } = view.opts<ViewOptions>()
    const flags = flagsOf(typed)
    asked({ command: 'view', run, picture: pictureOf({ html, perfetto, atif, json: flags.json }), flags })
  })
}

function pictureOf(chosen: Record<Exclude<Picture, 'waterfall'>, boolean | undefined>): Picture {
  const [first, second] = ([...KINDS, 'json'] as const).filter((kind) => chosen[kind])
  if (second !== undefined) throw conflict(`--${first} and --${second} exclude each other`, 'leave one of them out')
  return first ?? 'waterfall'
}
